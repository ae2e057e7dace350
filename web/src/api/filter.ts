import { midnight } from "../texts/when";
import type { QueueOrder, TicketRow } from "./documents";
import type { VariablesOf } from "./graphql";

export type Filter = NonNullable<VariablesOf<typeof QueueOrder>["filter"]>;
export type Order = VariablesOf<typeof QueueOrder>["orderBy"];

/** What a list shows: the address of the page says it, so that it can be sent to a colleague. */
export type View = { filter: Filter; order: Order };

export const STATUSES = ["OPEN", "PROCESSING", "APPROVED", "REJECTED", "CLOSED"] as const;
export const PRIORITIES = ["URGENT", "HIGH", "NORMAL", "LOW"] as const;
export const ORDERS = ["CREATED_DESC", "CREATED_ASC", "UPDATED_DESC", "UPDATED_ASC"] as const;

const UNDECIDED = ["OPEN", "PROCESSING"] as const;
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

/** The last instant before another: what begins then counts, too. */
function justBefore(instant: string): string {
  return new Date(Date.parse(instant) - 1).toISOString();
}

/** The view of an address: what is undecided and young if it says nothing, but for a customer everything. */
export function viewOf(search: string, viewer: { name: string; role: string }, now = Date.now()): View {
  const said = new URLSearchParams(search);
  const among = <Name extends string>(key: string, names: readonly Name[]): Name[] =>
    names.filter((name) => said.get(key)?.split(",").includes(name));
  const filter: Filter = {};
  const status = among("status", STATUSES);
  if (status.length) filter.status = status;
  else if (!said.has("status") && viewer.role !== "CUSTOMER") filter.status = [...UNDECIDED];
  const priority = among("priority", PRIORITIES);
  if (priority.length) filter.priority = priority;
  const assignee = said.get("assignee");
  if (assignee) filter.assignee = assignee === "nobody" ? null : assignee === "me" ? viewer.name : assignee;
  for (const key of ["userId", "tag", "search"] as const) {
    const text = said.get(key)?.trim();
    if (text) filter[key] = text;
  }
  const decidedBy = said.get("decidedBy");
  if (decidedBy) filter.decidedBy = decidedBy === "me" ? viewer.name : decidedBy;
  if (said.get("decided") === "today") filter.decidedAfter = justBefore(midnight(new Date(now)));
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
    (!filter.tag || row.tags.includes(filter.tag)) &&
    (!filter.decidedBy || filter.decidedBy === row.decision?.decidedBy) &&
    (!filter.decidedAfter || Date.parse(row.decision?.decidedAt ?? "") > Date.parse(filter.decidedAfter)) &&
    (!filter.createdAfter || Date.parse(row.createdAt) > Date.parse(filter.createdAfter))
  );
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
