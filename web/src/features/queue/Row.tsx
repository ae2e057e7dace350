import { Link } from "wouter";
import type { TicketRow } from "../../api/documents";
import { Icon } from "../../ui/Icon";
import { Avatar, Priority, Status } from "../../ui/Signs";
import { age, initials } from "../../ui/words";

type Place = { index: number; total: number; top: number };
type Props = {
  row: TicketRow;
  place: Place;
  search: string;
  why: string | undefined;
  isOpen: boolean;
  me: string;
  now: number;
};

/** One ticket in one line. */
export function Row({ row, place, search, why, isOpen, me, now }: Props) {
  const states = [row.priority === "URGENT" && "urgent", isOpen && "is-open", why && "is-gone"].filter(Boolean);
  return (
    <li className={`row ${states.join(" ")}`} {...placed(place)}>
      <Link href={`/tickets/${row.number}${search}`} aria-current={isOpen || undefined}>
        <Priority of={row.priority} />
        <span className="num">#{row.number}</span>
        <span className="subject">
          <bdi>{row.subject}</bdi>
          {row.lock && (
            <span className={row.lock.holder === me ? "lockpill mine" : "lockpill"}>
              <Icon name="lock" />
              <span className="sr">Locked by </span>
              <abbr title={row.lock.holder}>{initials(row.lock.holder)}</abbr>
            </span>
          )}
        </span>
        {why ? (
          <span className="why">
            <Status of={row.status} said={why} />
          </span>
        ) : (
          <>
            <span className="who clip">
              <bdi>{row.userId}</bdi>
            </span>
            <Status of={row.status} />
          </>
        )}
        <Avatar of={row.assignee} me={me} />
        <span className="sr">, assigned to {row.assignee ?? "nobody"}</span>
        <time className="age" dateTime={row.createdAt}>
          {age(row.createdAt, now)}
        </time>
        <span className="short" aria-hidden="true">
          <span>#{row.number}</span>
          <span className="clip">{row.userId}</span>
        </span>
      </Link>
    </li>
  );
}

/** A place in the list whose ticket is still being read. */
export function RowBone({ number, place }: { number: number; place: Place }) {
  return (
    <li className="row is-bone" {...placed(place)}>
      <span className="num">#{number}</span>
      <span className="bone w3" />
    </li>
  );
}

function placed({ index, total, top }: Place) {
  return { "aria-setsize": total, "aria-posinset": index + 1, style: { transform: `translateY(${top}px)` } };
}
