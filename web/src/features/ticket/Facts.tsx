import { type ReactNode, useCallback } from "react";
import { Link } from "wouter";
import { ask } from "../../api/ask";
import type { TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { texts } from "../../texts";
import { full, when } from "../../texts/when";
import { useAnswer } from "../../ui/useAnswer";
import { LatestApproved } from "./documents";

type Props = { row: TicketRow; open: OpenTicket; query: string };
type Fact = { name: string; value: ReactNode };

/** Who asked, how it was decided, what the business attached: in a line above the thread. */
export function Facts(props: Props) {
  const facts = useFacts(props);
  return (
    <section aria-label={texts.ticket.facts}>
      <dl className="facts">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The same beside the thread, with the day it came; `children` are the fields that can be changed. */
export function FactsBlock({ children, ...props }: Props & { children?: ReactNode }) {
  const { row } = props;
  const facts = useFacts(props);
  return (
    <section className="block" id="facts" aria-labelledby="facts-title">
      <h2 id="facts-title">{texts.ticket.facts}</h2>
      {children}
      <dl className="dl">
        {facts.map(({ name, value }) => (
          <Pair key={name} name={name} value={value} />
        ))}
        <Pair name={texts.ticket.received} value={<time dateTime={row.createdAt}>{full(row.createdAt)}</time>} />
      </dl>
    </section>
  );
}

function Pair({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function useFacts({ row, open, query }: Props): Fact[] {
  const { userId, number, decision } = row;
  const read = useCallback(async () => (await ask(LatestApproved, { userId })).latest, [userId]);
  const [latest] = useAnswer(read);
  const facts: Fact[] = [{ name: texts.ticket.requester, value: userId }];
  if (decision)
    facts.push({
      name: texts.ticket.decided,
      value: texts.ticket.decidedBy(decision.decidedBy, when(decision.decidedAt)),
    });
  if (decision?.reason) facts.push({ name: texts.ticket.reason, value: decision.reason });
  for (const [name, value] of Object.entries((open.extra ?? {}) as Record<string, unknown>))
    facts.push({ name, value: typeof value === "string" ? value : JSON.stringify(value) });
  if (latest?.decision && latest.number !== number)
    facts.push({
      name: texts.ticket.latestApproved,
      value: (
        <>
          <Link href={`/tickets/${latest.number}${query}`}>{`#${latest.number}`}</Link>
          {`, ${when(latest.decision.decidedAt)}`}
        </>
      ),
    });
  return facts;
}
