import { type FormEvent, useMemo, useState } from "react";
import { changed } from "../../api/act";
import { ask, newKey } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { Dialog } from "../../ui/Dialog";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Reject } from "./documents";

const MOST_CHARACTERS = 2_000;

/** Rejecting asks for its reason, which the requester reads and the history keeps. */
export function RejectDialog({ desk, row, onClose }: { desk: Desk; row: TicketRow; onClose: () => void }) {
  const [reason, setReason] = useState("");
  // One reason, one key: sent twice, it is written once.
  const key = useMemo(newKey, [reason]);
  const [attempt, trouble, busy] = useAttempt();

  const submit = async (event: FormEvent, close: () => void) => {
    event.preventDefault();
    const { id, version } = row;
    const reject = async () => {
      changed(desk, (await ask(Reject, { id, version, reason, key })).outcome);
    };
    if (await attempt(reject)) close();
  };

  return (
    <Dialog title={`Reject #${row.number}`} onClose={onClose}>
      {(close) => (
        <form onSubmit={(event) => submit(event, close)}>
          <div className="d-body">
            <div className={trouble ? "field is-wrong" : "field"}>
              <label htmlFor="reason">Reason</label>
              <Trouble text={trouble} />
              <textarea
                className="area"
                id="reason"
                rows={4}
                required
                maxLength={MOST_CHARACTERS}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
              <p className="hint">The requester reads it, and it stays in the history.</p>
            </div>
          </div>
          <div className="d-foot">
            <span className="grow" />
            <button type="button" className="btn" onClick={close}>
              Cancel
            </button>
            <button type="submit" className="btn primary" disabled={busy}>
              Reject
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
