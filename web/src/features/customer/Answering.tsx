import { type FormEvent, useState } from "react";
import { Problem, taken } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { useDraft } from "../../api/drafts";
import type { OpenTicket } from "../../api/state";
import { texts } from "../../texts";
import { send as sendByKey } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Answer } from "./documents";

const said = texts.customer;

/** Where a customer answers. The draft stays on this device until it is sent. */
export function Answering({ desk, row, open }: { desk: Desk; row: TicketRow; open: OpenTicket }) {
  const ground = () => ({ basedOn: open.events.at(-1)?.cursor });
  const [draft, write, discard] = useDraft<string>(desk.viewer.name, "reply", row.number, ground);
  const [unseen, setUnseen] = useState<string | null>(null);
  const [attempt, trouble, busy] = useAttempt();

  const send = async ({ value: text, key, basedOn }: NonNullable<typeof draft>) => {
    const { sent } = await ask(Answer, { id: row.id, text, key, basedOn: basedOn ?? null });
    if (sent.__typename === "Unseen") return setUnseen(sent.events.at(-1)?.cursor ?? null);
    if (sent.__typename === "IdempotencyConflict") {
      write(text, ground());
      throw new Problem(sent.__typename, said.sentAlready);
    }
    taken(sent, "Message");
    setUnseen(null);
    discard();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft && !busy) void attempt(() => send(draft));
  };
  const anyway = () => {
    const anew = draft && unseen && write(draft.value, { basedOn: unseen });
    if (anew) void attempt(() => send(anew));
  };

  return (
    <form className="ask-box" aria-label={said.answer} onSubmit={submit} onKeyDown={sendByKey}>
      <div className="field">
        <label htmlFor="answer">{said.answer}</label>
        <p className="hint" id="answer-hint">
          {said.answerHint}
        </p>
        <textarea
          className="area"
          id="answer"
          rows={3}
          required
          aria-describedby="answer-hint"
          value={draft?.value ?? ""}
          onChange={(event) => write(event.target.value)}
        />
      </div>
      {unseen && (
        <Notice
          kind="warn"
          acts={
            <button type="button" className="btn" disabled={busy} onClick={anyway}>
              {said.anyway}
            </button>
          }
        >
          <p>{said.unseen}</p>
        </Notice>
      )}
      <Trouble text={trouble} />
      <div className="acts">
        <button type="submit" className="btn primary" disabled={busy}>
          {said.send}
        </button>
        {draft && <span className="quiet">{texts.drafts.kept(draft.since)}</span>}
      </div>
    </form>
  );
}
