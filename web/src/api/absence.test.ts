import { expect, test } from "vitest";
import { Absence } from "./absence";
import type { TicketEvent } from "./documents";

const heard = (cursor: string, number: number) => ({ cursor, ticket: { number } }) as TicketEvent;

test("an absence is over when its last event was heard, whether that or the count came first", () => {
  const early = new Absence("c0");
  early.hears([heard("c1", 7)]);
  early.counts({ events: 2, upTo: "c2" });
  expect(early.caughtUp).toBeNull();
  early.hears([heard("c2", 8), heard("c3", 9)]);
  expect(early.caughtUp).toEqual({ events: 2, numbers: [7, 8] });

  const late = new Absence("c0");
  late.hears([heard("c1", 7), heard("c2", 7)]);
  expect(late.caughtUp).toBeNull();
  late.counts({ events: 2, upTo: "c2" });
  expect(late.caughtUp).toEqual({ events: 2, numbers: [7, 7] });
});

test("an absence in which nothing happened is over at once", () => {
  const quiet = new Absence("c0");
  quiet.counts({ events: 0, upTo: null });
  expect(quiet.caughtUp).toEqual({ events: 0, numbers: [] });
});
