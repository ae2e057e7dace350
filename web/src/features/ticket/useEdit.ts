import { useCallback, useEffect, useRef, useState } from "react";
import { changed, granted, Problem } from "../../api/act";
import { ask, newKey } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { useAttempt } from "../../ui/Trouble";
import { Lock, Renew, Unlock, Update } from "./documents";

const LEASE_S = 60;
const RENEW_MS = 20_000;
const GONE = new Set(["LockLost", "TicketLocked"]);

/** What is being written into the fields of a ticket. */
export type Draft = {
  subject: string;
  body: string;
  priority: TicketRow["priority"];
  assignee: string;
  tags: string;
};

/** The ticket as it was when somebody began to write: what differs from it is theirs. */
type Base = { draft: Draft; version: number };

export type Edit = {
  draft: Draft | null;
  /** The lock ended while somebody wrote: every word is kept, nothing can be saved until it is taken again. */
  lost: boolean;
  trouble: string | null;
  busy: boolean;
  begin: () => Promise<boolean>;
  write: (part: Partial<Draft>) => void;
  save: () => Promise<boolean>;
  leave: () => void;
};

/** Editing under a lock: taken before the fields open, renewed while the page is looked at, given back at the end. */
export function useEdit(desk: Desk, row: TicketRow | undefined, open: OpenTicket | null): Edit {
  const [draft, setDraft] = useState<Draft | null>(null);
  const [lost, setLost] = useState(false);
  const [attempt, trouble, busy] = useAttempt();
  const held = useRef<{ id: string; token: string } | null>(null);
  const base = useRef<Base | null>(null);
  const kept = `guichet-edit/${desk.viewer.name}/${row?.number}`;

  const release = useCallback(
    (keepalive = false) => {
      const lock = held.current;
      held.current = null;
      if (lock)
        ask(Unlock, lock, { keepalive })
          .then(({ outcome }) => changed(desk, outcome))
          .catch(() => {}); // it ends by itself
    },
    [desk],
  );

  useEffect(() => {
    const away = () => {
      release(true);
      setLost(true); // a browser may show the page again as it was left
    };
    addEventListener("pagehide", away);
    return () => {
      removeEventListener("pagehide", away);
      release();
    };
  }, [release]);

  const editing = draft !== null && !lost;
  useEffect(() => {
    if (!editing) return;
    const timer = setInterval(async () => {
      const lock = held.current;
      if (!lock || document.hidden) return;
      try {
        granted(desk, (await ask(Renew, { ...lock, seconds: LEASE_S })).grant);
      } catch (error) {
        if (error instanceof Problem && GONE.has(error.kind)) setLost(true);
      }
    }, RENEW_MS);
    return () => clearInterval(timer);
  }, [desk, editing]);

  // Who takes the lock away is told by an event, long before the next renewal.
  const me = desk.viewer.name;
  useEffect(() => {
    if (editing && held.current && row && row.lock?.holder !== me) setLost(true);
  }, [editing, me, row]);

  const begin = () =>
    attempt(async () => {
      if (!row || !open) return;
      const { token, ticket } = granted(desk, (await ask(Lock, { id: row.id, seconds: LEASE_S })).grant);
      held.current = { id: ticket.id, token };
      setLost(false);
      if (base.current) return;
      const now = draftOf(ticket, open.body);
      const before: (Base & { written: Draft }) | null = JSON.parse(localStorage.getItem(kept) ?? "null");
      base.current = before ?? { draft: now, version: ticket.version };
      setDraft(before?.written ?? now);
    });

  const save = () =>
    attempt(async () => {
      const [lock, read] = [held.current, base.current];
      if (!draft || !row || !lock || !read) return;
      const { version } = read;
      try {
        const input = differences(draft, read.draft);
        changed(desk, (await ask(Update, { ...lock, input, version, key: newKey() })).outcome);
      } catch (error) {
        if (error instanceof Problem && GONE.has(error.kind)) setLost(true);
        if (!(error instanceof Problem && error.kind === "VersionConflict")) throw error;
        read.version = desk.state.rows.get(row.number)?.version ?? version;
        throw new Error(`${error.message} See the history; saving again puts your text over it.`);
      }
      leave();
    });

  const leave = () => {
    release();
    base.current = null;
    localStorage.removeItem(kept);
    setDraft(null);
    setLost(false);
  };

  const write = (part: Partial<Draft>) => {
    if (!draft) return;
    const written = { ...draft, ...part };
    localStorage.setItem(kept, JSON.stringify({ ...base.current, written })); // until it is saved or left
    setDraft(written);
  };
  return { draft, lost, trouble, busy, begin, write, save, leave };
}

function draftOf(row: TicketRow, body: string): Draft {
  const { subject, priority } = row;
  return { subject, body, priority, assignee: row.assignee ?? "", tags: row.tags.join(", ") };
}

/** Only what is another than it was: a colleague's change of something else stays. */
function differences(draft: Draft, before: Draft) {
  return {
    ...(draft.subject !== before.subject && { subject: draft.subject }),
    ...(draft.body !== before.body && { body: draft.body }),
    ...(draft.priority !== before.priority && { priority: draft.priority }),
    ...(draft.assignee.trim() !== before.assignee && { assignee: draft.assignee.trim() || null }),
    ...(draft.tags !== before.tags && {
      tags: draft.tags
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
    }),
  };
}
