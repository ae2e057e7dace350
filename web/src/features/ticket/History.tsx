import type { TicketEvent } from "../../api/documents";
import { texts } from "../../texts";
import { when } from "../../texts/when";

const SHOWN = ["subject", "status", "priority", "assignee", "tags"] as const;

/** What happened, in words, with the reason where there is one. */
export function told(event: TicketEvent): string {
  const reason =
    event.reason ?? (event.kind === "APPROVED" || event.kind === "REJECTED" ? event.ticket.decision?.reason : null);
  const did = texts.ticket.did[event.kind] ?? texts.ticket.didSomething;
  return reason ? texts.ticket.because(did, reason) : did;
}

/** Every event of the ticket, the newest first, with what differs from the one before. */
export function History({ events, me }: { events: readonly TicketEvent[]; me: string }) {
  return (
    <section className="block" aria-labelledby="history-title">
      <h2 id="history-title">
        {texts.ticket.history} <span className="dim">{events.length}</span>
      </h2>
      <ol className="history">
        {events
          .map((event, index) => (
            <li key={event.cursor}>
              <p className="head">
                <span>
                  <b>{event.actor === me ? texts.words.you : event.actor}</b> {told(event)}
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
      <span className="k">{texts.ticket.field[name]}</span> <del>{value(before, name)}</del>{" "}
      <ins>{value(event, name)}</ins>
    </p>
  ));
}

function value({ ticket }: TicketEvent, name: (typeof SHOWN)[number]): string {
  switch (name) {
    case "status":
      return texts.words.status[ticket.status];
    case "priority":
      return texts.words.priority[ticket.priority];
    case "tags":
      return ticket.tags.join(", ") || texts.words.none;
    case "assignee":
      return ticket.assignee ?? texts.words.nobody;
    case "subject":
      return ticket.subject;
  }
}
