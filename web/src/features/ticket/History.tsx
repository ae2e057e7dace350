import { useState } from "react";
import { ask } from "../../api/ask";
import type { TicketEvent } from "../../api/documents";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Difference } from "./Difference";
import { TwoBodies } from "./documents";

const SHOWN = ["subject", "status", "priority", "assignee", "tags"] as const;
const NEWEST = 8;
const LOCK_KINDS = new Set(["LOCKED", "LOCK_RENEWED", "UNLOCKED", "LOCK_EXPIRED"]);

export type Shown = (typeof SHOWN)[number];

/** Whether an event is about the lock only. */
export function isOfLock({ kind }: TicketEvent): boolean {
  return LOCK_KINDS.has(kind);
}

/** What happened, in words, with the reason where there is one. */
export function told(event: TicketEvent): string {
  const reason =
    event.reason ?? (event.kind === "APPROVED" || event.kind === "REJECTED" ? event.ticket.decision?.reason : null);
  const did = texts.ticket.did[event.kind] ?? texts.ticket.didSomething;
  return reason ? texts.ticket.because(did, reason) : did;
}

/** Every event of the ticket, the newest first, with what differs from the one before; those of the lock are folded. */
export function History({ events, me }: { events: readonly TicketEvent[]; me: string }) {
  const [all, setAll] = useState(false);
  const steps = folded(events);
  const shown = all ? steps : steps.slice(0, NEWEST);
  return (
    <section className="block" id="history" aria-labelledby="history-title">
      <h2 id="history-title">
        {texts.ticket.history}
        {shown.length < steps.length && (
          <button type="button" className="btn small bare" onClick={() => setAll(true)}>
            {texts.ticket.all(steps.length)}
          </button>
        )}
      </h2>
      <ol className="history">
        {shown.map(([first, ...more]) =>
          more.length ? (
            <li key={first.event.cursor}>
              <details>
                <summary>{texts.ticket.lockEvents(more.length + 1)}</summary>
                <ol className="history">
                  {[first, ...more].map((step) => (
                    <Happened key={step.event.cursor} {...step} me={me} />
                  ))}
                </ol>
              </details>
            </li>
          ) : (
            <Happened key={first.event.cursor} {...first} me={me} />
          ),
        )}
      </ol>
    </section>
  );
}

type Step = {
  event: TicketEvent;
  before: TicketEvent | undefined;
  /** The cursor of the event before the one before; null where there is none. */
  since: string | null;
};

/** Events of the lock that follow each other are one; the newest first. */
function folded(events: readonly TicketEvent[]): [Step, ...Step[]][] {
  const steps: [Step, ...Step[]][] = [];
  for (const [index, event] of events.entries()) {
    const step = { event, before: events[index - 1], since: events[index - 2]?.cursor ?? null };
    const last = steps.at(-1);
    if (last && isOfLock(event) && isOfLock(last[0].event)) steps[steps.length - 1] = [step, ...last];
    else steps.push([step]);
  }
  return steps.reverse();
}

function Happened({ event, before, since, me }: Step & { me: string }) {
  return (
    <li>
      <p className="head">
        <span>
          <b>{event.actor === me ? texts.words.you : event.actor}</b> {told(event)}
        </span>
        <span>
          {event.changed.includes("version") && texts.ticket.version(event.ticket.version)}
          <time dateTime={event.at}>{when(event.at)}</time>
        </span>
      </p>
      {before && <Differences event={event} before={before} />}
      {before && event.changed.includes("body") && <BodyDifference id={event.ticket.id} since={since} />}
    </li>
  );
}

function Differences({ event, before }: { event: TicketEvent; before: TicketEvent }) {
  return SHOWN.filter((name) => event.changed.includes(name)).map((name) => (
    <p className="what" key={name}>
      <span className="k">{texts.ticket.field[name]}</span>{" "}
      {name === "subject" ? (
        <Difference before={leftAt(before, name)} after={leftAt(event, name)} />
      ) : (
        <>
          <del>{leftAt(before, name)}</del> <ins>{leftAt(event, name)}</ins>
        </>
      )}
    </p>
  ));
}

/** What became of the request, read when somebody wants to see it: live events do not carry it. */
function BodyDifference({ id, since }: { id: string; since: string | null }) {
  const [attempt, trouble] = useAttempt();
  const [bodies, setBodies] = useState<readonly string[] | null>(null);
  const read = async () => {
    const { ticket } = await ask(TwoBodies, { id, after: since });
    setBodies(ticket?.events.edges.map(({ node }) => node.ticket.body) ?? []);
  };
  return (
    <details className="what" onToggle={({ currentTarget }) => currentTarget.open && !bodies && void attempt(read)}>
      <summary>{texts.ticket.field.body}</summary>
      <Trouble text={trouble} />
      {bodies && (
        <p className="text">
          <Difference before={bodies[0] ?? ""} after={bodies[1] ?? ""} />
        </p>
      )}
    </details>
  );
}

/** A field as an event left it, in words. */
export function leftAt({ ticket }: TicketEvent, name: Shown): string {
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
