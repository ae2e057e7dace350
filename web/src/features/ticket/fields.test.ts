import { expect, test } from "vitest";
import { differences, differing, type Fields, joined, met } from "./fields";

const BASE: Fields = { subject: "Card lost", body: "On the train.", priority: "NORMAL", assignee: "", tags: "card" };

test("only what is another is sent, and a space is no change", () => {
  expect(differing({ ...BASE, tags: " card ,", assignee: " " }, BASE)).toEqual([]);
  expect(differences({ ...BASE, assignee: "ann", tags: "card, fraud" }, BASE)).toEqual({
    assignee: "ann",
    tags: ["card", "fraud"],
  });
});

test("two changes of different fields go together, and nobody has to choose", () => {
  const mine = { ...BASE, subject: "Card stolen" };
  const theirs = { ...BASE, priority: "URGENT" } as const;
  expect(met(BASE, mine, theirs)).toEqual({
    merged: { ...BASE, subject: "Card stolen", priority: "URGENT" },
    theirs: ["priority"],
    both: [],
  });
});

test("what both changed is for a person to choose, and nothing of it is thrown away", () => {
  const mine = { ...BASE, body: "At noon.", tags: "card, fraud" };
  const theirs = { ...BASE, body: "At night.", tags: "card, bank", subject: "Stolen" };
  const { merged, both } = met(BASE, mine, theirs);
  expect(both).toEqual(["body", "tags"]);
  expect(merged).toEqual({ ...mine, subject: "Stolen" });
  expect(joined(both, mine, theirs)).toMatchObject({ body: "At noon.\n\nAt night.", tags: "card, fraud, bank" });
});

test("the same change made by both is no conflict", () => {
  const changed = { ...BASE, priority: "HIGH" } as const;
  expect(met(BASE, changed, changed)).toEqual({ merged: changed, theirs: [], both: [] });
});
