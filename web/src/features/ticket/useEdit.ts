import { useEffect, useRef, useState } from "react";
import { changed, Problem } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { type Draft, useDraft } from "../../api/drafts";
import { texts } from "../../texts";
import { useAttempt } from "../../ui/Trouble";
import { toast } from "../../ui/toasts";
import { HandOver, Update } from "./documents";
import { differences, differing, type FieldName, type Fields, fieldsOf, met } from "./fields";
import { isGone, useLock } from "./useLock";

/** Both texts of a ticket that somebody else saved while one's own was written. */
export type Conflict = { base: Fields; mine: Fields; theirs: Fields; names: readonly FieldName[]; version: number };

/** What a decision rests on: the version that it is about, and the lock it is made under, if any. */
export type Ground = { version: number; token: string | undefined };

export type Edit = {
  fields: Fields | null;
  /** The fields as they were when they were opened. */
  base: Fields | null;
  /** What was changed in them. */
  changes: readonly FieldName[];
  /** When something was written that is kept and not open, Unix ms. */
  keptSince: number | null;
  /** When the lock ended while somebody wrote, Unix ms: every word is kept, nothing is saved until it is taken again. */
  lostAt: number | null;
  conflict: Conflict | null;
  trouble: string | null;
  busy: boolean;
  begin: () => void;
  write: (part: Partial<Fields>) => void;
  save: () => void;
  /** Gives the lock back; what was changed is kept, to go on another time. */
  leave: () => void;
  /** Gives the lock back and throws what was changed away. */
  abandon: () => void;
  handOver: (to: string) => void;
  /** Ends a conflict: these fields, now that theirs were read; `andSave` saves them at once. */
  resolve: (chosen: Fields, andSave: boolean) => void;
  /** Saves what is written, makes a decision on it and closes the fields, whose lock went with it. */
  decide: <Result>(decision: (ground: Ground) => Promise<Result>) => Promise<Result>;
};

type Written = Draft<Fields> & { base: Fields; version: number };

/** Editing a ticket: a draft of its fields, which open under a lock and never go over what somebody else saved unseen. */
export function useEdit(desk: Desk, row: TicketRow | undefined, number: number): Edit {
  const [draft, keep, discard] = useDraft<Fields>(desk.viewer.name, "edit", number);
  const [opened, setOpened] = useState(false);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [attempt, trouble, busy] = useAttempt();
  const lock = useLock(desk, row);
  const written = isWritten(draft) ? draft : null;
  const changes = written ? differing(written.value, written.base) : [];

  // Fields that were opened and left as they were are no draft.
  const idle = useRef(false);
  useEffect(() => {
    idle.current = opened && !changes.length;
  });
  useEffect(
    () => () => {
      if (idle.current) discard();
    },
    [discard],
  );

  const stand = (value: Fields, base: Fields, version: number) => keep(value, { base, version }) as Written;

  /** Lets a draft meet the ticket as it is by now. Null where a person has to choose. */
  const meet = (mine: Written, ticket: TicketRow & { body: string }): Written | null => {
    const theirs = fieldsOf(ticket, ticket.body);
    const { merged, both, theirs: others } = met(mine.base, mine.value, theirs);
    if (both.length) {
      setConflict({ base: mine.base, mine: mine.value, theirs, names: both, version: ticket.version });
      return null;
    }
    if (others.length) toast({ text: texts.ticket.conflict.merged(others.map((name) => texts.ticket.field[name])) });
    return stand(merged, theirs, ticket.version);
  };

  const begin = () =>
    void attempt(async () => {
      if (!row) return;
      const ticket = await lock.take(row.id);
      setConflict(null);
      setOpened(true);
      const now = fieldsOf(ticket, ticket.body);
      if (!written || !changes.length) stand(now, now, ticket.version);
      else if (written.version !== ticket.version) meet(written, ticket);
    });

  /** Saves a draft under the lock; null where somebody else's text is to be looked at first. */
  const commit = async (mine: Written): Promise<TicketRow | null> => {
    if (!row) return null;
    const { value, base, version, key } = mine;
    const input = differences(value, base);
    if (!Object.keys(input).length) return row;
    const { outcome } = await ask(Update, { id: row.id, token: lock.token ?? null, input, version, key });
    if (outcome.__typename === "Ticket") return changed(desk, outcome);
    if (outcome.__typename === "VersionConflict") {
      desk.answered(outcome.ticket);
      const both = meet(mine, outcome.ticket);
      return both && commit(both);
    }
    if (isGone(outcome.__typename)) lock.lose();
    stand(value, base, version); // refused: the next try is another one
    return changed(desk, outcome);
  };

  const close = () => {
    discard();
    setOpened(false);
    setConflict(null);
  };
  const leave = () => {
    lock.giveBack();
    setOpened(false);
    setConflict(null);
    if (!changes.length) discard();
  };
  const abandon = () => {
    lock.giveBack();
    close();
  };
  const saved = (mine: Written) =>
    attempt(async () => {
      if (await commit(mine)) abandon(); // nothing of it is unsaved any more
    });
  const save = () => {
    if (written && !conflict) void saved(written);
  };

  const resolve = (chosen: Fields, andSave: boolean) => {
    if (!conflict) return;
    const mine = stand(chosen, conflict.theirs, conflict.version);
    setConflict(null);
    if (andSave) void saved(mine);
  };

  const decide = async <Result>(decision: (ground: Ground) => Promise<Result>) => {
    if (!row) throw new Problem("NotFound", texts.ticket.missing(number));
    if (!opened || !written) return await decision({ version: row.version, token: undefined });
    const saved = conflict ? null : changes.length ? await commit(written) : row;
    if (!saved) throw new Problem("VersionConflict", texts.ticket.conflict.first);
    const { version } = saved;
    if (changes.length) stand(written.value, written.value, version);
    const result = await lock.spend((token) => decision({ version, token }));
    close();
    return result;
  };

  const handOver = (to: string) =>
    void attempt(async () => {
      if (!row) return;
      const { id } = row;
      await lock.spend(async (token) =>
        changed(desk, (await ask(HandOver, { id, to, token: token ?? null, force: false, reason: null })).outcome),
      );
      if (changes.length) setOpened(false);
      else close();
    });

  const write = (part: Partial<Fields>) => {
    if (draft) keep({ ...draft.value, ...part });
  };
  return {
    fields: opened && written ? written.value : null,
    base: written?.base ?? null,
    changes,
    keptSince: written && changes.length && !opened ? written.since : null,
    lostAt: opened ? lock.endedAt : null,
    conflict,
    trouble,
    busy,
    begin,
    write,
    save,
    leave,
    abandon,
    handOver,
    resolve,
    decide,
  };
}

function isWritten(draft: Draft<Fields> | null): draft is Written {
  return draft?.base !== undefined && draft.version !== undefined;
}
