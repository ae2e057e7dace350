import type { Mail, Message, Outgoing, Participant, TicketEvent, TicketRow } from "./documents";
import { type Filter, fits, mentions } from "./filter";

/** The live list: an order that only a person changes, and what happened to it meanwhile. */
export type Queue = {
  filter: Filter;
  order: readonly number[];
  places: ReadonlySet<number>;
  total: number;
  /** Tickets that fit and are not in the order yet: "5 new". */
  fresh: ReadonlySet<number>;
  /** Rows that no longer fit, and what happened to them; they keep their place. */
  gone: ReadonlyMap<number, Gone>;
};

/** What took a row out of the list, and by whom. */
export type Gone = Pick<TicketEvent, "kind" | "actor">;

/** What an event of mail that goes out says to be another, and does not carry. */
const PARTS = ["participants", "acknowledgement", "messages"] as const;
export type Part = (typeof PARTS)[number];

/** The ticket that is open, with its thread and history, oldest first. */
export type OpenTicket = {
  number: number;
  body: string;
  extra: unknown;
  /** The mail that the ticket began as. */
  mail: Mail | null;
  /** Who takes part by mail, the requester first; null for whom that is not told. */
  participants: readonly Participant[] | null;
  /** Its mails that went out: what acknowledged it, and a reply to each of its recipients. */
  outgoing: readonly Outgoing[];
  /** What of these is to be read again. */
  behind: readonly Part[];
  messages: readonly Message[];
  events: readonly TicketEvent[];
  /** Whether it is to be read again: body or extra changed, or it was erased. */
  stale: boolean;
};

export type State = {
  rows: ReadonlyMap<number, TicketRow>;
  queue: Queue | null;
  open: OpenTicket | null;
};

export const EMPTY: State = { rows: new Map(), queue: null, open: null };

/** What is known after some events. Of two answers about a ticket, the one with the higher revision is newer. */
export function applyEvents(state: State, events: readonly TicketEvent[]): State {
  const rows = new Map(state.rows);
  let { open } = state;
  for (const event of events) {
    rows.set(event.ticket.number, newer(rows.get(event.ticket.number), event.ticket));
    open = open?.number === event.ticket.number ? continued(open, event) : open;
  }
  return { rows, queue: state.queue && judged(state.queue, rows, events), open };
}

/** Rows that were read, beside what the events brought meanwhile. */
export function withRows(state: State, read: readonly (TicketRow | null)[]): State {
  const rows = new Map(state.rows);
  for (const row of read) if (row) rows.set(row.number, newer(rows.get(row.number), row));
  return { ...state, rows };
}

/** A list as it was just read: nothing is new, nothing is gone. */
export function listed(filter: Filter, numbers: readonly number[], total: number): Queue {
  return { filter, order: numbers, places: new Set(numbers), total, fresh: new Set(), gone: new Map() };
}

function newer(known: TicketRow | undefined, read: TicketRow): TicketRow {
  return known && known.revision > read.revision ? known : read;
}

function judged(queue: Queue, rows: State["rows"], events: readonly TicketEvent[]): Queue {
  const fresh = new Set(queue.fresh);
  const gone = new Map(queue.gone);
  for (const event of events) {
    const row = rows.get(event.ticket.number) ?? event.ticket;
    const fit = fits(queue.filter, row);
    if (!queue.places.has(row.number))
      fit && mentions(queue.filter, row) ? fresh.add(row.number) : fresh.delete(row.number);
    else if (fit) gone.delete(row.number);
    else if (!gone.has(row.number)) gone.set(row.number, { kind: event.kind, actor: event.actor });
  }
  return { ...queue, fresh, gone };
}

function continued(open: OpenTicket, event: TicketEvent): OpenTicket {
  if (open.events.some((known) => known.cursor === event.cursor)) return open;
  if (event.kind === "ERASED")
    return {
      ...open,
      body: "",
      extra: {},
      mail: null,
      participants: open.participants && [],
      outgoing: [],
      messages: [],
      events: [event],
      stale: true,
    };
  const { message } = event;
  const heard = !message || open.messages.some((known) => known.id === message.id);
  return {
    ...open,
    events: [...open.events, event],
    messages: heard ? open.messages : [...open.messages, message],
    behind: isOfMail(event) ? behindWith(open, event.changed) : open.behind,
    stale: open.stale || event.changed.includes("body") || event.changed.includes("extra"),
  };
}

const MAIL_KINDS = new Set<TicketEvent["kind"]>(["DELIVERY_CHANGED", "PARTICIPANTS_CHANGED"]);

/** Whether an event is about nothing but what goes out by mail, and to whom. */
export function isOfMail({ kind }: TicketEvent): boolean {
  return MAIL_KINDS.has(kind);
}

function behindWith({ participants, behind }: OpenTicket, changed: readonly string[]): readonly Part[] {
  return participants ? PARTS.filter((part) => behind.includes(part) || changed.includes(part)) : behind;
}

/** Some of its mails that went out, and all others as they were known. */
export function withOutgoing(known: readonly Outgoing[], read: readonly Outgoing[]): readonly Outgoing[] {
  return [...new Map([...known, ...read].map((mail) => [mail.id, mail])).values()];
}
