import { expect, test } from "vitest";
import { codeIn, linkOf } from "./session";

test("a link holds its code behind the #, and it is found there again", () => {
  const link = new URL(linkOf("gc_1a2b3c4d_x-y_z", "https://desk.example.org"));
  expect(link.origin + link.pathname + link.search).toBe("https://desk.example.org/");
  expect(codeIn(link.hash)).toBe("gc_1a2b3c4d_x-y_z");
});

test("an address without a code has none", () => {
  expect(codeIn("")).toBeNull();
  expect(codeIn("#history")).toBeNull();
});
