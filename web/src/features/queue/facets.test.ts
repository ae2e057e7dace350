import { expect, test } from "vitest";
import { choosing, chosenOf, type Facet, facetsOf, toggled, wordsOf } from "./facets";

const { shown, others } = facetsOf(["ann", "bob"]);
const facet = (key: Facet["key"]) => [...shown, ...others].find((each) => each.key === key) as Facet;

test("the address that says nothing means what is undecided", () => {
  expect(wordsOf(facet("status"), chosenOf("", facet("status")))).toBe("Open, Processing");
  expect(chosenOf("?decided=today", facet("status"))).toEqual([]);
  expect(chosenOf("?status=ANY", facet("status"))).toEqual([]);
});

test("several statuses are chosen one by one, and all of them are any", () => {
  expect(toggled("", facet("status"), "OPEN")).toBe("?status=PROCESSING");
  expect(toggled("?status=PROCESSING", facet("status"), "OPEN")).toBe("");
  expect(toggled("?status=OPEN%2CPROCESSING%2CAPPROVED%2CREJECTED", facet("status"), "CLOSED")).toBe("?status=ANY");
  expect(choosing("?tag=card", facet("status"), [])).toBe("?tag=card&status=ANY");
});

test("of the others one is chosen, or taken back, and the rest of the address stays", () => {
  expect(toggled("?tag=card", facet("assignee"), "bob")).toBe("?tag=card&assignee=bob");
  expect(toggled("?assignee=bob", facet("assignee"), "me")).toBe("?assignee=me");
  expect(toggled("?assignee=me", facet("assignee"), "me")).toBe("");
  expect(choosing("?userId=u-1", facet("userId"), [])).toBe("");
});
