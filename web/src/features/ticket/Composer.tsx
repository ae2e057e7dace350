import { type FormEvent, useRef, useState } from "react";
import { Problem, taken } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { useDraft } from "../../api/drafts";
import type { OpenTicket } from "../../api/state";
import { keyOf } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { send as sendByKey } from "../../ui/Dialog";
import { Kbd } from "../../ui/Kbd";
import { Notice } from "../../ui/Notice";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { AddNote, Reply } from "./documents";

type Kind = "Reply" | "Note";
const KINDS: readonly Kind[] = ["Reply", "Note"];

/** What came between: who wrote, and how far the writer has seen once they send all the same. */
type Unseen = { said: string; upTo: string };

/** Where an answer or a note is written. The draft stays on this device until it is sent. */
export function Composer({ desk, row, open }: { desk: Desk; row: TicketRow; open: OpenTicket }) {
  const [kind, setKind] = useState<Kind>("Reply");
  const ground = () => ({ basedOn: open.events.at(-1)?.cursor });
  const [draft, write, discard] = useDraft<string>(
    desk.viewer.name,
    kind === "Note" ? "note" : "reply",
    row.number,
    ground,
  );
  const [unseen, setUnseen] = useState<Unseen | null>(null);
  const [attempt, trouble, busy] = useAttempt();
  const field = useRef<HTMLTextAreaElement>(null);
  const staff = desk.viewer.role !== "CUSTOMER";

  const writing = (kind: Kind) => () => {
    setKind(kind);
    field.current?.focus();
  };
  useCommands({ "ticket.reply": writing("Reply"), "ticket.note": { when: () => staff, run: writing("Note") } }, [
    staff,
  ]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft && !busy) void attempt(() => send(draft));
  };
  const send = async ({ value: text, key, ...rest }: NonNullable<typeof draft>) => {
    const basedOn = rest.basedOn ?? null;
    const message = { id: row.id, text, key };
    const { sent } = kind === "Note" ? await ask(AddNote, message) : await ask(Reply, { ...message, basedOn });
    if (sent.__typename === "Unseen") {
      const last = sent.events.at(-1);
      const said = last?.message ? texts.ticket.composer.unseen(last.actor) : texts.ticket.composer.unseenChange;
      setUnseen({ said: `${said} ${last?.message?.text ?? ""}`, upTo: last?.cursor ?? basedOn ?? "" });
      return;
    }
    if (sent.__typename === "IdempotencyConflict") {
      write(text, ground());
      throw new Problem(sent.__typename, texts.ticket.composer.sentAlready);
    }
    taken(sent, "Message");
    setUnseen(null);
    discard();
  };
  // The text now rests on what came between, under a key of its own: what was refused was another message.
  const anyway = () => {
    if (!draft || !unseen) return;
    const anew = write(draft.value, { basedOn: unseen.upTo });
    if (anew) void attempt(() => send(anew));
  };

  return (
    <form className="composer" aria-label={texts.ticket.composer.form} onSubmit={submit} onKeyDown={sendByKey}>
      <div className="tabs">
        {staff && (
          <span className="seg" role="group" aria-label={texts.ticket.composer.kind}>
            {KINDS.map((name) => (
              <button key={name} type="button" aria-pressed={kind === name} onClick={() => setKind(name)}>
                {texts.ticket.composer[name]}
              </button>
            ))}
          </span>
        )}
        <span className="to clip">
          {kind === "Note"
            ? texts.ticket.composer.toAgents
            : staff
              ? texts.ticket.composer.to(row.userId)
              : texts.ticket.composer.toDesk}
        </span>
      </div>
      {unseen && kind === "Reply" && (
        <Notice
          kind="warn"
          acts={
            <button type="button" className="btn primary" disabled={busy} onClick={anyway}>
              {texts.ticket.composer.anyway}
            </button>
          }
        >
          <p>{unseen.said}</p>
        </Notice>
      )}
      <textarea
        className="area"
        ref={field}
        rows={3}
        required
        aria-label={texts.ticket.composer[kind]}
        placeholder={kind === "Note" ? texts.ticket.composer.writeNote : texts.ticket.composer.writeReply}
        value={draft?.value ?? ""}
        onChange={(event) => write(event.target.value)}
      />
      <div className="foot">
        <Trouble text={trouble} />
        {draft && !trouble && <span>{texts.drafts.kept(draft.since)}</span>}
        <span className="grow" />
        {draft && (
          <button type="button" className="btn bare" onClick={discard}>
            {texts.words.discard}
          </button>
        )}
        <button type="submit" className="btn" disabled={busy} aria-keyshortcuts="Control+Enter">
          {texts.ticket.composer.send} <Kbd keys={keyOf("writing.send")} hint />
        </button>
      </div>
    </form>
  );
}
