import type { TicketEvent } from "./documents";

/** That somebody else changed a row just now. */
export type Told = {
  /** When it was heard, Unix ms. */
  at: number;
  /** How often lately: the next time shows again. */
  times: number;
};

const FRESH_MS = 1_000;
const QUIET = new Set(["LOCK_RENEWED", "DELIVERY_CHANGED", "PARTICIPANTS_CHANGED"]); // a row shows nothing of them

/** Whether it was so lately that it is still shown. */
export function isFresh(told: Told, now: number): boolean {
  return now - told.at < FRESH_MS;
}

/** What is told after some events: what others did, and nothing that was told long ago. `now` in Unix ms. */
export function toldAfter(
  before: ReadonlyMap<number, Told>,
  events: readonly TicketEvent[],
  me: string,
  now: number,
): ReadonlyMap<number, Told> {
  const told = new Map([...before].filter(([, each]) => isFresh(each, now)));
  for (const { actor, kind, ticket } of events)
    if (actor !== me && !QUIET.has(kind))
      told.set(ticket.number, { at: now, times: (told.get(ticket.number)?.times ?? 0) + 1 });
  return told;
}
