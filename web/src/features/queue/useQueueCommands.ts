import { useLayoutEffect, useRef } from "react";
import { useCommands } from "../../keys/registry";
import type { Cursor } from "./useCursor";
import type { Picked } from "./usePicked";

type Now = {
  cursor: Cursor;
  picked: Picked;
  opened: number | null;
  /** Whether the list is behind what happened. */
  stale: boolean;
  /** Whether the list is on the screen. */
  seen: () => boolean;
  refresh: () => void;
  back: () => void;
};

/** What keys do in the list. Made known once and before a ticket's, whose Escape comes first. */
export function useQueueCommands(now: Now): void {
  const shown = useRef(now);
  useLayoutEffect(() => {
    shown.current = now;
  });
  const latest = () => shown.current;
  const seen = () => latest().seen();
  useCommands(
    {
      "queue.next": { when: seen, run: () => latest().cursor.move(1) },
      "queue.previous": { when: seen, run: () => latest().cursor.move(-1) },
      "queue.pick": { when: () => seen() && latest().cursor.stop !== null, run: () => pickStop(latest()) },
      "queue.none": { when: () => seen() && some(latest()), run: () => latest().picked.none() },
      "queue.back": { when: () => latest().opened !== null && !some(latest()), run: () => latest().back() },
      "queue.fresh": { when: () => seen() && latest().stale, run: () => latest().refresh() },
    },
    [],
  );
}

function some({ picked }: Now): boolean {
  return picked.numbers.size > 0;
}

function pickStop({ cursor, picked }: Now): void {
  if (cursor.stop !== null) picked.toggle(cursor.stop);
}
