import { expect, test } from "vitest";
import { difference } from "./difference";

const told = (before: string, after: string) =>
  difference(before, after)
    .map(({ kind, text }) => (kind === "same" ? text : kind === "del" ? `[-${text}-]` : `[+${text}+]`))
    .join("");

test("only the words that differ are marked", () => {
  expect(told("Card lost on the train", "Card stolen on the train")).toBe("Card [-lost -][+stolen +]on the train");
  expect(told("eKYC: no match", "eKYC: no match, again")).toBe("eKYC: no [-match-][+match, again+]");
  expect(told("", "New")).toBe("[+New+]");
  expect(told("Gone", "")).toBe("[-Gone-]");
  expect(told("The same", "The same")).toBe("The same");
});

test("a text that is too long to compare is shown whole, before and after", () => {
  const long = "word ".repeat(600);
  expect(told(long, `${long}more`)).toBe(`[-${long}-][+${long}more+]`);
});
