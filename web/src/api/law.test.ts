import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TicketEvent, TicketRow } from "./documents";
import type { Filter } from "./filter";
import { applyEvents, type Gone, listed, type OpenTicket, type State, withRows } from "./state";

const LAW = new URL("../../../tests/law/", import.meta.url);

/** A case that the desk made: tests/realtime/test_page_law.py holds it to that. */
type Case = {
  filter: Filter;
  before: { rows: TicketRow[]; order: number[]; total: number; open: OpenTicket };
  events: TicketEvent[];
  after: { rows: TicketRow[]; order: number[]; fresh: number[]; gone: [number, Gone][]; open: OpenTicket };
};

const files = readdirSync(LAW);

test("the law has cases", () => expect(files.length).toBeGreaterThan(5));

test.each(files)("%s", (file) => {
  const { filter, before, events, after }: Case = JSON.parse(readFileSync(new URL(file, LAW), "utf8"));
  const known: State = {
    ...withRows({ rows: new Map(), queue: null, open: before.open }, before.rows),
    queue: listed(filter, before.order, before.total),
  };
  const whole = told(applyEvents(known, events));
  expect(whole).toEqual(after);
  const piecemeal = events.reduce((state, event) => applyEvents(state, [event, event]), known);
  expect(told(piecemeal)).toEqual(after);
});

function told({ rows, queue, open }: State) {
  return {
    rows: [...rows.values()].sort((one, other) => other.number - one.number),
    order: queue?.order,
    fresh: [...(queue?.fresh ?? [])],
    gone: [...(queue?.gone ?? [])],
    open,
  };
}
