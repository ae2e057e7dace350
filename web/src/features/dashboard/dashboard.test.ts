import { expect, test } from "vitest";
import { texts } from "../../texts";
import { midnight, parts } from "../../texts/when";
import { stepFor } from "./Charts";
import { queueOf } from "./queues";

test("three lines of the grid reach the most, at round numbers", () => {
  expect([1, 3, 4, 9, 10, 31, 45, 200].map(stepFor)).toEqual([1, 1, 2, 3, 5, 20, 20, 100]);
});

test("a span is told in the unit that it begins with", () => {
  const { span } = texts.dashboard.waited;
  expect(span(0, 900)).toBe("under 15 min");
  expect(span(900, 3_600)).toBe("15 to 60 min");
  expect(span(7_200, 14_400)).toBe("2 to 4 h");
  expect(span(28_800, null)).toBe("over 8 h");
});

test("an age is told by its two largest units", () => {
  const ago = (minutes: number) => parts(new Date(0).toISOString(), minutes * 60_000);
  expect(ago(0)).toEqual([[0, "minute"]]);
  expect(ago(544)).toEqual([
    [9, "hour"],
    [4, "minute"],
  ]);
  expect(ago(1_530)).toEqual([
    [1, "day"],
    [1, "hour"],
  ]);
});

test("a day begins at the reader's midnight", () => {
  expect(midnight(new Date(2026, 10, 20, 23, 59))).toBe(new Date(2026, 10, 20).toISOString());
});

test("a number's queue has no window of days", () => {
  expect(queueOf({ assignee: "ann" })).toBe("/?assignee=ann&days=ANY");
});
