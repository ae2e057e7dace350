import { expect, test } from "vitest";
import { ending, endOf } from "./expiry";

const NOW = new Date("2026-11-20T08:30:00.000Z");

test("a lifetime ends so many days from now, or not at all", () => {
  expect(endOf("30", NOW.getTime())).toBe("2026-12-20T08:30:00.000Z");
  expect(endOf("", NOW.getTime())).toBeNull();
});

test("an end is told as what it is: none, to come, over", () => {
  expect(ending(null, NOW)).toBe("never");
  expect(ending("2027-02-03T08:30:00.000Z", NOW)).toMatch(/^\D*3\D+2027|^\D+3\D+2027/);
  expect(ending("2026-11-03T08:30:00.000Z", NOW)).toMatch(/^ended /);
});
