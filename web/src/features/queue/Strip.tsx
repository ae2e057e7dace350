import { memo } from "react";
import { useLocation } from "wouter";
import type { Viewer } from "../../api/access";
import { daysOf, saying } from "../../api/filter";
import type { Queue } from "../../api/state";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { Menu } from "../../ui/Menu";

type Props = { queue: Queue | null; search: string; viewer: Viewer; busy: boolean; onRefresh: () => void };

/** How many tickets there are, what waits behind the list as it stands, and how it is ordered. */
export function Strip({ queue, search, viewer, busy, onRefresh }: Props) {
  const fresh = queue?.fresh.size ?? 0;
  const gone = queue?.gone.size ?? 0;
  return (
    <div className="strip">
      <div className="found">
        <p>{queue && texts.queue.found(queue.total)}</p>
        <Window search={search} viewer={viewer} />
      </div>
      {queue?.order.length && fresh + gone ? (
        <button type="button" className="newpill" disabled={busy} onClick={onRefresh}>
          <Icon name="up" /> {fresh ? texts.queue.fresh(fresh) : texts.queue.left(gone)}{" "}
          <Kbd keys={keyOf("queue.fresh")} hint />
        </button>
      ) : (
        <span />
      )}
      <Order search={search} />
    </div>
  );
}

/** How far back the list looks: one press shows everything, another no more than before. */
const Window = memo(function Window({ search, viewer }: { search: string; viewer: Viewer }) {
  const [path, go] = useLocation();
  const days = daysOf(search, viewer);
  const usual = daysOf("", viewer);
  return (
    <span className={days === null ? "chip add" : "chip"}>
      <button
        type="button"
        title={days === null ? texts.queue.onlyDays(usual) : texts.queue.olderToo}
        onClick={() => go(path + saying(search, "days", days === null ? null : "ANY"))}
      >
        {days === null ? texts.queue.anyAge : texts.queue.days(days)} {days !== null && <Icon name="x" />}
      </button>
    </span>
  );
});

/** How the list is ordered, and how else it can be. */
const Order = memo(function Order({ search }: { search: string }) {
  const [path, go] = useLocation();
  const said = new URLSearchParams(search).get("order") ?? "";
  const orders = Object.entries(texts.queue.orders);
  const [, name] = orders.find(([order]) => order === said) ?? [said, texts.queue.orders[""]];
  return (
    <Menu
      align="end"
      items={orders.map(([order, title]) => ({
        title,
        checked: title === name,
        run: () => go(path + saying(search, "order", order || null)),
      }))}
    >
      <button type="button" className="sort" aria-label={`${texts.queue.order}: ${name}`}>
        <span>{name}</span> <Icon name="down" />
      </button>
    </Menu>
  );
});
