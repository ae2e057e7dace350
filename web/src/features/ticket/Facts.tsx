import type { TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { texts } from "../../texts";
import { full, when } from "../../texts/when";

/** Who asked, when, how it was decided, and what the business attached. */
export function Facts({ row, open }: { row: TicketRow; open: OpenTicket }) {
  const extra = Object.entries((open.extra ?? {}) as Record<string, unknown>);
  return (
    <section className="block" aria-labelledby="facts-title">
      <h2 id="facts-title">{texts.ticket.facts}</h2>
      <dl className="dl">
        <dt>{texts.ticket.requester}</dt>
        <dd>{row.userId}</dd>
        <dt>{texts.ticket.received}</dt>
        <dd>
          <time dateTime={row.createdAt}>{full(row.createdAt)}</time>
        </dd>
        {row.decision && (
          <>
            <dt>{texts.ticket.decided}</dt>
            <dd>{texts.ticket.decidedBy(row.decision.decidedBy, when(row.decision.decidedAt))}</dd>
            {row.decision.reason && (
              <>
                <dt>{texts.ticket.reason}</dt>
                <dd>{row.decision.reason}</dd>
              </>
            )}
          </>
        )}
        {extra.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
    </>
  );
}
