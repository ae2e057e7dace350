/** An example of one operation, as /docs has it. */
type Example = { label: string; query: string; variables: string };

const KEPT = "graphiql:favorites";

/** Puts an example of every operation into the explorer's history, once in each browser: as favourites, which nothing
 * pushes out. Without them the explorer works as well. */
export async function seedHistory(): Promise<void> {
  if (localStorage.getItem(KEPT) !== null) return;
  const response = await fetch("/docs/examples.json", { redirect: "manual" });
  if (!response.ok) return;
  const examples = (await response.json()) as Example[];
  const favorites = examples.map((example) => ({ ...example, favorite: true }));
  localStorage.setItem(KEPT, JSON.stringify({ favorites }));
}
