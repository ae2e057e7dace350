import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { type Desk, useDesk } from "../../api/desk";
import { viewOf } from "../../api/filter";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Empty } from "../../ui/Empty";
import { Icon } from "../../ui/Icon";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Request } from "./Request";

const said = texts.customer;
const AT_ONCE = 50;

type Props = {
  desk: Desk;
  opened: number | null;
  hidden: boolean;
  /** The view of a new request, while one is written. */
  children: ReactNode;
};

/** The customers' page: their requests, and the one that is open. */
export function Requests({ desk, opened, hidden, children }: Props) {
  const queue = useDesk(desk, (desk) => desk.state.queue);
  const rows = useDesk(desk, (desk) => desk.state.rows);
  const up = useDesk(desk, (desk) => desk.link.state === "up");
  const view = useMemo(() => viewOf("", desk.viewer), [desk]);
  const [attempt, trouble] = useAttempt();
  const [most, setMost] = useState(AT_ONCE);
  const show = useCallback(() => void attempt(() => desk.show(view)), [attempt, desk, view]);
  const fresh = queue?.fresh.size ?? 0;
  const failed = trouble !== null;
  useEffect(show, [show]);
  useEffect(() => {
    if (fresh || (up && failed)) show(); // what is new is one's own, so it comes at once
  }, [fresh, up]);
  const order = queue?.order ?? [];
  useEffect(() => {
    if (up) void desk.need(0, Math.min(most, order.length) - 1).catch(() => {});
  }, [desk, most, order, up]);

  const open = opened !== null || Boolean(children);
  const none = queue !== null && order.length === 0;
  return (
    <div className="page customer" hidden={hidden}>
      <div className="wrap" data-open={open || undefined}>
        <nav aria-label={said.mine}>
          {!open && <h1 className="sr">{texts.bar.requests}</h1>}
          <Link className="btn" href="/new">
            <Icon name="plus" /> {said.make}
          </Link>
          <Trouble text={trouble} />
          <ul className="mine">
            {order.slice(0, most).map((number) => {
              const row = rows.get(number);
              return (
                row && (
                  <li key={number}>
                    <Link href={`/tickets/${number}`} aria-current={number === opened ? "page" : undefined}>
                      <b>
                        <bdi>{row.subject}</bdi>
                      </b>
                      <span className="meta">
                        <span>{said.status[row.status]}</span>
                        <time dateTime={row.updatedAt}>{when(row.updatedAt)}</time>
                      </span>
                    </Link>
                  </li>
                )
              );
            })}
          </ul>
          {order.length > most && (
            <button type="button" className="btn bare" onClick={() => setMost(most + AT_ONCE)}>
              {said.more}
            </button>
          )}
        </nav>
        <main>
          {open && (
            <Link className="btn bare to-list" href="/">
              <Icon name="left" /> {said.back}
            </Link>
          )}
          {children || (opened !== null && <Request key={opened} desk={desk} number={opened} />)}
          {!open && none && (
            <Empty
              title={said.first}
              acts={
                <Link className="btn primary" href="/new">
                  {said.make}
                </Link>
              }
            >
              {said.firstHint}
            </Empty>
          )}
          {!open && !none && queue && (
            <div className="hide-narrow">
              <Empty title={said.pick}>{said.pickHint}</Empty>
            </div>
          )}
        </main>
      </div>
    </div>
  );
}
