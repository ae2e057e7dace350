import { useCallback, useEffect, useRef, useState } from "react";
import { changed, granted, Problem } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { useDraft } from "../../api/drafts";
import type { OpenTicket } from "../../api/state";
import { texts } from "../../texts";
import { useAttempt } from "../../ui/Trouble";
import { Lock, Renew, Unlock, Update } from "./documents";

const LEASE_S = 60;
const RENEW_MS = 20_000;
const GONE = new Set(["LockLost", "TicketLocked"]);

/** What is being written into the fields of a ticket. */
export type Fields = {
  subject: string;
  body: string;
  priority: TicketRow["priority"];
  assignee: string;
  tags: string;
};

export type Edit = {
  fields: Fields | null;
  /** When something was written that is kept and not open, Unix ms. */
  keptSince: number | null;
  /** The lock ended while somebody wrote: every word is kept, nothing can be saved until it is taken again. */
  lost: boolean;
  trouble: string | null;
  busy: boolean;
  begin: () => Promise<boolean>;
  write: (part: Partial<Fields>) => void;
  save: () => Promise<boolean>;
  leave: () => void;
};

/** Editing under a lock: taken before the fields open, renewed while the page is looked at, given back at the end. */
export function useEdit(desk: Desk, row: TicketRow | undefined, open: OpenTicket | null, number: number): Edit {
  const me = desk.viewer.name;
  const [draft, keep, discard] = useDraft<Fields>(me, "edit", number);
  const [opened, setOpened] = useState(false);
  const [lost, setLost] = useState(false);
  const [attempt, trouble, busy] = useAttempt();
  const held = useRef<{ id: string; token: string } | null>(null);

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

  const editing = opened && !lost;
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
  useEffect(() => {
    if (editing && held.current && row && row.lock?.holder !== me) setLost(true);
  }, [editing, me, row]);

  const begin = () =>
    attempt(async () => {
      if (!row || !open) return;
      const { token, ticket } = granted(desk, (await ask(Lock, { id: row.id, seconds: LEASE_S })).grant);
      held.current = { id: ticket.id, token };
      setLost(false);
      setOpened(true);
      if (draft) return;
      const now = fieldsOf(ticket, open.body);
      keep(now, { base: now, version: ticket.version });
    });

  const save = () =>
    attempt(async () => {
      const lock = held.current;
      if (!draft?.base || draft.version === undefined || !row || !lock) return;
      const { value, base, version, key } = draft;
      const { outcome } = await ask(Update, { ...lock, input: differences(value, base), version, key });
      if (outcome.__typename === "Ticket") {
        changed(desk, outcome);
        return leave();
      }
      if (GONE.has(outcome.__typename)) setLost(true);
      const conflict = outcome.__typename === "VersionConflict" ? outcome : null;
      keep(value, { base, version: conflict?.ticket.version ?? version }); // refused: the next try is another one
      try {
        changed(desk, outcome);
      } catch (error) {
        throw conflict ? new Error(texts.ticket.lock.conflict(conflict.message)) : error;
      }
    });

  const leave = () => {
    release();
    discard();
    setOpened(false);
    setLost(false);
  };

  const write = (part: Partial<Fields>) => {
    if (draft) keep({ ...draft.value, ...part });
  };
  const fields = opened && draft ? draft.value : null;
  const written = draft?.base && Object.keys(differences(draft.value, draft.base)).length > 0;
  return { fields, keptSince: written && !opened ? draft.since : null, lost, trouble, busy, begin, write, save, leave };
}

function fieldsOf(row: TicketRow, body: string): Fields {
  const { subject, priority } = row;
  return { subject, body, priority, assignee: row.assignee ?? "", tags: row.tags.join(", ") };
}

/** Only what is another than it was: a colleague's change of something else stays. */
function differences(fields: Fields, before: Fields) {
  return {
    ...(fields.subject !== before.subject && { subject: fields.subject }),
    ...(fields.body !== before.body && { body: fields.body }),
    ...(fields.priority !== before.priority && { priority: fields.priority }),
    ...(fields.assignee.trim() !== before.assignee && { assignee: fields.assignee.trim() || null }),
    ...(fields.tags !== before.tags && {
      tags: fields.tags
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
    }),
  };
}
