import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, useCallback, useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { useLocation } from "wouter";
import { ask } from "../../api/ask";
import { type Desk, useDesk } from "../../api/desk";
import { viewOf } from "../../api/filter";
import { texts } from "../../texts";
import { useNow } from "../../texts/when";
import { say } from "../../ui/announce";
import { useLate } from "../../ui/Bones";
import { useLook } from "../../ui/look";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { useAnswer } from "../../ui/useAnswer";
import { useMedia } from "../../ui/useMedia";
import { Assignees } from "./documents";
import { Filters } from "./Filters";
import { Nothing } from "./Nothing";
import { PickedStrip, Refusals } from "./PickedStrip";
import { Bone, Row } from "./Row";
import { Strip } from "./Strip";
import { useCursor } from "./useCursor";
import { usePicked } from "./usePicked";
import { useQueueCommands } from "./useQueueCommands";
import { Views } from "./Views";
import { useCounts } from "./views";

const ROWS_BEYOND = 12;
const FALLBACK_ROW_PX = 36;
const NARROW = "(max-width: 640px)"; // rows have two lines there
const NONE: readonly number[] = [];
const NOBODY: readonly string[] = [];

/** The list of work: its order stays until somebody asks for another; rows are read where they are looked at. */
export function Queue({ desk, search, opened }: { desk: Desk; search: string; opened: number | null }) {
  const rows = useDesk(desk, (desk) => desk.state.rows);
  const queue = useDesk(desk, (desk) => desk.state.queue);
  const told = useDesk(desk, (desk) => desk.told);
  const up = useDesk(desk, (desk) => desk.link.state === "up");
  const [attempt, trouble, busy] = useAttempt();
  const now = useNow();
  const [, go] = useLocation();
  const { viewer } = desk;
  const counts = useCounts(desk, new URLSearchParams(search).get("days"));
  const [assignees] = useAnswer(useCallback(async () => (await ask(Assignees, {})).assignees, []));

  const pane = useRef<HTMLOListElement>(null);
  const show = useCallback(() => attempt(() => desk.show(viewOf(search, viewer))), [attempt, desk, search, viewer]);
  useEffect(() => {
    pane.current?.scrollTo(0, 0);
    void show();
  }, [show]);
  const failed = trouble !== null;
  useEffect(() => {
    if (up && failed) void show(); // what could not be read is read when the link is back
  }, [up]);

  const order = queue?.order ?? NONE;
  const cursor = useCursor(queue, opened, pane, (index) => virtual.scrollToIndex(index));
  const picked = usePicked(desk, queue?.places);
  const at = order.length ? cursor.index : null;
  const virtual = useVirtualizer({
    count: order.length,
    getScrollElement: () => pane.current,
    estimateSize: () => rowHeight(pane.current),
    overscan: ROWS_BEYOND,
    rangeExtractor: useCallback((range: Range) => withRow(defaultRangeExtractor(range), at), [at]),
  });
  const { density } = useLook();
  const narrow = useMedia(NARROW);
  useEffect(() => virtual.measure(), [virtual, density, narrow]); // rows are as high as these say
  const drawn = virtual.getVirtualItems();
  const first = Math.max(0, (virtual.range?.startIndex ?? 0) - ROWS_BEYOND);
  const last = Math.min(order.length - 1, (virtual.range?.endIndex ?? -1) + ROWS_BEYOND);
  // Another order has other rows in the same places; what could not be read is asked for again when the link is back.
  useEffect(() => {
    if (up) void desk.need(first, last).catch(() => {});
    if (up && at !== null) void desk.need(at, at).catch(() => {});
  }, [desk, first, last, at, order, up]);

  const fresh = queue?.fresh.size ?? 0;
  useEffect(() => {
    if (fresh) say(texts.toasts.newTickets(fresh));
  }, [fresh]);
  const empty = queue !== null && order.length === 0;
  useEffect(() => {
    if (empty && fresh) void show();
  }, [empty, fresh, show]);

  const seen = () => pane.current?.checkVisibility() ?? false;
  const refresh = async () => {
    const above = fresh > 0 && viewOf(search, viewer).order.endsWith("DESC");
    const inside = pane.current?.contains(document.activeElement);
    await show();
    if (above) pane.current?.scrollTo(0, 0);
    if (inside && document.activeElement === document.body) cursor.focus(); // the row that had it is gone
  };
  const back = () => {
    if (!seen()) flushSync(() => go(`/${search}`));
    cursor.focus();
  };
  useQueueCommands({
    cursor,
    picked,
    opened,
    stale: fresh > 0 || (queue?.gone.size ?? 0) > 0,
    seen,
    refresh: () => void refresh(),
    back,
  });
  const before = useRef(opened);
  useEffect(() => {
    const closed = before.current !== null && opened === null;
    before.current = opened;
    if (closed && document.activeElement === document.body) cursor.focus();
  }, [opened]);

  const press = ({ target }: MouseEvent) => {
    const number = (target as Element).closest("a")?.closest<HTMLElement>("[data-number]")?.dataset.number;
    if (Number(number) === opened) document.getElementById("t-title")?.focus();
  };

  return (
    <section className="queue" aria-labelledby="queue-title">
      <h1 className="sr" id="queue-title">
        {texts.bar.queue}
      </h1>
      <Views search={search} counts={counts} />
      <Filters search={search} assignees={assignees ?? NOBODY} />
      {picked.numbers.size ? (
        <PickedStrip picked={picked} me={viewer.name} assignees={assignees ?? NOBODY} />
      ) : (
        <Strip queue={queue} search={search} viewer={viewer} busy={busy} onRefresh={() => void refresh()} />
      )}
      <Refusals picked={picked} />
      <Trouble text={trouble} />
      {empty && <Nothing search={search} viewer={viewer} counts={counts} />}
      <ol
        className={picked.numbers.size ? "rows is-picking" : "rows"}
        // biome-ignore lint/a11y/noRedundantRoles: Safari forgets the role of a list without bullets
        role="list"
        aria-label={texts.queue.tickets}
        aria-busy={queue === null}
        ref={pane}
        onFocus={cursor.onFocus}
        onKeyDown={cursor.onKeyDown}
        onClick={press}
      >
        <li className="spacer" aria-hidden="true" style={{ height: virtual.getTotalSize() }} />
        {queue === null && trouble === null && <Reading />}
        {drawn.map(({ index, start }) => {
          const number = order[index] as number;
          return (
            <Row
              key={number}
              number={number}
              row={rows.get(number)}
              index={index}
              total={order.length}
              top={start}
              search={search}
              why={queue?.gone.get(number)}
              told={told.get(number)}
              isOpen={number === opened}
              isPicked={picked.numbers.has(number)}
              isStop={number === cursor.stop}
              me={viewer.name}
              now={now}
              onPick={picked.onPick}
            />
          );
        })}
      </ol>
    </section>
  );
}

/** The place of a list that is being read. */
function Reading() {
  return (
    useLate() && (
      <li className="reading">
        <span className="sr">{texts.queue.reading}</span>
        {Array.from({ length: 8 }, (_, number) => (
          <div className="row" key={number}>
            <span className="line">
              <Bone number={null} />
            </span>
          </div>
        ))}
      </li>
    )
  );
}

/** The rows of a window, and the one that Tab comes to: it keeps the focus, however far it is scrolled away. */
function withRow(drawn: number[], index: number | null): number[] {
  return index === null || drawn.includes(index) ? drawn : [...drawn, index].sort((one, other) => one - other);
}

function rowHeight(list: HTMLElement | null): number {
  const root = getComputedStyle(document.documentElement);
  const rem = Number.parseFloat(root.fontSize);
  const narrow = list && matchMedia(NARROW).matches;
  return (narrow ? 3.75 : Number.parseFloat(root.getPropertyValue("--row"))) * rem || FALLBACK_ROW_PX;
}
