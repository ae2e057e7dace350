import { useState } from "react";
import { changed } from "../../api/act";
import { ask, once } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { Outcome, TicketRow } from "../../api/documents";
import { type CommandId, keyOf } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { Kbd } from "../../ui/Kbd";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { toast } from "../../ui/toasts";
import { Approve, Close, Reopen, Start, Update } from "./documents";
import { RejectDialog } from "./RejectDialog";
import type { Edit } from "./useEdit";

const UNDO_MS = 8_000;

/** What can be done with a ticket in its status. The desk decides; a refusal is read here. */
export function Actions({ desk, row, edit }: { desk: Desk; row: TicketRow; edit: Edit }) {
  const [attempt, trouble, busy] = useAttempt();
  const [rejecting, setRejecting] = useState(false);
  const undecided = row.status === "OPEN" || row.status === "PROCESSING";
  const { id, version } = row;
  const send = async (verb: string, version: number, asked: (key: string) => Promise<{ outcome: Outcome }>) =>
    changed(desk, (await once(`${verb}/${id}/${version}`, asked)).outcome);
  const doing = (verb: string, asked: (key: string) => Promise<{ outcome: Outcome }>) => () =>
    void attempt(async () => void (await send(verb, version, asked)));

  const reopened = (version: number) => send("reopen", version, (key) => ask(Reopen, { id, version, key }));
  const approve = () =>
    void attempt(async () => {
      const approved = await send("approve", version, (key) => ask(Approve, { id, version, key }));
      const undo = () => reopened(approved.version).then(() => {}, told);
      const { undo: label, undoHint: said } = texts.toasts;
      toast({
        text: texts.toasts.approved(row.number),
        status: "APPROVED",
        action: { label, said, run: undo },
        ms: UNDO_MS,
      });
    });
  const start = doing("start", (key) => ask(Start, { id, key }));
  const close = doing("close", (key) => ask(Close, { id, key }));
  const reopen = () => void attempt(async () => void (await reopened(version)));
  const assign = doing("assign", (key) => ask(Update, { id, input: { assignee: desk.viewer.name }, version, key }));

  const able = !busy && !rejecting;
  const acts: [id: CommandId, name: string, can: boolean, run: () => void][] = [
    ["ticket.approve", texts.ticket.approve, undecided, approve],
    ["ticket.reject", texts.ticket.reject, undecided, () => setRejecting(true)],
    ["ticket.reopen", texts.ticket.reopen, !undecided, reopen],
    ["ticket.start", texts.ticket.start, row.status === "OPEN", start],
    ["ticket.edit", texts.ticket.edit, !edit.busy, () => void edit.begin()],
    ["ticket.mine", texts.ticket.assignToMe, row.assignee !== desk.viewer.name, assign],
    ["ticket.close", texts.ticket.close, undecided, close],
  ];
  useCommands(Object.fromEntries(acts.map(([id, , can, run]) => [id, { when: () => can && able, run }])), [
    desk,
    row,
    edit.busy,
    able,
  ]);

  return (
    <>
      <div className="t-acts" role="group" aria-label={texts.ticket.actions}>
        {acts
          .filter(([id, , can]) => can || id === "ticket.edit")
          .map(([id, name, can, run]) => (
            <button
              key={id}
              type="button"
              className={id === "ticket.approve" ? "btn primary" : "btn"}
              disabled={busy || !can}
              aria-keyshortcuts={keyOf(id)}
              onClick={run}
            >
              {name} <Kbd keys={keyOf(id)} hint />
            </button>
          ))}
      </div>
      <Trouble text={trouble} />
      {rejecting && <RejectDialog desk={desk} row={row} onClose={() => setRejecting(false)} />}
    </>
  );
}

function told(error: Error): void {
  toast({ text: error.message });
}
