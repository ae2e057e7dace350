import { Link } from "wouter";
import type { TicketRow } from "../../api/documents";
import type { Gone } from "../../api/state";
import { texts } from "../../texts";
import { age, duration } from "../../texts/when";
import { useLate } from "../../ui/Bones";
import { Icon } from "../../ui/Icon";
import { Avatar, initials, Priority, Status } from "../../ui/Signs";

type Place = { index: number; total: number; top: number };
type Props = {
  row: TicketRow;
  place: Place;
  search: string;
  why: Gone | undefined;
  isOpen: boolean;
  me: string;
  now: number;
};

/** One ticket in one line. */
export function Row({ row, place, search, why, isOpen, me, now }: Props) {
  const waited = duration(row.createdAt, now);
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
              <span className="sr">{texts.queue.lockedBy}</span>
              <abbr title={row.lock.holder}>{initials(row.lock.holder)}</abbr>
            </span>
          )}
        </span>
        {why ? (
          <span className="why">
            <Status of={row.status} said={told(why)} />
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
        <span className="sr">{texts.queue.assignedTo(row.assignee ?? texts.words.nobody)}</span>
        <time className="age" dateTime={row.createdAt}>
          <span aria-hidden="true">{age(row.createdAt, now)}</span>
          {waited && <span className="sr">{texts.queue.waiting(waited)}</span>}
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
  const late = useLate();
  return (
    <li className="row is-bone" {...placed(place)}>
      {late && (
        <>
          <span className="num">#{number}</span>
          <span className="bone w3" />
        </>
      )}
    </li>
  );
}

function told({ kind, actor }: Gone): string {
  return texts.queue.goneBy(texts.queue.gone[kind] ?? texts.queue.changed, actor);
}

function placed({ index, total, top }: Place) {
  return { "aria-setsize": total, "aria-posinset": index + 1, style: { transform: `translateY(${top}px)` } };
}
