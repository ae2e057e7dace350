import type { Viewer } from "../../api/access";
import type { Message, TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { Avatar } from "../../ui/Signs";
import { cameIn, named, when } from "../../ui/words";
import { told } from "./History";

type Props = { row: TicketRow; open: OpenTicket; me: Viewer };

const HOW = { INCOMING: "", REPLY: "reply", NOTE: "note, agents only" };
const SAID = new Set(["PROCESSING_STARTED", "APPROVED", "REJECTED", "CLOSED", "REOPENED"]);

/** What was asked, said and decided, oldest first. */
export function Thread({ row, open, me }: Props) {
  const steps = open.events.filter((event) => SAID.has(event.kind));
  const entries = [
    ...open.messages.map((message) => ({
      at: message.createdAt,
      key: message.id,
      shown: <Said message={message} me={me} />,
    })),
    ...steps.map((event) => ({
      at: event.at,
      key: event.cursor,
      shown: (
        <p className="event">
          <span>
            <b>{event.actor === me.name ? "You" : event.actor}</b> {told(event)}{" "}
            <time dateTime={event.at}>{when(event.at)}</time>
          </span>
        </p>
      ),
    })),
  ].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));

  return (
    <>
      <Entry kind="incoming" author={row.userId} how={cameIn(row.source)} at={row.createdAt} text={open.body} me={me} />
      {entries.map(({ key, shown }) => (
        <div key={key}>{shown}</div>
      ))}
    </>
  );
}

function Said({ message, me }: { message: Message; me: Viewer }) {
  const { kind, author, createdAt, text } = message;
  return <Entry kind={kind.toLowerCase()} author={author} how={HOW[kind]} at={createdAt} text={text} me={me} />;
}

type EntryProps = { kind: string; author: string; how: string; at: string; text: string; me: Viewer };

function Entry({ kind, author, how, at, text, me }: EntryProps) {
  const own = author === me.name || author === me.userId;
  return (
    <article className={`entry ${kind}`} aria-label={`${named(kind)} by ${author}, ${when(at)}`}>
      <Avatar of={author} me={own ? author : me.name} big />
      <div>
        <p className="by">
          <b>{own ? "You" : author}</b> {how && <span className="how">{how} </span>}
          <time dateTime={at}>{when(at)}</time>
        </p>
        <div className="said">
          <p className="text">{text || <span className="dim">No text.</span>}</p>
        </div>
      </div>
    </article>
  );
}
