import { expect, test } from "vitest";
import { once, Refused, Unreachable } from "./ask";

/** The keys under which something is sent, try after try, while each ends so. */
async function keys(name: string, ...endings: (Error | null)[]): Promise<string[]> {
  const used: string[] = [];
  for (const ending of endings) {
    const sent = once(name, async (key) => {
      used.push(key);
      if (ending) throw ending;
    });
    await sent.catch(() => {});
  }
  return used;
}

test("a mutation keeps its key until an answer came, and takes another for the next time", async () => {
  const [first, second, third, fourth] = await keys("close/1", new Unreachable(), new Unreachable(), null, null);
  expect([second, third]).toEqual([first, first]);
  expect(fourth).not.toBe(first);
});

test("a refusal is an answer", async () => {
  const [first, second] = await keys("close/2", new Refused("No.", "FORBIDDEN"), null);
  expect(second).not.toBe(first);
});
