import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { type Desk, useDesk } from "../../api/desk";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Bones } from "../../ui/Bones";
import { Icon } from "../../ui/Icon";
import { Notice } from "../../ui/Notice";
import { Priority, Status } from "../../ui/Signs";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Actions } from "./Actions";
import { Composer } from "./Composer";
import { EditForm } from "./EditForm";
import { Facts } from "./Facts";
import { History } from "./History";
import { LockStrip } from "./LockStrip";
import { Thread } from "./Thread";
import { useEdit } from "./useEdit";

type Props = { desk: Desk; number: number; query: string };

/** One ticket: what was asked, what became of it, and what this viewer may do. */
export function Ticket({ desk, number, query }: Props) {
  const row = useDesk(desk, (desk) => desk.state.rows.get(number));
  const open = useDesk(desk, (desk) => (desk.state.open?.number === number ? desk.state.open : null));
  const [attempt, trouble] = useAttempt();
  const [missing, setMissing] = useState(false);
  const edit = useEdit(desk, row, open, number);
  const writing = edit.fields !== null;
  useCommands(
    {
      "ticket.leave": { when: () => writing, run: edit.leave },
      "writing.send": { when: () => writing && !edit.lost && !edit.busy, run: edit.save },
    },
    [edit],
  );
  const title = useRef<HTMLHeadingElement>(null);
  const staff = desk.viewer.role !== "CUSTOMER";

  useEffect(() => () => void desk.open(null), [desk]);
  const up = useDesk(desk, (desk) => desk.link.state === "up");
  useEffect(() => {
    if (up && !open) void attempt(async () => setMissing(!(await desk.open(number))));
  }, [attempt, desk, number, up]);

  const shown = row !== undefined && open !== null;
  useEffect(() => {
    if (shown) title.current?.focus();
  }, [shown]);

  if (!shown) {
    return (
      <article className="ticket is-empty" aria-label={texts.ticket.named(number)}>
        <div className="empty">
          <Trouble text={trouble} />
          {!trouble && !missing && <Bones />}
          {missing && <h2>{texts.ticket.missing(number)}</h2>}
          <Link href={`/${query}`}>{texts.ticket.back}</Link>
        </div>
      </article>
    );
  }

  return (
    <article className="ticket" aria-labelledby="t-title">
      <header className="t-head">
        <div className="t-line">
          <Link className="btn bare square back" href={`/${query}`} aria-label={texts.ticket.back}>
            <Icon name="left" />
          </Link>
          <span className="num">#{row.number}</span>
          <span className="sep" aria-hidden="true">
            ·
          </span>
          <span className="clip">
            {texts.words.source[row.source]}, <time dateTime={row.createdAt}>{when(row.createdAt)}</time>
          </span>
        </div>
        <h1 className="t-title" id="t-title" tabIndex={-1} ref={title}>
          <bdi>{row.subject}</bdi>
        </h1>
        <p className="t-signs">
          <span className="with-prio">
            <Priority of={row.priority} worded />
          </span>
          <Status of={row.status} />
          <span>
            {texts.ticket.with}
            <b>{row.assignee === desk.viewer.name ? texts.words.youInside : (row.assignee ?? texts.words.nobody)}</b>
          </span>
          <span className="tags">
            {row.tags.map((tag) => (
              <span className="tag" key={tag}>
                {tag}
              </span>
            ))}
          </span>
        </p>
        {staff && !edit.fields && <Actions desk={desk} row={row} edit={edit} />}
        <Trouble text={edit.trouble} />
        {edit.keptSince !== null && (
          <Notice
            kind="good"
            acts={
              <>
                <button type="button" className="btn small" disabled={edit.busy} onClick={edit.begin}>
                  {texts.ticket.goOn}
                </button>
                <button type="button" className="btn small bare" onClick={edit.leave}>
                  {texts.words.discard}
                </button>
              </>
            }
          >
            {texts.ticket.kept(edit.keptSince)}
          </Notice>
        )}
      </header>
      <LockStrip row={row} me={desk.viewer.name} edit={edit} />
      <div className="t-body two">
        <div className="t-main">
          <section className="thread" aria-labelledby="thread-title">
            <h2 className="sr" id="thread-title">
              {texts.ticket.thread}
            </h2>
            {edit.fields ? (
              <EditForm edit={edit} fields={edit.fields} />
            ) : (
              <Thread row={row} open={open} me={desk.viewer} />
            )}
          </section>
          <Composer desk={desk} row={row} open={open} />
        </div>
        <aside className="side" aria-label={texts.ticket.aside}>
          <Facts row={row} open={open} />
          <History events={open.events} me={desk.viewer.name} />
        </aside>
      </div>
    </article>
  );
}
