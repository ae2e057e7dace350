import type { TicketEvent, TicketRow } from "../../api/documents";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Sign } from "../../ui/Signs";

const said = texts.customer;

type Step = {
  name: string;
  told: string | false | undefined;
  state: "done" | "now" | "ahead";
  sign: TicketRow["status"];
  current: boolean;
};

/** How far a request is: received, being checked, decided. */
export function stepsOf({ status, createdAt, decision }: TicketRow, events: readonly TicketEvent[]): Step[] {
  const began = events.findLast(({ kind }) => kind === "PROCESSING_STARTED");
  const closed = events.findLast(({ kind }) => kind === "CLOSED");
  const end = decision
    ? { by: decision.decidedBy, at: decision.decidedAt }
    : closed && { by: closed.actor, at: closed.at };
  const checking = status === "PROCESSING";
  const ended = !checking && status !== "OPEN";
  return [
    { name: said.received, told: when(createdAt), state: "done", sign: "APPROVED", current: status === "OPEN" },
    {
      name: said.checked,
      told: status !== "OPEN" && began && said.checkedBy(began.actor, when(began.at)),
      state: ended ? "done" : checking ? "now" : "ahead",
      sign: ended ? "APPROVED" : status,
      current: checking,
    },
    {
      name: ended ? said.status[status] : said.decision,
      told: ended && end && said.decidedBy(end.by, when(end.at)),
      state: ended ? "done" : "ahead",
      sign: ended ? status : "OPEN",
      current: ended,
    },
  ];
}

export function Steps({ row, events }: { row: TicketRow; events: readonly TicketEvent[] }) {
  return (
    <>
      <ol className="steps" aria-label={said.progress}>
        {stepsOf(row, events).map(({ name, told, state, sign, current }) => (
          <li key={name} className={state} aria-current={current ? "step" : undefined}>
            <Sign of={sign} />
            <b>{name}</b>
            {told}
          </li>
        ))}
      </ol>
      {row.decision?.reason && (
        <dl className="why-so">
          <dt>{said.reason}</dt>
          <dd className="text">{row.decision.reason}</dd>
        </dl>
      )}
    </>
  );
}
