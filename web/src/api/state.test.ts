import { describe, expect, test } from "vitest";
import type { Message, Outgoing, TicketEvent, TicketRow } from "./documents";
import { fits, mentions, viewOf } from "./filter";
import { applyEvents, EMPTY, listed, type OpenTicket, type State, withOutgoing, withRows } from "./state";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const ANN = { name: "ann", role: "AGENT" };
let cursor = 0;

function ticket(number: number, over: Partial<TicketRow> = {}): TicketRow {
  const instant = "2026-11-20T08:30:00.000Z";
  return {
    id: `id-${number}`,
    number,
    userId: "u-1",
    subject: "Card lost",
    status: "OPEN",
    priority: "NORMAL",
    tags: [],
    source: "API",
    awaitingReply: true,
    version: 1,
    revision: 1,
    createdAt: instant,
    updatedAt: instant,
    assignee: null,
    lock: null,
    decision: null,
    ...over,
  };
}

function happened(kind: TicketEvent["kind"], row: TicketRow, over: Partial<TicketEvent> = {}): TicketEvent {
  cursor += 1;
  const base = {
    kind,
    at: row.updatedAt,
    cursor: `c${cursor}`,
    actor: "bob",
    changed: [],
    reason: null,
    message: null,
  };
  return { ...base, ticket: row, ...over };
}

function showing(search: string, ...rows: TicketRow[]): State {
  const { filter } = viewOf(search, ANN, NOW);
  const numbers = rows.map((row) => row.number);
  return { ...withRows(EMPTY, rows), queue: listed(filter, numbers, numbers.length) };
}

describe("an event on the list", () => {
  test("repaints a row in its place", () => {
    const before = showing("", ticket(2), ticket(1));
    const after = applyEvents(before, [happened("UPDATED", ticket(1, { subject: "Found", revision: 2 }))]);
    expect(after.rows.get(1)?.subject).toBe("Found");
    expect(after.queue?.order).toEqual([2, 1]);
  });

  test("never overwrites what is newer", () => {
    const before = showing("", ticket(1, { subject: "Newer", revision: 5 }));
    const after = applyEvents(before, [happened("UPDATED", ticket(1, { subject: "Older", revision: 4 }))]);
    expect(after.rows.get(1)?.subject).toBe("Newer");
    expect(withRows(after, [ticket(1, { subject: "Oldest", revision: 3 })]).rows.get(1)?.subject).toBe("Newer");
  });

  test("gathers a new ticket that fits, and only such a one", () => {
    const events = [happened("CREATED", ticket(3)), happened("CREATED", ticket(4, { status: "APPROVED" }))];
    const after = applyEvents(showing("", ticket(1)), events);
    expect([...(after.queue?.fresh ?? [])]).toEqual([3]);
    expect(after.queue?.order).toEqual([1]);
  });

  test("gathers no old ticket, whatever happens to it, until old ones are asked for", () => {
    const old = happened("REOPENED", ticket(3, { createdAt: "2026-10-22T23:59:59.999Z" }));
    expect(applyEvents(showing(""), [old]).queue?.fresh.size).toBe(0);
    expect(applyEvents(showing("?days=ANY"), [old]).queue?.fresh.size).toBe(1);
  });

  test("leaves a row that no longer fits where it is, and says why", () => {
    const approved = ticket(1, { status: "APPROVED", revision: 2 });
    const gone = applyEvents(showing("", ticket(1)), [happened("APPROVED", approved)]);
    expect(gone.queue?.order).toEqual([1]);
    expect(gone.queue?.gone.get(1)).toEqual({ kind: "APPROVED", actor: "bob" });
    const reopened = applyEvents(gone, [happened("REOPENED", ticket(1, { revision: 3 }))]);
    expect(reopened.queue?.gone.size).toBe(0);
  });

  test("takes a ticket that was new and no longer fits out of the new ones", () => {
    const made = applyEvents(showing(""), [happened("CREATED", ticket(3))]);
    const after = applyEvents(made, [happened("CLOSED", ticket(3, { status: "CLOSED", revision: 2 }))]);
    expect(after.queue?.fresh.size).toBe(0);
  });
});

describe("an event on the open ticket", () => {
  const message: Omit<Message, "createdAt"> = {
    id: "m1",
    ticketId: "id-1",
    kind: "NOTE",
    text: "Hm.",
    author: "bob",
    delivery: null,
    attachments: [],
    mail: null,
  };
  const open: OpenTicket = {
    number: 1,
    body: "",
    extra: {},
    mail: null,
    participants: [],
    outgoing: [],
    behind: [],
    messages: [],
    events: [],
    stale: false,
  };

  test("is added once, its message too, however often it comes", () => {
    const written = { ...message, createdAt: "2026-11-20T08:31:00.000Z" };
    const event = happened("MESSAGE_ADDED", ticket(1), { message: written });
    const after = applyEvents({ ...showing("", ticket(1)), open }, [event, event]);
    expect(after.open?.events).toEqual([event]);
    expect(after.open?.messages).toEqual([written]);
  });

  test("says when the body is to be read again", () => {
    const event = happened("UPDATED", ticket(1, { revision: 2 }), { changed: ["body", "version"] });
    expect(applyEvents({ ...showing("", ticket(1)), open }, [event]).open?.stale).toBe(true);
  });

  test("says once what is to be read again of what goes out by mail, and to whom", () => {
    const moved = (...changed: string[]) => happened("DELIVERY_CHANGED", ticket(1), { changed });
    const events = [moved("messages", "revision"), moved("messages"), moved("acknowledgement")];
    const before = { ...showing("", ticket(1)), open };
    expect(applyEvents(before, events).open?.behind).toEqual(["acknowledgement", "messages"]);
    const joined = happened("PARTICIPANTS_CHANGED", ticket(1), { changed: ["participants", "revision"] });
    expect(applyEvents(before, [joined]).open?.behind).toEqual(["participants"]);
    const another = happened("DELIVERY_CHANGED", ticket(2), { changed: ["messages"] });
    expect(applyEvents(before, [another]).open?.behind).toEqual([]);
    const customers = { ...before, open: { ...open, participants: null } };
    expect(applyEvents(customers, [...events, joined]).open?.behind).toEqual([]);
  });

  test("that erased it leaves nothing of what was personal", () => {
    const written = { ...message, createdAt: "2026-11-20T08:31:00.000Z" };
    const filled = { ...open, body: "My card", extra: { a: 1 }, messages: [written] };
    const event = happened("ERASED", ticket(1, { revision: 2 }), { changed: ["subject"] });
    const after = applyEvents({ ...showing("", ticket(1)), open: filled }, [event]);
    expect(after.open).toEqual({ ...open, events: [event], stale: true });
  });

  test("of another ticket changes nothing of it", () => {
    const after = applyEvents({ ...showing("", ticket(1)), open }, [happened("UPDATED", ticket(2, { revision: 2 }))]);
    expect(after.open).toBe(open);
  });
});

describe("the address", () => {
  test("shows what is undecided of the last days unless it says something else", () => {
    const createdAfter = "2026-10-22T23:59:59.999Z";
    expect(viewOf("", ANN, NOW).filter).toEqual({ status: ["OPEN", "PROCESSING"], createdAfter });
    expect(viewOf("?status=ANY&days=ANY", ANN).filter).toEqual({});
    expect(viewOf("?status=CLOSED,NONSENSE&order=NONSENSE&days=-1", ANN, NOW)).toEqual({
      filter: { status: ["CLOSED"], createdAfter },
      order: "CREATED_DESC",
    });
    expect(viewOf("", { name: "carla", role: "CUSTOMER" }).filter).toEqual({});
  });

  test("asks the same all day", () => {
    const [begin, end] = ["2026-11-21T00:00:00Z", "2026-11-21T23:59:59.999Z"].map(Date.parse) as [number, number];
    expect(viewOf("?days=7", ANN, begin)).toEqual(viewOf("?days=7", ANN, end));
    expect(viewOf("?days=7", ANN, end + 1)).not.toEqual(viewOf("?days=7", ANN, end));
  });

  test("knows me and nobody", () => {
    expect(viewOf("?assignee=me", ANN).filter.assignee).toBe("ann");
    expect(viewOf("?assignee=nobody", ANN).filter.assignee).toBeNull();
    expect(fits(viewOf("?assignee=nobody", ANN).filter, ticket(1))).toBe(true);
    expect(fits(viewOf("?assignee=me", ANN).filter, ticket(1))).toBe(false);
  });

  test("narrows by lock, by who waits and by when it was decided", () => {
    const lock = { holder: "bob", expiresAt: "2026-11-21T10:01:00Z" };
    const decision = {
      outcome: "APPROVED",
      decidedBy: "bob",
      decidedAt: "2026-11-21T09:00:00Z",
      reason: null,
    } as const;
    const shows = (search: string, over: Partial<TicketRow>) => fits(viewOf(search, ANN, NOW).filter, ticket(1, over));
    expect([shows("?locked=yes", { lock }), shows("?locked=yes", {}), shows("?locked=no", {})]).toEqual([
      true,
      false,
      true,
    ]);
    expect([shows("?awaiting=yes", {}), shows("?awaiting=no", {})]).toEqual([true, false]);
    expect(shows("?decided=week", { decision, status: "APPROVED" })).toBe(true);
    expect(shows("?decided=week", {})).toBe(false);
    const old = { ...decision, decidedAt: "2026-11-13T09:00:00Z" };
    expect(shows("?decided=week", { decision: old, status: "APPROVED" })).toBe(false);
    expect(viewOf("?decided=constructor", ANN, NOW)).toEqual(viewOf("", ANN, NOW));
  });

  test("searches by the beginnings of words, whatever their case and accents", () => {
    expect(mentions({ search: "carte perd" }, ticket(1, { subject: "Cárte perdue" }))).toBe(true);
    expect(mentions({ search: "arte" }, ticket(1, { subject: "Carte perdue" }))).toBe(false);
  });
});

test("mails that were read take the place of those that were known, and others come behind", () => {
  const mail = (id: string, delivery: "QUEUED" | "SENT"): Outgoing => ({
    id,
    delivery,
    ticketId: "id-1",
    messageId: "m1",
    recipient: "ann@customer.example",
    nextTryAt: null,
    rawUrl: "",
    steps: [],
  });
  const known = [mail("a", "QUEUED"), mail("b", "QUEUED")];
  const read = [mail("c", "QUEUED"), mail("a", "SENT")];
  const after = withOutgoing(known, read).map(({ id, delivery }) => `${id} ${delivery}`);
  expect(after).toEqual(["a SENT", "b QUEUED", "c QUEUED"]);
});
