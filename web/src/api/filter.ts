import type { QueueOrder, TicketRow } from "./documents";
import type { VariablesOf } from "./graphql";

export type Filter = NonNullable<VariablesOf<typeof QueueOrder>["filter"]>;
export type Order = VariablesOf<typeof QueueOrder>["orderBy"];

/** What a list shows: the address of the page says it, so that it can be sent to a colleague. */
export type View = { filter: Filter; order: Order };

export const STATUSES = ["OPEN", "PROCESSING", "APPROVED", "REJECTED", "CLOSED"] as const;
export const PRIORITIES = ["URGENT", "HIGH", "NORMAL", "LOW"] as const;
export const ORDERS = ["CREATED_DESC", "CREATED_ASC", "UPDATED_DESC", "UPDATED_ASC"] as const;
export const UNDECIDED = ["OPEN", "PROCESSING"] as const;

/** How far back a decision may lie, as an address says it: in days, today included. */
const DECIDED_DAYS: ReadonlyMap<string, number> = new Map([
  ["today", 1],
  ["week", 7],
]);
const YES_OR_NO: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["no", false],
]);
const DAYS = 30;
const MOST_DAYS = 36_500;
const DAY_MS = 86_400_000;

/** How many days back an address looks, today included; null for all. A customer's few tickets have no end. */
export function daysOf(search: string, viewer: { role: string }): number | null {
  const said = new URLSearchParams(search).get("days");
  if (said === "ANY" || viewer.role === "CUSTOMER") return null;
  const days = Number(said);
  return Number.isInteger(days) && days > 0 && days <= MOST_DAYS ? days : DAYS;
}

/** The instant before the first of so many days in UTC: the same all day long, so that the desk is asked the same. */
function beforeDays(days: number, now: number): string {
  return new Date((Math.floor(now / DAY_MS) + 1 - days) * DAY_MS - 1).toISOString();
}

/** The instant before the reader's day began, so many days ago, today included. */
function beforeOwnDays(days: number, now: number): string {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  midnight.setDate(midnight.getDate() + 1 - days);
  return new Date(midnight.getTime() - 1).toISOString();
}

/** The view of an address: what is undecided and young if it says nothing, but for a customer everything. */
export function viewOf(search: string, viewer: { name: string; role: string }, now = Date.now()): View {
  const said = new URLSearchParams(search);
  const among = <Name extends string>(key: string, names: readonly Name[]): Name[] =>
    names.filter((name) => said.get(key)?.split(",").includes(name));
  const one = <Meant>(key: string, meanings: ReadonlyMap<string, Meant>): Meant | undefined =>
    meanings.get(said.get(key) ?? "");
  const filter: Filter = {};
  const decided = one("decided", DECIDED_DAYS);
  if (decided) filter.decidedAfter = beforeOwnDays(decided, now);
  const status = among("status", STATUSES);
  if (status.length) filter.status = status;
  else if (!said.has("status") && !decided && viewer.role !== "CUSTOMER") filter.status = [...UNDECIDED];
  const priority = among("priority", PRIORITIES);
  if (priority.length) filter.priority = priority;
  const assignee = said.get("assignee");
  if (assignee) filter.assignee = assignee === "nobody" ? null : assignee === "me" ? viewer.name : assignee;
  const locked = one("locked", YES_OR_NO);
  if (locked !== undefined) filter.locked = locked;
  const awaitingReply = one("awaiting", YES_OR_NO);
  if (awaitingReply !== undefined) filter.awaitingReply = awaitingReply;
  for (const key of ["userId", "tag", "search"] as const) {
    const text = said.get(key)?.trim();
    if (text) filter[key] = text;
  }
  const decidedBy = said.get("decidedBy");
  if (decidedBy) filter.decidedBy = decidedBy === "me" ? viewer.name : decidedBy;
  const days = daysOf(search, viewer);
  if (days !== null) filter.createdAfter = beforeDays(days, now);
  const [order = "CREATED_DESC"] = among("order", ORDERS);
  return { filter, order };
}

/** The address with one thing said differently; null leaves it out. */
export function saying(search: string, key: string, value: string | null): string {
  const said = new URLSearchParams(search);
  if (value === null) said.delete(key);
  else said.set(key, value);
  const text = said.toString();
  return text && `?${text}`;
}

/** Whether a ticket has what a list asks for, its search aside. */
export function fits(filter: Filter, row: TicketRow): boolean {
  return (
    (!filter.status || filter.status.includes(row.status)) &&
    (!filter.priority || filter.priority.includes(row.priority)) &&
    (filter.assignee === undefined || filter.assignee === row.assignee) &&
    (!filter.userId || filter.userId === row.userId) &&
    (!filter.decidedBy || filter.decidedBy === row.decision?.decidedBy) &&
    (!filter.tag || row.tags.includes(filter.tag)) &&
    (filter.locked === undefined || filter.locked === (row.lock !== null)) &&
    (filter.awaitingReply === undefined || filter.awaitingReply === row.awaitingReply) &&
    later(row.createdAt, filter.createdAfter) &&
    later(row.decision?.decidedAt, filter.decidedAfter)
  );
}

function later(instant: string | undefined, than: string | null | undefined): boolean {
  return !than || (instant !== undefined && Date.parse(instant) > Date.parse(than));
}

/** Whether the subject has the words of a search; body and messages are the desk's to look through. */
export function mentions(filter: Filter, row: TicketRow): boolean {
  const own = words(row.subject);
  return words(filter.search ?? "").every((word) => own.some((said) => said.startsWith(word)));
}

function words(text: string): string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
