import { describe, expect, test } from "vitest";
import { type Happening, type Link, next, UP } from "./link";

const closed: Happening = { kind: "closed", luck: 1, hidden: false };

/** The link after some happenings, each at its millisecond. */
function after(...happenings: [at: number, what: Happening][]): Link {
  return happenings.reduce((link, [at, what]) => next(link, what, at), UP);
}

describe("a link that is lost", () => {
  test("is told only when it stays away longer than the grace", () => {
    expect(after([1_000, closed]).state).toBe("grace");
    expect(after([1_000, closed], [2_199, { kind: "tick" }]).state).toBe("grace");
    expect(after([1_000, closed], [2_200, { kind: "tick" }])).toMatchObject({ state: "paused", since: 1_000 });
    expect(after([1_000, closed], [1_500, { kind: "connected" }]).state).toBe("up");
  });

  test("was lost when something was heard last, and comes back with the next word", () => {
    const silent = after([5_000, { kind: "silent", since: 3_400 }]);
    expect(silent).toMatchObject({ state: "paused", since: 3_400 });
    expect(next(silent, { kind: "heard" }, 5_100).state).toBe("up");
  });

  test("is tried for ever, later and later, but soon while somebody looks", () => {
    let link = UP;
    for (let tries = 0; tries < 100; tries += 1) link = next(next(link, closed, 0), { kind: "trying" }, 0);
    expect(next(link, closed, 0).triesAt).toBe(1_000);
    expect(next(link, { ...closed, hidden: true }, 0).triesAt).toBe(10_000);
    expect(after([0, closed]).triesAt).toBe(500);
    expect(after([0, { ...closed, luck: 0 }]).triesAt).toBe(250);
  });

  test("is tried at once when the network is back or somebody asks", () => {
    expect(after([0, closed], [0, closed], [0, closed], [100, { kind: "hurry" }]).triesAt).toBe(100);
    expect(after([0, closed], [500, { kind: "trying" }], [600, { kind: "hurry" }]).triesAt).toBeNull();
  });

  test("begins anew after it was back", () => {
    const again = after([0, closed], [0, closed], [0, closed], [900, { kind: "connected" }], [5_000, closed]);
    expect(again).toMatchObject({ state: "grace", since: 5_000, triesAt: 5_500 });
  });
});
