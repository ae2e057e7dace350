import { useState } from "react";
import { changed, Problem } from "../../api/act";
import { ask, once } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { Outcome, TicketRow } from "../../api/documents";
import type { VariablesOf } from "../../api/graphql";
import type { CommandId } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { useAttempt } from "../../ui/Trouble";
import { toast } from "../../ui/toasts";
import { Approve, Close, ReasonTemplates, Reject, Reopen, Start, type Template, Update } from "./documents";
import type { Edit } from "./useEdit";

const UNDO_MS = 8_000;

export type Act = { id: CommandId; name: string; run: () => void };
export type Changes = VariablesOf<typeof Update>["input"];

export type Acts = {
  /** What can be done with the ticket in its status, the decisions first. */
  decisions: readonly Act[];
  others: readonly Act[];
  /** Whether somebody else holds the lock: then pressing one says so. */
  locked: boolean;
  trouble: string | null;
  busy: boolean;
  /** Changes some fields at once, without opening them all. */
  update: (input: Changes) => void;
  /** Runs what may be refused; the refusal is told beside the actions. */
  attempt: (job: () => Promise<void>) => Promise<boolean>;
  /** The reasons to choose from while a rejection is being written; null while none is. */
  rejecting: readonly Template[] | null;
  /** Raises Problem where it is refused. */
  reject: (reason: string, key: string) => Promise<unknown>;
  stopRejecting: () => void;
};

/** What can be done with a ticket in its status. The desk decides; a refusal is told where it was pressed. */
export function useActs(desk: Desk, row: TicketRow | undefined, edit: Edit): Acts {
  const [attempt, trouble, busy] = useAttempt();
  const [asking, noReasons] = useAttempt();
  const [rejecting, setRejecting] = useState<readonly Template[] | null>(null);
  const me = desk.viewer.name;
  const { id = "", version = 0, status, assignee, lock }: Partial<TicketRow> = row ?? {};
  const locked = lock != null && lock.holder !== me;
  const undecided = status === "OPEN" || status === "PROCESSING";

  const send = async (verb: string, version: number, asked: (key: string) => Promise<{ outcome: Outcome }>) =>
    changed(desk, (await once(`${verb}/${id}/${version}`, asked)).outcome);
  const doing =
    (job: () => Promise<unknown>, by = attempt) =>
    () =>
      void by(async () => {
        if (lock && locked) throw new Problem("TicketLocked", texts.desk.held(lock.holder, lock.expiresAt));
        await job();
      });

  const reopened = (version: number) => send("reopen", version, (key) => ask(Reopen, { id, version, key }));
  const approve = doing(async () => {
    const approved = await edit.decide(({ version, token = null }) =>
      send("approve", version, (key) => ask(Approve, { id, version, token, key })),
    );
    const undo = () => reopened(approved.version).then(() => {}, told);
    const { undo: label, undoHint: said } = texts.toasts;
    const text = texts.toasts.approved(approved.number);
    toast({ text, status: "APPROVED", action: { label, said, run: undo }, ms: UNDO_MS });
  });
  // An attempt of its own: the button that opens a dialog is not disabled, so that the focus can come back to it.
  const askReason = doing(async () => setRejecting((await ask(ReasonTemplates, {})).reasonTemplates), asking);
  const reject = (reason: string, key: string) =>
    edit.decide(async ({ version, token = null }) =>
      changed(desk, (await ask(Reject, { id, version, token, reason, key })).outcome),
    );
  const updating = (input: Changes) =>
    doing(() => send(`update/${JSON.stringify(input)}`, version, (key) => ask(Update, { id, input, version, key })));

  const free = row !== undefined && !edit.fields;
  const all: [can: boolean, act: Act][] = [
    [undecided, { id: "ticket.approve", name: texts.ticket.approve, run: approve }],
    [undecided, { id: "ticket.reject", name: texts.ticket.reject, run: askReason }],
    [!undecided, { id: "ticket.reopen", name: texts.ticket.reopen, run: doing(() => reopened(version)) }],
    [free, { id: "ticket.edit", name: texts.ticket.edit, run: doing(async () => edit.begin()) }],
    [
      free && status === "OPEN",
      {
        id: "ticket.start",
        name: texts.ticket.start,
        run: doing(() => send("start", version, (key) => ask(Start, { id, key }))),
      },
    ],
    [free && assignee !== me, { id: "ticket.mine", name: texts.ticket.assignToMe, run: updating({ assignee: me }) }],
    [
      free && undecided,
      {
        id: "ticket.close",
        name: texts.ticket.close,
        run: doing(() => send("close", version, (key) => ask(Close, { id, key }))),
      },
    ],
  ];
  const can = row !== undefined ? all.filter(([can]) => can).map(([, act]) => act) : [];
  const able = !busy && !edit.busy;
  useCommands(Object.fromEntries(can.map(({ id, run }) => [id, { when: () => able && !rejecting, run }])), [
    desk,
    row,
    edit,
    able,
    rejecting,
  ]);

  const first = can.findIndex(({ id }) => id === "ticket.edit");
  return {
    decisions: first < 0 ? can : can.slice(0, first),
    others: first < 0 ? [] : can.slice(first),
    locked,
    trouble: trouble ?? noReasons,
    busy: !able,
    update: (input) => updating(input)(),
    attempt,
    rejecting,
    reject,
    stopRejecting: () => setRejecting(null),
  };
}

function told(error: Error): void {
  toast({ text: error.message });
}
