import { useEffect, useState } from "react";
import { Link } from "wouter";
import { type Desk, useDesk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { run, useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { Bones } from "../../ui/Bones";
import { setLook, useLook } from "../../ui/look";
import { Notice } from "../../ui/Notice";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Buttons } from "./Buttons";
import { Composer } from "./Composer";
import { Conflict } from "./Conflict";
import { EditForm, RequestField, SideFields } from "./EditFields";
import { Facts, FactsBlock } from "./Facts";
import { Head } from "./Head";
import { History } from "./History";
import { LockStrip } from "./LockStrip";
import { Others } from "./Others";
import { RejectDialog } from "./RejectDialog";
import { Signs } from "./Signs";
import { Thread } from "./Thread";
import { type Acts, useActs } from "./useActs";
import { type Edit, useEdit } from "./useEdit";
import { usePresence, useTyping } from "./usePresence";

type Props = { desk: Desk; number: number; query: string };

/** One ticket: what was asked, what became of it, and what this viewer may do. */
export function Ticket({ desk, number, query }: Props) {
  const row = useDesk(desk, (desk) => desk.state.rows.get(number));
  const open = useDesk(desk, (desk) => (desk.state.open?.number === number ? desk.state.open : null));
  const [attempt, trouble] = useAttempt();
  const [missing, setMissing] = useState(false);
  const edit = useEdit(desk, row, number);
  const acts = useActs(desk, row, edit);
  const [typing, typed] = useTyping();
  const here = usePresence(desk, open ? row?.id : undefined, typing);
  const { aside } = useLook();
  const editing = edit.fields !== null;
  const savable = editing && edit.lostAt === null && !edit.conflict && !edit.busy;
  useCommands(
    {
      "ticket.leave": { when: () => editing, run: edit.leave },
      "ticket.history": { when: () => !editing, run: () => setLook({ aside: !aside }) },
      "writing.send": { when: () => savable, run: sendEdit },
    },
    [edit, aside],
  );

  useEffect(() => () => void desk.open(null), [desk]);
  const up = useDesk(desk, (desk) => desk.link.state === "up");
  useEffect(() => {
    if (up && !open) void attempt(async () => setMissing(!(await desk.open(number))));
  }, [attempt, desk, number, up]);

  if (!row || missing) {
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
    <article className={editing ? "ticket is-editing" : "ticket"} aria-labelledby="t-title" onInput={typed}>
      <Head desk={desk} row={row} query={query} edit={edit} acts={acts} here={here}>
        {!editing && <Signs desk={desk} row={row} acts={acts} />}
        {!editing && <HeadActs acts={acts} />}
        <Trouble text={acts.trouble ?? edit.trouble} />
        <Kept edit={edit} />
        {(editing || aside) && <Jumps editing={editing} />}
      </Head>
      <LockStrip desk={desk} row={row} events={open?.events ?? []} edit={edit} here={here} />
      <Body desk={desk} row={row} open={open} query={query} edit={edit} acts={acts} trouble={trouble} />
      {acts.decisions.length > 0 && (
        <div className="m-acts" role="group" aria-label={texts.ticket.decision}>
          <button type="button" className="btn" onClick={() => void run("ticket.reply")}>
            {texts.ticket.composer.Reply}
          </button>
          <Buttons acts={acts} of={[...acts.decisions].reverse()} />
        </div>
      )}
      {acts.rejecting && <RejectDialog desk={desk} row={row} acts={acts} templates={acts.rejecting} />}
    </article>
  );
}

function sendEdit(): void {
  document.querySelector<HTMLFormElement>("form#edit")?.requestSubmit();
}

/** What is done most; on a phone the decisions are at its foot. */
function HeadActs({ acts }: { acts: Acts }) {
  const editing = acts.others.filter(({ id }) => id === "ticket.edit");
  if (!acts.decisions.length && !editing.length) return null;
  return (
    <div className="t-acts" role="group" aria-label={texts.ticket.actions}>
      {acts.decisions.length > 0 && (
        <div className="t-acts hide-s">
          <Buttons acts={acts} of={acts.decisions} primary="ticket.approve" />
        </div>
      )}
      <Buttons acts={acts} of={editing} />
    </div>
  );
}

/** What was written and is not open: it can be gone on with. */
function Kept({ edit }: { edit: Edit }) {
  if (edit.keptSince === null) return null;
  return (
    <Notice
      kind="good"
      acts={
        <>
          <button type="button" className="btn small" disabled={edit.busy} onClick={edit.begin}>
            {texts.ticket.goOn}
          </button>
          <button type="button" className="btn small bare" onClick={edit.abandon}>
            {texts.words.discard}
          </button>
        </>
      }
    >
      {texts.ticket.kept(edit.keptSince)}
    </Notice>
  );
}

/** Where the side stands below the thread, the way to its parts. */
function Jumps({ editing }: { editing: boolean }) {
  return (
    <nav className="jumps" aria-label={texts.ticket.jumps}>
      {editing && <a href="#decision">{texts.ticket.decision}</a>}
      <a href="#facts">{texts.ticket.facts}</a>
      <a href="#history">{texts.ticket.history}</a>
    </nav>
  );
}

type BodyProps = Props & { row: TicketRow; open: OpenTicket | null; edit: Edit; acts: Acts; trouble: string | null };

/** The thread with its composer; while the ticket is edited, or when it is asked for, decision, facts and history. */
function Body({ desk, row, open, query, edit, acts, trouble }: Omit<BodyProps, "number">) {
  const { aside } = useLook();
  const { fields, conflict } = edit;
  const beside = fields !== null || aside;
  return (
    <div className={beside ? "t-body two" : "t-body"}>
      <div className="t-main">
        <section className="thread" aria-labelledby="thread-title">
          <h2 className="sr" id="thread-title">
            {texts.ticket.thread}
          </h2>
          <Trouble text={open ? null : trouble} />
          {!open && !trouble && <Bones lines={6} />}
          {open && !beside && <Facts row={row} open={open} query={query} />}
          {fields && <EditForm edit={edit} />}
          {open && conflict && <Conflict edit={edit} conflict={conflict} events={open.events} />}
          {open && (
            <Thread
              desk={desk}
              row={row}
              open={open}
              {...(fields && { request: <RequestField edit={edit} fields={fields} /> })}
            />
          )}
        </section>
        {open && <Composer desk={desk} row={row} open={open} />}
      </div>
      {open && beside && (
        <aside className="side" aria-label={texts.ticket.aside}>
          {fields && acts.decisions.length > 0 && <Decision acts={acts} edit={edit} />}
          <FactsBlock row={row} open={open} query={query}>
            {fields && <SideFields desk={desk} row={row} edit={edit} fields={fields} />}
          </FactsBlock>
          <Others row={row} query={query} />
          <History events={open.events} me={desk.viewer.name} />
        </aside>
      )}
    </div>
  );
}

function Decision({ acts, edit }: { acts: Acts; edit: Edit }) {
  return (
    <section className="block" id="decision" aria-labelledby="decision-title">
      <h2 id="decision-title">{texts.ticket.decision}</h2>
      <div className="decide">
        <Buttons acts={acts} of={acts.decisions} />
        <p className="hint">{texts.ticket.decideHint(edit.changes.length)}</p>
      </div>
    </section>
  );
}
