import type { FormEvent } from "react";
import { changed } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { useDraft } from "../../api/drafts";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { Dialog } from "../../ui/Dialog";
import { Kbd } from "../../ui/Kbd";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Reject } from "./documents";

const MOST_CHARACTERS = 2_000;

/** Rejecting asks for its reason, which the requester reads and the history keeps. It is kept until it is used. */
export function RejectDialog({ desk, row, onClose }: { desk: Desk; row: TicketRow; onClose: () => void }) {
  const [draft, write, discard] = useDraft<string>(desk.viewer.name, "reject", row.number);
  const [attempt, trouble, busy] = useAttempt();

  const submit = async (event: FormEvent, close: () => void) => {
    event.preventDefault();
    if (!draft) return;
    const { id, version } = row;
    const { value: reason, key } = draft;
    const reject = async () => {
      const { outcome } = await ask(Reject, { id, version, reason, key });
      if (outcome.__typename !== "Ticket") write(reason, {}); // refused: the next try is another one
      changed(desk, outcome);
    };
    if (!(await attempt(reject))) return;
    discard();
    close();
  };

  return (
    <Dialog title={texts.ticket.rejecting.title(row.number)} onClose={onClose}>
      {(close) => (
        <form onSubmit={(event) => submit(event, close)}>
          <div className="d-body">
            <div className={trouble ? "field is-wrong" : "field"}>
              <label htmlFor="reason">{texts.ticket.reason}</label>
              <Trouble text={trouble} />
              <textarea
                className="area"
                id="reason"
                rows={4}
                required
                maxLength={MOST_CHARACTERS}
                value={draft?.value ?? ""}
                onChange={(event) => write(event.target.value)}
              />
              <p className="hint">{texts.ticket.rejecting.hint}</p>
            </div>
          </div>
          <div className="d-foot">
            <span className="grow" />
            <button type="button" className="btn" onClick={close}>
              {texts.words.cancel}
            </button>
            <button type="submit" className="btn primary" disabled={busy}>
              {texts.ticket.rejecting.reject} <Kbd keys={keyOf("writing.send")} hint />
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
