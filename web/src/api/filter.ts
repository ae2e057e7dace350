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

/** The view of an address: what is undecided if it says nothing, but for a customer everything. */
export function viewOf(search: string, viewer: { name: string; role: string }): View {
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
    (!filter.tag || row.tags.includes(filter.tag))
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
