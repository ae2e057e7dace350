import { useState } from "react";
import { changed } from "../../api/act";
import { ask, newKey } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { Outcome, TicketRow } from "../../api/documents";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Approve, Close, Reopen, Start, Update } from "./documents";
import { RejectDialog } from "./RejectDialog";
import type { Edit } from "./useEdit";

/** What can be done with a ticket in its status. The desk decides; a refusal is read here. */
export function Actions({ desk, row, edit }: { desk: Desk; row: TicketRow; edit: Edit }) {
  const [attempt, trouble, busy] = useAttempt();
  const [rejecting, setRejecting] = useState(false);
  const undecided = row.status === "OPEN" || row.status === "PROCESSING";
  const { id, version } = row;
  const doing = (asked: (key: string) => Promise<{ outcome: Outcome }>) => () =>
    void attempt(async () => void changed(desk, (await asked(newKey())).outcome));

  const approve = doing((key) => ask(Approve, { id, version, key }));
  const start = doing((key) => ask(Start, { id, key }));
  const close = doing((key) => ask(Close, { id, key }));
  const reopen = doing((key) => ask(Reopen, { id, version, key }));
  const assign = doing((key) => ask(Update, { id, input: { assignee: desk.viewer.name }, version, key }));

  return (
    <>
      <div className="t-acts" role="group" aria-label="Actions">
        {undecided ? (
          <>
            <Act name="Approve" primary busy={busy} act={approve} />
            <Act name="Reject…" busy={busy} act={() => setRejecting(true)} />
          </>
        ) : (
          <Act name="Reopen" busy={busy} act={reopen} />
        )}
        {row.status === "OPEN" && <Act name="Start" busy={busy} act={start} />}
        <Act name="Edit" busy={busy || edit.busy} act={() => void edit.begin()} />
        {row.assignee !== desk.viewer.name && <Act name="Assign to me" busy={busy} act={assign} />}
        {undecided && <Act name="Close" busy={busy} act={close} />}
      </div>
      <Trouble text={trouble} />
      {rejecting && <RejectDialog desk={desk} row={row} onClose={() => setRejecting(false)} />}
    </>
  );
}

function Act({
  name,
  primary = false,
  busy,
  act,
}: {
  name: string;
  primary?: boolean;
  busy: boolean;
  act: () => void;
}) {
  return (
    <button type="button" className={primary ? "btn primary" : "btn"} disabled={busy} onClick={act}>
      {name}
    </button>
  );
}
