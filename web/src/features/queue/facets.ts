import { PRIORITIES, STATUSES, saying, UNDECIDED } from "../../api/filter";
import { texts } from "../../texts";

export type Option = readonly [value: string, name: string];

/** What a list can be narrowed by: its word in the address, and what can be chosen of it. */
export type Facet = {
  key: keyof typeof texts.queue.facet;
  /** None, where a text is asked for. */
  options?: readonly Option[];
  /** Whether several can be chosen. */
  many?: true;
  /** What is meant where the address says nothing. */
  usual?: readonly string[];
};

/** The facets of a list; the first ones are always shown. */
export function facetsOf(assignees: readonly string[]): { shown: Facet[]; others: Facet[] } {
  const { option } = texts.queue;
  const status: Facet = {
    key: "status",
    options: STATUSES.map((status) => [status, texts.words.status[status]]),
    many: true,
    usual: UNDECIDED,
  };
  const priority: Facet = {
    key: "priority",
    options: PRIORITIES.map((priority) => [priority, texts.words.priority[priority]]),
    many: true,
  };
  const people = assignees.map((name): Option => [name, name]);
  const assignee: Facet = { key: "assignee", options: [["me", option.me], ["nobody", option.nobody], ...people] };
  return {
    shown: [status, priority, assignee],
    others: [
      {
        key: "decided",
        options: [
          ["today", option.today],
          ["week", option.week],
        ],
      },
      { key: "decidedBy", options: [["me", option.me], ...people] },
      { key: "locked", options: Object.entries(option.locked) },
      { key: "awaiting", options: Object.entries(option.yesNo) },
      { key: "userId" },
      { key: "tag" },
    ],
  };
}

/** What the address chooses of a facet; what is meant by saying nothing, too. */
export function chosenOf(search: string, { key, many, usual, options }: Facet): readonly string[] {
  const said = new URLSearchParams(search);
  const text = said.get(key);
  if (text === null) return said.has("decided") ? [] : (usual ?? []);
  const known = (value: string) => options?.some(([option]) => option === value) ?? true;
  return many ? text.split(",").filter(known) : text ? [text] : [];
}

/** The address with something else chosen of a facet; nothing is any. */
export function choosing(search: string, { key, many, usual, options }: Facet, chosen: readonly string[]): string {
  const all = chosen.length === 0 || (many && chosen.length === options?.length);
  const value = all ? (usual ? "ANY" : null) : chosen.join(",");
  const said = usual && same(chosen, usual) ? null : value;
  return saying(search, key, said);
}

/** The address with one value more or less; of a facet that takes only one, with that. */
export function toggled(search: string, facet: Facet, value: string): string {
  const chosen = chosenOf(search, facet);
  if (!facet.many) return choosing(search, facet, chosen.includes(value) ? [] : [value]);
  const order = facet.options?.map(([option]) => option) ?? [];
  return choosing(
    search,
    facet,
    order.filter((option) => chosen.includes(option) !== (option === value)),
  );
}

/** What is chosen, in words. */
export function wordsOf(facet: Facet, chosen: readonly string[]): string {
  const name = (value: string) => facet.options?.find(([option]) => option === value)?.[1] ?? value;
  return chosen.map(name).join(", ");
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
