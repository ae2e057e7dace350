import type { TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { when } from "../../ui/words";

/** Who asked, when, how it was decided, and what the business attached. */
export function Facts({ row, open }: { row: TicketRow; open: OpenTicket }) {
  const extra = Object.entries((open.extra ?? {}) as Record<string, unknown>);
  return (
    <section className="block" aria-labelledby="facts-title">
      <h2 id="facts-title">Facts</h2>
      <dl className="dl">
        <dt>Requester</dt>
        <dd>{row.userId}</dd>
        <dt>Received</dt>
        <dd>
          <time dateTime={row.createdAt}>{new Date(row.createdAt).toLocaleString()}</time>
        </dd>
        {row.decision && (
          <>
            <dt>Decided</dt>
            <dd>
              by {row.decision.decidedBy}, {when(row.decision.decidedAt)}
            </dd>
            {row.decision.reason && (
              <>
                <dt>Reason</dt>
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
