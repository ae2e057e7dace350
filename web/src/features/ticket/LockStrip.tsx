import type { TicketRow } from "../../api/documents";
import { Icon } from "../../ui/Icon";
import type { Edit } from "./useEdit";

/** Who edits the ticket, until when, and the way out of one's own editing. */
export function LockStrip({ row, me, edit }: { row: TicketRow; me: string; edit: Edit }) {
  const { lock } = row;
  const kind = edit.draft ? (edit.lost ? "lost" : "own") : !lock ? "" : lock.holder === me ? "own" : "other";
  return (
    <div className={kind ? `t-lock ${kind}` : "t-lock is-free"} role="status">
      {kind && <Icon name="lock" />}
      {edit.draft ? (
        <>
          <span>
            {edit.lost ? (
              <>
                <strong>Your lock ended{lock && `, and ${lock.holder} is editing`}.</strong> Your text is kept.
              </>
            ) : (
              <>
                <strong>Yours while you edit.</strong> <span className="quiet">Others can read and write notes.</span>
              </>
            )}
          </span>
          <span className="acts">
            <button type="button" className="btn" onClick={edit.leave}>
              {edit.lost ? "Discard" : "Leave"}
            </button>
            {edit.lost ? (
              <button type="button" className="btn primary" disabled={edit.busy} onClick={edit.begin}>
                Take it again
              </button>
            ) : (
              <button type="submit" form="edit" className="btn primary" disabled={edit.busy}>
                Save
              </button>
            )}
          </span>
        </>
      ) : (
        lock && (
          <span>
            <strong>{lock.holder === me ? "You are" : `${lock.holder} is`} editing</strong>
            {lock.holder === me && " in another window"} until{" "}
            <time dateTime={lock.expiresAt}>{clock(lock.expiresAt)}</time>
          </span>
        )
      )}
    </div>
  );
}

function clock(instant: string): string {
  return new Date(instant).toLocaleTimeString();
}
