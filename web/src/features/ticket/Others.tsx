import { useCallback } from "react";
import { Link } from "wouter";
import { ask } from "../../api/ask";
import type { TicketRow } from "../../api/documents";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Status } from "../../ui/Signs";
import { useAnswer } from "../../ui/useAnswer";
import { RequestsOf } from "./documents";

/** The requester's newest other tickets; nothing where there are none. */
export function Others({ row, query }: { row: TicketRow; query: string }) {
  const { userId, number } = row;
  const [found] = useAnswer(useCallback(() => ask(RequestsOf, { userId }), [userId]));
  const others = found?.tickets.edges.map(({ node }) => node).filter((other) => other.number !== number) ?? [];
  if (!others.length) return null;
  return (
    <section className="block" aria-labelledby="others-title">
      <h2 id="others-title">{texts.ticket.othersOf(userId)}</h2>
      <ul className="others">
        {others.map((other) => (
          <li key={other.number}>
            <Link href={`/tickets/${other.number}${query}`}>
              {`#${other.number} `}
              <bdi>{other.subject}</bdi>
            </Link>
            <Status of={other.status} />
            <time dateTime={other.createdAt}>{when(other.createdAt)}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}
