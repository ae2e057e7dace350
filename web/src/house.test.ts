import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/** Who may use whom: the parts of the page know nothing of its features, and features nothing of each other. */
const MAY: Record<string, readonly string[]> = {
  texts: ["texts"],
  ui: ["ui", "texts"],
  keys: ["keys", "ui", "texts"],
  api: ["api", "texts"],
  features: ["api", "keys", "ui", "texts"],
  app: ["app", "features", "api", "keys", "ui", "texts"],
  graphiql: ["graphiql", "features", "api", "ui", "texts"],
};
const SOURCE = import.meta.dirname;

test("nobody uses what stands above or beside them", () => {
  const wrong = files().flatMap((file) =>
    usedBy(file)
      .filter((used) => !may(file, used))
      .map((used) => `${file} → ${used}`),
  );
  expect(wrong).toEqual([]);
});

function files(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\/.*\.tsx?$/.test(path) && !path.endsWith(".d.ts"));
}

function usedBy(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), "utf8");
  return [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, path]) => join(dirname(file), path as string));
}

function may(file: string, used: string): boolean {
  const [room = "", feature] = file.split("/");
  const [other = "", another] = used.split("/");
  return (MAY[room]?.includes(other) ?? false) || (room === "features" && other === room && another === feature);
}
