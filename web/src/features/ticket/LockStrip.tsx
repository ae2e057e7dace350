import { type ReactNode, useEffect, useRef, useState } from "react";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketEvent, TicketRow } from "../../api/documents";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { say } from "../../ui/announce";
import { copy } from "../../ui/copy";
import { Icon, type IconName } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { Avatar } from "../../ui/Signs";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { AskToRelease, type Present } from "./documents";
import { asText } from "./fields";
import { TakeOver } from "./TakeOver";
import type { Edit } from "./useEdit";

const ASKED_MS = 60_000; // the desk forgets it then

type Props = {
  desk: Desk;
  row: TicketRow;
  events: readonly TicketEvent[];
  edit: Edit;
  here: readonly Present[];
};

/** Who edits the ticket, since when, and the ways out: of one's own editing, and past somebody else's. */
export function LockStrip(props: Props) {
  const { desk, row, edit } = props;
  const { lock } = row;
  useFreeTold(row, desk.viewer.name);
  if (edit.fields) return edit.lostAt === null ? <Own {...props} /> : <Lost {...props} endedAt={edit.lostAt} />;
  if (!lock) return <div className="t-lock is-free" role="status" />;
  return lock.holder === desk.viewer.name ? <Elsewhere {...props} /> : <Other {...props} holder={lock.holder} />;
}

function Own({ edit, here }: Props) {
  const asking = here.filter(({ asksToRelease }) => asksToRelease).map(({ name }) => name);
  const [first] = asking;
  return (
    <Strip
      kind="own"
      icon="lock"
      acts={
        <>
          {first !== undefined && (
            <button type="button" className="btn" disabled={edit.busy} onClick={() => edit.handOver(first)}>
              {texts.ticket.lock.handOver(first)}
            </button>
          )}
          <button type="button" className="btn" onClick={edit.leave}>
            {texts.ticket.lock.leave} <Kbd keys={keyOf("ticket.leave")} hint />
          </button>
          {!edit.conflict && (
            <button type="submit" form="edit" className="btn primary" disabled={edit.busy}>
              {texts.ticket.lock.save(edit.changes.length)} <Kbd keys={keyOf("writing.send")} hint />
            </button>
          )}
        </>
      }
    >
      {asking.length ? (
        <strong>{texts.ticket.lock.asks(asking)}</strong>
      ) : (
        <>
          <strong>{texts.ticket.lock.yours}</strong> <span className="quiet">{texts.ticket.lock.others}</span>
        </>
      )}
    </Strip>
  );
}

function Lost({ row, edit, endedAt }: Props & { endedAt: number }) {
  const holder = row.lock?.holder;
  return (
    <Strip
      kind="lost"
      icon="unlock"
      acts={
        <>
          <CopyButton text={() => (edit.fields ? asText(edit.fields, edit.changes) : "")} />
          <button type="button" className="btn" onClick={edit.abandon}>
            {texts.words.discard}
          </button>
          {holder === undefined ? (
            <button type="button" className="btn primary" disabled={edit.busy} onClick={edit.begin}>
              {texts.ticket.lock.back}
            </button>
          ) : (
            <AskButton row={row} holder={holder} />
          )}
        </>
      }
    >
      <strong>{texts.ticket.lock.ended(endedAt)}</strong>{" "}
      {holder === undefined ? texts.ticket.lock.kept : texts.ticket.lock.taken(holder)}
    </Strip>
  );
}

/** One's own lock that this page has no token of: another window's, or somebody handed it over. */
function Elsewhere({ desk, events, edit }: Props) {
  const granted = takenBy(events, desk.viewer.name);
  const giver = granted && granted.actor !== desk.viewer.name ? granted.actor : null;
  return (
    <Strip
      kind="own"
      icon="lock"
      acts={
        <button type="button" className="btn primary" disabled={edit.busy} onClick={edit.begin}>
          {texts.ticket.lock.here}
        </button>
      }
    >
      {giver ? (
        <strong>{texts.ticket.lock.handed(giver)}</strong>
      ) : (
        <>
          <strong>{texts.ticket.lock.you}</strong>
          {texts.ticket.lock.elsewhere}
        </>
      )}
    </Strip>
  );
}

function Other({ desk, row, events, edit, holder }: Props & { holder: string }) {
  const [taking, setTaking] = useState(false);
  const granted = takenBy(events, holder);
  return (
    <>
      <Strip
        kind="other"
        avatar={holder}
        acts={
          <>
            <AskButton row={row} holder={holder} />
            {desk.viewer.role === "ADMIN" && (
              <button type="button" className="btn small" onClick={() => setTaking(true)}>
                {texts.ticket.lock.takeOver}
              </button>
            )}
          </>
        }
      >
        <strong>{texts.ticket.lock.another(holder)}</strong>
        {granted && texts.ticket.lock.since(granted.at)}
        {texts.ticket.lock.youMay}
      </Strip>
      {taking && (
        <TakeOver desk={desk} row={row} holder={holder} onTaken={edit.begin} onClose={() => setTaking(false)} />
      )}
    </>
  );
}

type StripProps = {
  kind: "own" | "other" | "lost";
  icon?: IconName;
  avatar?: string;
  acts: ReactNode;
  children: ReactNode;
};

function Strip({ kind, icon, avatar, acts, children }: StripProps) {
  return (
    <div className={`t-lock ${kind}`} role="status">
      {icon && <Icon name={icon} />}
      {avatar && <Avatar of={avatar} me="" />}
      <span>{children}</span>
      {acts && <span className="acts">{acts}</span>}
    </div>
  );
}

/** Asks the holder; again after a minute, or when another has it. */
function AskButton({ row, holder }: { row: TicketRow; holder: string }) {
  const [attempt, trouble, busy] = useAttempt();
  const [asked, setAsked] = useState<string | null>(null);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(null), ASKED_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  const send = async () => {
    taken((await ask(AskToRelease, { id: row.id })).outcome, "Ticket");
    setAsked(holder);
  };
  return (
    <>
      <Trouble text={trouble} />
      <button
        type="button"
        className="btn small"
        disabled={busy || asked === holder}
        onClick={() => void attempt(send)}
      >
        {asked === holder ? texts.ticket.lock.asked : texts.ticket.lock.ask}
      </button>
    </>
  );
}

function CopyButton({ text }: { text: () => string }) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="btn small"
      onClick={async ({ currentTarget }) => setCopied(await copy(text(), currentTarget))}
    >
      <Icon name="copy" /> {copied ? texts.words.copied : texts.words.copy}
    </button>
  );
}

/** The event by which somebody got the lock that they have. */
function takenBy(events: readonly TicketEvent[], holder: string): TicketEvent | undefined {
  return events.findLast(({ kind, ticket }) => kind === "LOCKED" && ticket.lock?.holder === holder);
}

/** Says that a lock which kept this viewer out is gone. */
function useFreeTold({ number, lock }: TicketRow, me: string): void {
  const before = useRef(lock?.holder);
  const holder = lock?.holder;
  useEffect(() => {
    if (before.current !== undefined && before.current !== me && holder === undefined)
      say(texts.ticket.lock.free(number));
    before.current = holder;
  }, [holder, me, number]);
}
