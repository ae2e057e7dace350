import type { Viewer } from "../../api/access";
import type { Message, TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Avatar } from "../../ui/Signs";

import { told } from "./History";

type Props = { row: TicketRow; open: OpenTicket; me: Viewer };

const KINDS = { INCOMING: "incoming", REPLY: "reply", NOTE: "note" } as const;
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
            <b>{event.actor === me.name ? texts.words.you : event.actor}</b> {told(event)}{" "}
            <time dateTime={event.at}>{when(event.at)}</time>
          </span>
        </p>
      ),
    })),
  ].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));

  return (
    <>
      <Entry
        kind="incoming"
        author={row.userId}
        how={texts.words.source[row.source]}
        at={row.createdAt}
        text={open.body}
        me={me}
      />
      {entries.map(({ key, shown }) => (
        <div key={key}>{shown}</div>
      ))}
    </>
  );
}

function Said({ message, me }: { message: Message; me: Viewer }) {
  const { kind, author, createdAt, text } = message;
  const known = KINDS[kind];
  return <Entry kind={known} author={author} how={texts.ticket.how[known]} at={createdAt} text={text} me={me} />;
}

type EntryProps = {
  kind: keyof typeof texts.ticket.kind;
  author: string;
  how: string;
  at: string;
  text: string;
  me: Viewer;
};

function Entry({ kind, author, how, at, text, me }: EntryProps) {
  const own = author === me.name || author === me.userId;
  return (
    <article className={`entry ${kind}`} aria-label={texts.ticket.entry(texts.ticket.kind[kind], author, when(at))}>
      <Avatar of={author} me={own ? author : me.name} big />
      <div>
        <p className="by">
          <b>{own ? texts.words.you : author}</b> {how && <span className="how">{how} </span>}
          <time dateTime={at}>{when(at)}</time>
        </p>
        <div className="said">
          <p className="text">{text || <span className="dim">{texts.ticket.noText}</span>}</p>
        </div>
      </div>
    </article>
  );
}
