import { expect, test } from "vitest";
import type { TicketEvent } from "./documents";
import { isFresh, toldAfter } from "./told";

const did = (actor: string, number: number, kind = "UPDATED") => ({ actor, kind, ticket: { number } }) as TicketEvent;
const NOBODY = new Map();

test("what others did is told, what one did oneself is not, nor that a lock or a mail goes on", () => {
  const told = toldAfter(
    NOBODY,
    [did("bob", 1), did("ann", 2), did("bob", 3, "LOCK_RENEWED"), did("bob", 4, "DELIVERY_CHANGED")],
    "ann",
    0,
  );
  expect([...told]).toEqual([[1, { at: 0, times: 1 }]]);
});

test("told again, it is told anew, and forgotten after a while", () => {
  const once = toldAfter(NOBODY, [did("bob", 1)], "ann", 0);
  expect(toldAfter(once, [did("bob", 1)], "ann", 500).get(1)).toEqual({ at: 500, times: 2 });
  const later = toldAfter(once, [did("bob", 2)], "ann", 5_000);
  expect([...later.keys()]).toEqual([2]);
  expect([isFresh({ at: 0, times: 1 }, 999), isFresh({ at: 0, times: 1 }, 1_000)]).toEqual([true, false]);
});
