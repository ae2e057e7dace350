import { Fragment, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Viewer } from "../../api/access";
import type { Desk } from "../../api/desk";
import type { Mail, Message, TicketEvent, TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { say } from "../../ui/announce";
import { Avatar } from "../../ui/Signs";
import { ByMail } from "./ByMail";
import { Deliveries } from "./Deliveries";
import { Difference } from "./Difference";
import { Files } from "./Files";
import { leftAt, type Shown, told } from "./History";
import { lastSeen, saw } from "./seen";

type Props = {
  desk: Desk;
  row: TicketRow;
  open: OpenTicket;
  /** What stands in place of the request while it is written. */
  request?: ReactNode;
};

const KINDS = { INCOMING: "incoming", REPLY: "reply", NOTE: "note" } as const;
const SAID = new Set(["PROCESSING_STARTED", "APPROVED", "REJECTED", "CLOSED", "REOPENED"]);
const FIELDS = ["subject", "priority", "assignee", "tags"] as const;

/** The element of a message in the thread. */
export function entryId(message: string): string {
  return `entry-${message}`;
}

/** What was asked, said, changed and decided, oldest first. It opens at what is new to its reader, else at its end. */
export function Thread({ desk, row, open, request }: Props) {
  const me = desk.viewer;
  const since = useSeen(me.name, open);
  useMessagesTold(open, me);
  const marker = useRef<HTMLParagraphElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const entries = entriesOf(desk, open);
  const isNew = newSince(open.events, since, me.name);
  const first = entries.find(({ cursor }) => cursor !== undefined && isNew.has(cursor));

  const known = since !== null;
  useLayoutEffect(() => {
    if (marker.current) marker.current.scrollIntoView({ block: "start" });
    else if (known) end.current?.scrollIntoView({ block: "end" });
  }, [known]);
  const own = open.events.at(-1)?.actor === me.name ? open.events.at(-1)?.message?.id : undefined;
  const before = useRef(own);
  useEffect(() => {
    if (own !== undefined && own !== before.current) end.current?.scrollIntoView({ block: "end" });
    before.current = own;
  }, [own]);

  return (
    <>
      <Entry
        kind="incoming"
        author={row.userId}
        how={texts.words.source[row.source]}
        at={row.createdAt}
        text={open.body}
        mail={open.mail}
        me={me}
        went={<Deliveries desk={desk} open={open} />}
      >
        {request}
      </Entry>
      {entries.map((entry) => (
        <Fragment key={entry.key}>
          {entry === first && (
            <p className="event unseen" ref={marker}>
              <b>{texts.ticket.unseen}</b>
            </p>
          )}
          {entry.shown}
        </Fragment>
      ))}
      <div ref={end} />
    </>
  );
}

type Shows = { at: string; key: string; cursor: string | undefined; shown: ReactNode };

function entriesOf(desk: Desk, open: OpenTicket): Shows[] {
  const { messages, events } = open;
  const me = desk.viewer;
  const cursors = new Map(events.map(({ cursor, message }) => [message?.id, cursor]));
  const said = messages.map((message) => ({
    at: message.createdAt,
    key: message.id,
    cursor: cursors.get(message.id),
    shown: <Said message={message} desk={desk} open={open} />,
  }));
  const steps = events.flatMap((event, index) =>
    sentencesOf(event, events[index - 1]).map((sentence, place) => ({
      at: event.at,
      key: `${event.cursor}/${place}`,
      cursor: event.cursor,
      shown: <Step event={event} me={me} sentence={sentence} />,
    })),
  );
  return [...said, ...steps].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/** What an event is worth in the thread; the history tells the rest. */
function sentencesOf(event: TicketEvent, before: TicketEvent | undefined): ReactNode[] {
  if (SAID.has(event.kind)) return [told(event)];
  if (event.kind !== "UPDATED" || !before) return [];
  const changed = FIELDS.filter((name) => event.changed.includes(name)).map((name) => changeOf(event, before, name));
  return event.changed.includes("body") ? [...changed, texts.ticket.changedText(texts.ticket.field.body)] : changed;
}

function changeOf(event: TicketEvent, before: TicketEvent, name: Shown): ReactNode {
  if (name === "assignee" && event.ticket.assignee === event.actor) return texts.ticket.took;
  if (name === "subject")
    return (
      <>
        {texts.ticket.changedText(texts.ticket.field.subject)}{" "}
        <Difference before={leftAt(before, name)} after={leftAt(event, name)} />
      </>
    );
  return (
    <>
      {texts.ticket.changedField(texts.ticket.field[name])}
      <del>{leftAt(before, name)}</del>
      {texts.ticket.changedTo}
      <ins>{leftAt(event, name)}</ins>
    </>
  );
}

function Step({ event, me, sentence }: { event: TicketEvent; me: Viewer; sentence: ReactNode }) {
  return (
    <p className="event">
      <span>
        <b>{event.actor === me.name ? texts.words.you : event.actor}</b> {sentence}{" "}
        <time dateTime={event.at}>{when(event.at)}</time>
      </span>
    </p>
  );
}

function Said({ message, desk, open }: { message: Message; desk: Desk; open: OpenTicket }) {
  const { id, kind, author, createdAt, text, mail } = message;
  const known = KINDS[kind];
  return (
    <Entry
      id={id}
      kind={known}
      author={author}
      how={mail ? texts.words.source.MAIL : texts.ticket.how[known]}
      at={createdAt}
      text={text}
      mail={mail}
      me={desk.viewer}
      went={
        <>
          <Files files={message.attachments} />
          <Deliveries desk={desk} open={open} message={message} />
        </>
      }
    />
  );
}

type EntryProps = {
  id?: string;
  kind: keyof typeof texts.ticket.kind;
  author: string;
  how: string;
  at: string;
  text: string;
  mail: Mail | null;
  me: Viewer;
  /** What went out by mail of it. */
  went?: ReactNode;
  children?: ReactNode;
};

function Entry({ id, kind, author, how, at, text, mail, me, went, children }: EntryProps) {
  const own = isOwn(author, me);
  return (
    <article
      className={`entry ${kind}`}
      aria-label={texts.ticket.entry(texts.ticket.kind[kind], author, when(at))}
      {...(id && { id: entryId(id), tabIndex: -1 })}
    >
      <Avatar of={author} me={own ? author : me.name} big />
      <div>
        <p className="by">
          <b>{own ? texts.words.you : author}</b> {how && <span className="how">{how} </span>}
          <time dateTime={at}>{when(at)}</time>
        </p>
        {children ?? (
          <div className="said">
            <p className="text">{text || <span className="dim">{texts.ticket.noText}</span>}</p>
          </div>
        )}
        {mail && <ByMail mail={mail} title={texts.ticket.mail.title(author, when(at))} />}
        {went}
      </div>
    </article>
  );
}

function isOwn(author: string, me: Viewer): boolean {
  return author === me.name || author === me.userId;
}

/** Where its reader was when they had it open last; what is seen now is remembered while the page is looked at. */
function useSeen(viewer: string, { number, events }: OpenTicket): string | null {
  const [since] = useState(() => lastSeen(viewer, number));
  const last = events.at(-1)?.cursor;
  useEffect(() => {
    const look = () => {
      if (last !== undefined && !document.hidden) saw(viewer, number, last);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [viewer, number, last]);
  return since;
}

/** What others did after a cursor; nothing where it is not known any more, or somebody is here for the first time. */
function newSince(events: readonly TicketEvent[], cursor: string | null, me: string): Set<string> {
  const seen = events.findIndex((event) => event.cursor === cursor);
  return new Set(seen < 0 ? [] : events.slice(seen + 1).flatMap(({ actor, cursor }) => (actor === me ? [] : cursor)));
}

/** Says who wrote while the thread was open. */
function useMessagesTold({ messages }: OpenTicket, me: Viewer): void {
  const heard = useRef(new Set(messages.map(({ id }) => id)));
  useEffect(() => {
    for (const { id, author } of messages) {
      if (!heard.current.has(id) && !isOwn(author, me)) say(texts.ticket.newMessage(author));
      heard.current.add(id);
    }
  }, [messages, me]);
}
