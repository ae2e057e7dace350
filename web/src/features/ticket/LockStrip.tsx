import type { TicketRow } from "../../api/documents";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { clock } from "../../texts/when";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import type { Edit } from "./useEdit";

/** Who edits the ticket, until when, and the way out of one's own editing. */
export function LockStrip({ row, me, edit }: { row: TicketRow; me: string; edit: Edit }) {
  const { lock } = row;
  const kind = edit.fields ? (edit.lost ? "lost" : "own") : !lock ? "" : lock.holder === me ? "own" : "other";
  return (
    <div className={kind ? `t-lock ${kind}` : "t-lock is-free"} role="status">
      {kind && <Icon name="lock" />}
      {edit.fields ? (
        <>
          <span>
            {edit.lost ? (
              <>
                <strong>{lock ? texts.ticket.lock.endedFor(lock.holder) : texts.ticket.lock.ended}</strong>{" "}
                {texts.ticket.lock.kept}
              </>
            ) : (
              <>
                <strong>{texts.ticket.lock.yours}</strong> <span className="quiet">{texts.ticket.lock.others}</span>
              </>
            )}
          </span>
          <span className="acts">
            <button type="button" className="btn" onClick={edit.leave}>
              {edit.lost ? texts.words.discard : texts.ticket.lock.leave} <Kbd keys={keyOf("ticket.leave")} hint />
            </button>
            {edit.lost ? (
              <button type="button" className="btn primary" disabled={edit.busy} onClick={edit.begin}>
                {texts.ticket.lock.again}
              </button>
            ) : (
              <button type="submit" form="edit" className="btn primary" disabled={edit.busy}>
                {texts.ticket.lock.save} <Kbd keys={keyOf("writing.send")} hint />
              </button>
            )}
          </span>
        </>
      ) : (
        lock && (
          <span>
            <strong>{lock.holder === me ? texts.ticket.lock.you : texts.ticket.lock.another(lock.holder)}</strong>
            {lock.holder === me && texts.ticket.lock.elsewhere}
            {texts.ticket.lock.until}
            <time dateTime={lock.expiresAt}>{clock(lock.expiresAt)}</time>
          </span>
        )
      )}
    </div>
  );
}
