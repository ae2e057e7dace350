import type { TicketEvent } from "../../api/documents";
import { named, when } from "../../ui/words";

const WORDS: Record<TicketEvent["kind"], string> = {
  CREATED: "made it",
  UPDATED: "edited it",
  LOCKED: "took the lock",
  LOCK_RENEWED: "kept the lock",
  UNLOCKED: "gave the lock back",
  LOCK_EXPIRED: "let the lock run out",
  PROCESSING_STARTED: "started",
  APPROVED: "approved",
  REJECTED: "rejected",
  CLOSED: "closed it",
  REOPENED: "reopened it",
  MESSAGE_ADDED: "wrote",
  ERASED: "took out what was personal",
};

const SHOWN = ["subject", "status", "priority", "assignee", "tags"] as const;

/** What happened, in words, with the reason where there is one. */
export function told(event: TicketEvent): string {
  const reason =
    event.reason ?? (event.kind === "APPROVED" || event.kind === "REJECTED" ? event.ticket.decision?.reason : null);
  return WORDS[event.kind] + (reason ? `: ${reason}` : "");
}

/** Every event of the ticket, the newest first, with what differs from the one before. */
export function History({ events, me }: { events: readonly TicketEvent[]; me: string }) {
  return (
    <section className="block" aria-labelledby="history-title">
      <h2 id="history-title">
        History <span className="dim">{events.length}</span>
      </h2>
      <ol className="history">
        {events
          .map((event, index) => (
            <li key={event.cursor}>
              <p className="head">
                <span>
                  <b>{event.actor === me ? "You" : event.actor}</b> {told(event)}
                </span>
                <time dateTime={event.at}>{when(event.at)}</time>
              </p>
              <Differences event={event} before={events[index - 1]} />
            </li>
          ))
          .reverse()}
      </ol>
    </section>
  );
}

function Differences({ event, before }: { event: TicketEvent; before: TicketEvent | undefined }) {
  if (!before) return null;
  return SHOWN.filter((name) => event.changed.includes(name)).map((name) => (
    <p className="what" key={name}>
      <span className="k">{named(name)}</span> <del>{value(before, name)}</del> <ins>{value(event, name)}</ins>
    </p>
  ));
}

function value(event: TicketEvent, name: (typeof SHOWN)[number]): string {
  const value = event.ticket[name];
  if (Array.isArray(value)) return value.join(", ") || "none";
  return name === "status" || name === "priority" ? named(String(value)) : String(value ?? "nobody");
}
