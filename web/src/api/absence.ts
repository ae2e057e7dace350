import type { Missed, TicketEvent } from "./documents";

/** What somebody was away for, all of which is here now. */
export type CaughtUp = {
  /** As the desk counted them. */
  events: number;
  /** The ticket of each, as this page heard them. */
  numbers: readonly number[];
};

/** A time without a link: how much happened in it, and what of that came afterwards. */
export class Absence {
  private readonly heard: { cursor: string; number: number }[] = [];
  private missed: Missed | null = null;

  /** `after` is the cursor of the last event before. */
  constructor(readonly after: string) {}

  hears(events: readonly TicketEvent[]): void {
    for (const { cursor, ticket } of events) this.heard.push({ cursor, number: ticket.number });
  }

  /** Takes over what the desk counted after that cursor. */
  counts(missed: Missed): void {
    this.missed = missed;
  }

  /** What was missed, once its last event was heard, too; null before. */
  get caughtUp(): CaughtUp | null {
    if (!this.missed) return null;
    const { events, upTo } = this.missed;
    if (upTo === null) return { events, numbers: [] };
    const last = this.heard.findIndex(({ cursor }) => cursor === upTo);
    return last < 0 ? null : { events, numbers: this.heard.slice(0, last + 1).map(({ number }) => number) };
  }
}
