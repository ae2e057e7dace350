import { useEffect, useRef, useState } from "react";
import { type Desk, useDesk } from "../../api/desk";
import type { Message } from "../../api/documents";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { say } from "../../ui/announce";
import { Bones } from "../../ui/Bones";
import { Avatar } from "../../ui/Signs";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Answering } from "./Answering";
import { Steps } from "./Steps";

const said = texts.customer;

/** One request: how far it is, what was said, and where to answer. */
export function Request({ desk, number }: { desk: Desk; number: number }) {
  const row = useDesk(desk, (desk) => desk.state.rows.get(number));
  const open = useDesk(desk, (desk) => (desk.state.open?.number === number ? desk.state.open : null));
  const up = useDesk(desk, (desk) => desk.link.state === "up");
  const [attempt, trouble] = useAttempt();
  const [missing, setMissing] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const shown = row !== undefined && open !== null;
  useEffect(() => () => void desk.open(null), [desk]);
  useEffect(() => {
    if (up && !open) void attempt(async () => setMissing(!(await desk.open(number))));
  }, [attempt, desk, number, up]);
  useEffect(() => {
    if (shown) title.current?.focus();
  }, [shown]);
  useTold(open?.messages, row && said.status[row.status]);

  if (!shown)
    return (
      <>
        <Trouble text={trouble} />
        {missing ? <h1 className="title">{said.missing(number)}</h1> : !trouble && <Bones lines={6} />}
      </>
    );
  return (
    <article aria-labelledby="request-title">
      <p className="quiet">{said.sent(number, when(row.createdAt))}</p>
      <h1 className="title" id="request-title" tabIndex={-1} ref={title}>
        <bdi>{row.subject}</bdi>
      </h1>
      <Steps row={row} events={open.events} />
      <section aria-label={said.messages}>
        <Entry text={open.body} at={row.createdAt} author={null} />
        {open.messages.map(({ id, text, createdAt, author, kind }) => (
          <Entry key={id} text={text} at={createdAt} author={kind === "INCOMING" ? null : author} />
        ))}
      </section>
      <Answering desk={desk} row={row} open={open} />
    </article>
  );
}

/** What somebody wrote; `author` is null for the requester. */
function Entry({ text, at, author }: { text: string; at: string; author: string | null }) {
  const name = author ?? texts.words.you;
  return (
    <article className={author ? "entry reply" : "entry incoming"} aria-label={said.message(name, when(at))}>
      <Avatar of={name} me={texts.words.you} big />
      <div>
        <p className="by">
          <b>{name}</b> {author && <span className="how">{texts.words.guichet} </span>}
          <time dateTime={at}>{when(at)}</time>
        </p>
        <div className="said">
          <p className="text">{text || <span className="dim">{texts.ticket.noText}</span>}</p>
        </div>
      </div>
    </article>
  );
}

/** Has read out what comes while the request is open. */
function useTold(messages: readonly Message[] | undefined, status: string | undefined): void {
  const heard = useRef<number>(null);
  const was = useRef(status);
  const count = messages?.length;
  useEffect(() => {
    const last = messages?.at(-1);
    if (heard.current !== null && count !== undefined && count > heard.current && last?.kind === "REPLY")
      say(said.newMessage(last.author));
    heard.current = count ?? heard.current;
  }, [count]);
  useEffect(() => {
    if (was.current && status && was.current !== status) say(said.nowIs(status));
    was.current = status;
  }, [status]);
}
