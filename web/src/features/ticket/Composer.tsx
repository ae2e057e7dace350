import { type FormEvent, useRef, useState } from "react";
import { Problem, taken } from "../../api/act";
import { ask, type Uploaded } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketEvent, TicketRow } from "../../api/documents";
import { useDraft } from "../../api/drafts";
import { isOfMail, type OpenTicket } from "../../api/state";
import { keyOf } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { clock } from "../../texts/when";
import { send as sendByKey } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { Notice } from "../../ui/Notice";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { AddNote, Reply } from "./documents";
import { Enclose, Enclosed } from "./Files";
import { isOfLock } from "./History";
import { Recipients } from "./Recipients";
import { quotedBelow, recipientsOf } from "./recipients";
import { entryId } from "./Thread";

const said = texts.ticket.composer;

type Kind = "Reply" | "Note";
const KINDS: readonly Kind[] = ["Reply", "Note"];

/** Where an answer or a note is written. The draft stays on this device until it is sent. */
export function Composer({ desk, row, open }: { desk: Desk; row: TicketRow; open: OpenTicket }) {
  const [kind, setKind] = useState<Kind>("Reply");
  const [begun, setBegun] = useState<readonly string[]>([]); // left out before anything is written
  const ground = () => ({ basedOn: open.events.at(-1)?.cursor, leftOut: begun });
  const [draft, write, discard] = useDraft<string>(
    desk.viewer.name,
    kind === "Note" ? "note" : "reply",
    row.number,
    ground,
  );
  const [grown, setGrown] = useState(false); // and stays so: nothing moves away under the pointer
  const [refused, setRefused] = useState<readonly TicketEvent[]>([]);
  const [attempt, trouble, busy] = useAttempt();
  const field = useRef<HTMLTextAreaElement>(null);
  const [choosing, setChoosing] = useState(false);
  const [files, setFiles] = useState<readonly Uploaded[]>([]);
  const small = !draft && !grown;
  const { leftOut = begun } = draft ?? {};
  const mailed = kind === "Note" ? null : recipientsOf(open, leftOut);
  const heard = draft?.basedOn === undefined ? [] : unseenAfter(open.events, draft.basedOn, desk.viewer.name);
  const unseen = kind === "Note" ? [] : heard.length ? heard : draft ? refused : [];

  const writing = (kind: Kind) => () => {
    setKind(kind);
    field.current?.focus();
  };
  useCommands({ "ticket.reply": writing("Reply"), "ticket.note": writing("Note") }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft && !busy) void attempt(() => send(draft));
  };
  const send = async ({ value: text, key, ...rest }: NonNullable<typeof draft>) => {
    const basedOn = rest.basedOn ?? null;
    const message = { id: row.id, text, key };
    const { sent } =
      kind === "Note"
        ? await ask(AddNote, message)
        : await ask(Reply, {
            ...message,
            basedOn,
            ...(mailed && { recipients: [...mailed.chosen] }),
            ...(files.length > 0 && { attachments: files.map(({ id }) => id) }),
          });
    if (sent.__typename === "Unseen") return setRefused(sent.events);
    if (sent.__typename === "IdempotencyConflict") {
      write(text, { ...ground(), leftOut });
      throw new Problem(sent.__typename, said.sentAlready);
    }
    taken(sent, "Message");
    setRefused([]);
    setGrown(false);
    setChoosing(false);
    setBegun([]);
    if (kind === "Reply") setFiles([]);
    discard();
  };
  // To others it is another message: it gets a key of its own.
  const choose = (chosen: readonly string[]) => {
    const leftOut = (mailed?.known ?? []).map(({ address }) => address).filter((address) => !chosen.includes(address));
    setBegun(leftOut);
    if (draft) write(draft.value, { basedOn: draft.basedOn, leftOut });
  };
  const discarded = () => {
    setFiles([]);
    setBegun([]);
    discard();
  };
  // The text now rests on what came between, under a key of its own: what was refused was another message.
  const anyway = () => {
    if (!draft) return;
    const anew = write(draft.value, { basedOn: unseen.at(-1)?.cursor ?? draft.basedOn, leftOut });
    setRefused([]);
    if (anew) void attempt(() => send(anew));
  };

  return (
    <form
      className={small ? "composer is-small" : "composer"}
      id="composer"
      aria-label={said.form}
      onSubmit={submit}
      onKeyDown={sendByKey}
    >
      <div className="tabs">
        <span className="seg" role="group" aria-label={said.kind}>
          {KINDS.map((name) => (
            <button key={name} type="button" aria-pressed={kind === name} onClick={() => setKind(name)}>
              {said[name]}
            </button>
          ))}
        </span>
        {mailed ? (
          <button type="button" className="to" aria-expanded={choosing} onClick={() => setChoosing(!choosing)}>
            <span className="clip">{mailed.chosen.length ? said.toMail(mailed.chosen) : said.toNobody}</span>
            {mailed.unconfirmed.length > 0 && <span className="tag">{said.left(mailed.unconfirmed.length)}</span>}
            <Icon name="down" />
          </button>
        ) : (
          <span className="to clip">{kind === "Note" ? said.toAgents : said.to(row.userId)}</span>
        )}
        {!draft && <Kbd keys={keyOf(kind === "Note" ? "ticket.note" : "ticket.reply")} hint />}
      </div>
      {mailed && choosing && <Recipients desk={desk} row={row} of={mailed} onChoose={choose} />}
      {unseen.length > 0 && <Unseen events={unseen} busy={busy} onAnyway={anyway} />}
      <textarea
        className="area"
        ref={field}
        rows={small ? 1 : 3}
        required
        aria-label={said[kind]}
        placeholder={kind === "Note" ? said.writeNote : said.writeReply}
        value={draft?.value ?? ""}
        onFocus={() => setGrown(true)}
        onChange={(event) => write(event.target.value)}
      />
      {!small && mailed && mailed.chosen.length > 0 && <Quoted text={quotedBelow(open)} />}
      {kind === "Reply" && <Enclosed files={files} onChange={setFiles} />}
      <div className="foot">
        <Trouble text={trouble} />
        {draft && !trouble && <span>{texts.drafts.kept(draft.since)}</span>}
        <span className="grow" />
        {kind === "Reply" && !small && <Enclose attempt={attempt} busy={busy} onChange={setFiles} />}
        {draft && (
          <button type="button" className="btn bare" onClick={discarded}>
            {texts.words.discard}
          </button>
        )}
        <button type="submit" className="btn" disabled={busy} aria-keyshortcuts="Control+Enter">
          {said.send} <Kbd keys={keyOf("writing.send")} hint />
        </button>
      </div>
    </form>
  );
}

/** What goes along below a reply by mail. */
function Quoted({ text }: { text: string }) {
  if (!text.trim()) return null;
  return (
    <details className="way">
      <summary>{said.quotes}</summary>
      <textarea className="area" rows={4} readOnly aria-label={said.quotes} value={text} />
    </details>
  );
}

/** What others did since the draft began, with the words of the last message, before one's own are sent. */
function Unseen({ events, busy, onAnyway }: { events: readonly TicketEvent[]; busy: boolean; onAnyway: () => void }) {
  const event = events.findLast(({ message }) => message) ?? events.at(-1);
  if (!event) return null;
  const { message } = event;
  const did = message ? said.wrote : said.changed;
  const show = () => {
    const entry = document.getElementById(entryId(message?.id ?? ""));
    entry?.scrollIntoView({ block: "center" });
    entry?.focus({ preventScroll: true });
  };
  return (
    <Notice
      kind="warn"
      acts={
        <>
          {message && (
            <button type="button" className="btn small" onClick={show}>
              {said.show}
            </button>
          )}
          <button type="button" className="btn small" disabled={busy} onClick={onAnyway}>
            {said.anyway}
          </button>
        </>
      }
    >
      <strong>{did(event.actor, clock(event.at))}</strong>
      {said.afterYouBegan}
      {message && said.quoted(message.text)}
    </Notice>
  );
}

/** What the desk would refuse a reply for: what others wrote or changed after a cursor. */
function unseenAfter(events: readonly TicketEvent[], cursor: string, me: string): readonly TicketEvent[] {
  const seen = events.findIndex((event) => event.cursor === cursor);
  return seen < 0
    ? []
    : events.slice(seen + 1).filter((event) => event.actor !== me && !isOfLock(event) && !isOfMail(event));
}
