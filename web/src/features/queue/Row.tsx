import { type ChangeEvent, memo } from "react";
import { Link } from "wouter";
import type { TicketRow } from "../../api/documents";
import type { Gone } from "../../api/state";
import { isFresh, type Told } from "../../api/told";
import { texts } from "../../texts";
import { age, duration } from "../../texts/when";
import { useLate } from "../../ui/Bones";
import { Icon } from "../../ui/Icon";
import { Avatar, initials, Priority, Status } from "../../ui/Signs";

type Props = {
  number: number;
  /** Undefined as long as it is being read. */
  row: TicketRow | undefined;
  index: number;
  total: number;
  top: number;
  search: string;
  why: Gone | undefined;
  told: Told | undefined;
  isOpen: boolean;
  isPicked: boolean;
  /** Whether it is the one row that Tab comes to. */
  isStop: boolean;
  me: string;
  now: number;
  onPick: (event: ChangeEvent<HTMLInputElement>) => void;
};

/** One ticket in one line. What is pressed is the ticket that was drawn, whatever happens to the list meanwhile. */
export const Row = memo(function Row({ number, row, index, total, top, search, onPick, ...state }: Props) {
  const { why, isOpen, isPicked, isStop, me, now } = state;
  return (
    <li
      className={`row ${classes(row, state)}`}
      aria-setsize={total}
      aria-posinset={index + 1}
      data-number={number}
      style={{ transform: `translateY(${top}px)` }}
    >
      {row && (
        <input
          className="tick"
          type="checkbox"
          tabIndex={-1}
          aria-label={texts.queue.pick(number)}
          value={number}
          checked={isPicked}
          onChange={onPick}
        />
      )}
      <Link href={`/tickets/${number}${search}`} aria-current={isOpen || undefined} tabIndex={isStop ? 0 : -1}>
        {row ? <Line row={row} why={why} me={me} now={now} /> : <Bone number={number} />}
      </Link>
    </li>
  );
});

function classes(row: TicketRow | undefined, { why, told, isOpen, isPicked }: Partial<Props>): string {
  const fresh = told && isFresh(told, Date.now());
  return [
    row?.priority === "URGENT" && "urgent",
    isOpen && "is-open",
    isPicked && "is-picked",
    why && "is-gone",
    fresh && (told.times % 2 ? "is-told" : "is-told is-again"), // told again, it fades anew
  ]
    .filter(Boolean)
    .join(" ");
}

type LineProps = Pick<Props, "why" | "me" | "now"> & { row: TicketRow };

function Line({ row, why, me, now }: LineProps) {
  const waited = duration(row.createdAt, now);
  return (
    <>
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
          <Status of={row.status} said={said(why)} />
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
    </>
  );
}

const WIDTHS = ["w3", "w4", "w2"];

/** A line whose ticket is still being read; without a number, a line of a list that is. */
export function Bone({ number }: { number: number | null }) {
  const late = useLate();
  return (
    <>
      {number !== null && <span className="sr">#{number}</span>}
      {late && (
        <>
          <span className="bone sq" />
          <span className="bone n" />
          <span className={`bone ${WIDTHS[(number ?? 0) % WIDTHS.length]}`} />
          <span className="bone m" />
          <span className="bone m" />
          <span className="bone sq" />
          <span className="bone t" />
        </>
      )}
    </>
  );
}

function said({ kind, actor }: Gone): string {
  return texts.queue.goneBy(texts.queue.gone[kind] ?? texts.queue.changed, actor);
}
