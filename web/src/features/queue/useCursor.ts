import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { Queue } from "../../api/state";

export type Cursor = {
  /** The row that Tab comes to, and where it stands; null in an empty list. */
  stop: number | null;
  index: number;
  /** To the row so many places on. */
  move: (by: number) => void;
  /** Gives the focus to the row that Tab comes to, as soon as it is drawn. */
  focus: () => void;
  /** Follows the focus, wherever it came from. */
  onFocus: (event: { target: Element }) => void;
  onKeyDown: (event: KeyboardEvent) => void;
};

/** Where somebody stands in the list: one row, by its number, so that it stays where it is when the list is another. */
export function useCursor(
  queue: Queue | null,
  opened: number | null,
  pane: RefObject<HTMLElement | null>,
  scrollTo: (index: number) => void,
): Cursor {
  const [at, setAt] = useState(opened);
  useEffect(() => {
    if (opened !== null) setAt(opened);
  }, [opened]);
  const order = queue?.order ?? [];
  const known = at !== null && queue?.places.has(at) === true;
  const stop = known ? at : (order[0] ?? null);
  const index = useMemo(() => (known ? order.indexOf(at) : 0), [order, known, at]);

  const wanted = useRef(false);
  const settle = () => {
    const row = wanted.current && pane.current?.querySelector<HTMLElement>('a[tabindex="0"]');
    if (!row) return;
    wanted.current = false;
    scrollTo(index);
    row.focus({ preventScroll: true });
  };
  useEffect(settle);
  const focus = () => {
    wanted.current = stop !== null;
    settle();
  };
  const moveTo = (to: number) => {
    const place = Math.min(Math.max(to, 0), order.length - 1);
    const number = order[place];
    if (number === undefined) return;
    wanted.current = true;
    flushSync(() => setAt(number)); // it is drawn now, however far away
    settle();
  };
  const move = (by: number) => moveTo(known ? index + by : 0);

  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: order.length - 1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    moveTo(to);
  };
  const onFocus = ({ target }: { target: Element }) => {
    const number = Number(target.closest<HTMLElement>("[data-number]")?.dataset.number);
    if (number) setAt(number);
  };
  return { stop, index, move, focus, onFocus, onKeyDown };
}
