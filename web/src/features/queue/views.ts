import { useEffect, useState } from "react";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import { type Filter, saying, viewOf } from "../../api/filter";
import { texts } from "../../texts";
import { Counts } from "./documents";

const APART_MS = 2_000;

/** The lists that everybody has, by what the address says of them. */
export const VIEWS = [
  [texts.queue.view.undecided, ""],
  [texts.queue.view.mine, "?assignee=me"],
  [texts.queue.view.nobodys, "?assignee=nobody"],
  [texts.queue.view.urgent, "?priority=URGENT"],
  [texts.queue.view.decidedToday, "?decided=today"],
  [texts.queue.view.all, "?status=ANY"],
] as const;

/** How many tickets each view has: read anew at most every two seconds while something happens; null before. */
export function useCounts(desk: Desk, days: string | null): readonly number[] | null {
  const [counts, setCounts] = useState<readonly number[] | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const read = async () => {
      timer = undefined;
      if (desk.link.state !== "up") return; // its return asks again
      try {
        const { counts } = await ask(Counts, { filters: VIEWS.map(([, query]) => filterOf(desk, query, days)) });
        if (!over) setCounts(counts);
      } catch {
        // the numbers stay as they were
      }
    };
    const mark = () => `${desk.heard} ${desk.link.state}`;
    let known = mark();
    void read();
    const stop = desk.subscribe(() => {
      if (mark() === known) return;
      known = mark();
      timer ??= setTimeout(read, APART_MS);
    });
    return () => {
      over = true;
      clearTimeout(timer);
      stop();
    };
  }, [desk, days]);
  return counts;
}

function filterOf(desk: Desk, query: string, days: string | null): Filter {
  return viewOf(saying(query, "days", days), desk.viewer).filter;
}
