import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { Link, useLocation } from "wouter";
import { type Desk, useDesk } from "../../api/desk";
import { daysOf, saying, viewOf } from "../../api/filter";
import { keyOf } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { useNow } from "../../texts/when";
import { say } from "../../ui/announce";
import { Empty } from "../../ui/Empty";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { useLook } from "../../ui/look";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { useMedia } from "../../ui/useMedia";
import { Filters, Window } from "./Filters";
import { Row, RowBone } from "./Row";

const ROWS_BEYOND = 12;
const FALLBACK_ROW_PX = 36;
const NARROW = "(max-width: 640px)"; // rows have two lines there

/** The list of work: its order stays until somebody asks for another; rows are read where they are looked at. */
export function Queue({ desk, search, opened }: { desk: Desk; search: string; opened: number | null }) {
  const rows = useDesk(desk, (desk) => desk.state.rows);
  const queue = useDesk(desk, (desk) => desk.state.queue);
  const up = useDesk(desk, (desk) => desk.link.state === "up");
  const [attempt, trouble, busy] = useAttempt();
  const now = useNow();
  const view = useMemo(() => viewOf(search, desk.viewer), [search, desk]);
  const days = daysOf(search, desk.viewer);
  const [path] = useLocation();
  const show = useCallback(() => void attempt(() => desk.show(view)), [attempt, desk, view]);
  const pane = useRef<HTMLOListElement>(null);
  useEffect(() => {
    pane.current?.scrollTo(0, 0);
    show();
  }, [show]);

  const failed = trouble !== null;
  useEffect(() => {
    if (up && failed) show(); // what could not be read is read when the link is back
  }, [up]);

  const order = queue?.order ?? [];
  const virtual = useVirtualizer({
    count: order.length,
    getScrollElement: () => pane.current,
    estimateSize: () => rowHeight(pane.current),
    overscan: ROWS_BEYOND,
  });
  const { density } = useLook();
  const narrow = useMedia(NARROW);
  useEffect(() => virtual.measure(), [virtual, density, narrow]); // rows are as high as these say
  const drawn = virtual.getVirtualItems();
  const first = drawn[0]?.index ?? 0;
  const last = drawn.at(-1)?.index ?? -1;
  // Another order has other rows in the same places; what could not be read is asked for again when the link is back.
  useEffect(() => {
    if (up && order) void desk.need(first, last).catch(() => {});
  }, [desk, first, last, order, up]);

  const fresh = queue?.fresh.size ?? 0;
  useEffect(() => {
    if (fresh) say(texts.toasts.newTickets(fresh));
  }, [fresh]);
  const stale = fresh > 0 || (queue?.gone.size ?? 0) > 0;
  useCommands({ "queue.fresh": { when: () => stale && (pane.current?.checkVisibility() ?? false), run: show } }, [
    stale,
    show,
  ]);
  const empty = queue !== null && order.length === 0;
  useEffect(() => {
    if (empty && fresh) show();
  }, [empty, fresh, show]);

  return (
    <section className="queue" aria-labelledby="queue-title">
      <h1 className="sr" id="queue-title">
        {desk.viewer.role === "CUSTOMER" ? texts.bar.requests : texts.bar.queue}
      </h1>
      <Filters search={search} viewer={desk.viewer} />
      <div className="strip">
        <div className="found">
          <p>{queue && texts.queue.found(queue.total)}</p>
          <Window search={search} viewer={desk.viewer} />
        </div>
        {fresh > 0 && !empty ? (
          <button type="button" className="newpill" disabled={busy} onClick={show}>
            <Icon name="up" /> {texts.queue.fresh(fresh)} <Kbd keys={keyOf("queue.fresh")} hint />
          </button>
        ) : (
          <span />
        )}
        <Trouble text={trouble} />
      </div>
      {empty && (
        <Empty
          title={texts.queue.nothing}
          acts={
            days !== null && (
              <Link className="btn" href={path + saying(search, "days", "ANY")}>
                {texts.queue.older}
              </Link>
            )
          }
        >
          {days === null ? texts.queue.nothingFits : texts.queue.nothingYoung(days)}
        </Empty>
      )}
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets the role of a list without bullets */}
      <ol className="rows" role="list" aria-label={texts.queue.tickets} ref={pane}>
        <li className="spacer" aria-hidden="true" style={{ height: virtual.getTotalSize() }} />
        {drawn.map(({ index, start }) => {
          const number = order[index] as number;
          const row = rows.get(number);
          const place = { index, total: order.length, top: start };
          return row ? (
            <Row
              key={number}
              row={row}
              place={place}
              search={search}
              why={queue?.gone.get(number)}
              isOpen={number === opened}
              me={desk.viewer.name}
              now={now}
            />
          ) : (
            <RowBone key={number} number={number} place={place} />
          );
        })}
      </ol>
    </section>
  );
}

function rowHeight(list: HTMLElement | null): number {
  const root = getComputedStyle(document.documentElement);
  const rem = Number.parseFloat(root.fontSize);
  const narrow = list && matchMedia(NARROW).matches;
  return (narrow ? 3.75 : Number.parseFloat(root.getPropertyValue("--row"))) * rem || FALLBACK_ROW_PX;
}
