import type { TicketEvent, TicketRow } from "../../api/documents";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Sign } from "../../ui/Signs";

const said = texts.customer;

type Step = { name: string; told?: string; state: "done" | "now" | "ahead"; sign: TicketRow["status"] };

/** How far a request is: received, being checked, decided. */
export function stepsOf(row: TicketRow, events: readonly TicketEvent[]): Step[] {
  const { status, decision } = row;
  const began = events.findLast(({ kind }) => kind === "PROCESSING_STARTED");
  const closed = events.findLast(({ kind }) => kind === "CLOSED");
  const ended = status !== "OPEN" && status !== "PROCESSING";
  const end = decision ? { by: decision.decidedBy, at: decision.decidedAt } : closed && { by: closed.actor, at: closed.at };
  return [
    { name: said.received, told: when(row.createdAt), state: status === "OPEN" ? "now" : "done", sign: "APPROVED" },
    {
      name: said.checked,
      ...(began && status !== "OPEN" && { told: said.checkedBy(began.actor, when(began.at)) }),
      state: ended ? "done" : status === "PROCESSING" ? "now" : "ahead",
      sign: ended ? "APPROVED" : status === "PROCESSING" ? "PROCESSING" : "OPEN",
    },
    {
      name: ended ? said.status[status] : said.decision,
      ...(ended && end && { told: said.decidedBy(end.by, when(end.at)) }),
      state: ended ? "now" : "ahead",
      sign: ended ? status : "OPEN",
    },
  ];
}

export function Steps({ row, events }: { row: TicketRow; events: readonly TicketEvent[] }) {
  return (
    <>
      <ol className="steps" aria-label={said.progress}>
        {stepsOf(row, events).map(({ name, told, state, sign }) => (
          <li
            key={name}
            className={row.status === "APPROVED" || row.status === "REJECTED" ? `${state} done` : state}
            aria-current={state === "now" ? "step" : undefined}
          >
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
