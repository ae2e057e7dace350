import { useCallback, useEffect, useRef, useState } from "react";
import { changed, granted, Problem } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { Lock as LockDocument, Renew, Unlock } from "./documents";

const LEASE_S = 60;
const RENEW_MS = 20_000;
const LOOK_MS = 1_000;
const TOUCHED_MS = 120_000; // who neither points nor types for so long is somewhere else
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
const GONE = new Set(["LockLost", "TicketLocked"]);

/** A lock that was granted: until when it surely holds (Unix ms of this device), counted from before it was asked for. */
type Held = { id: string; token: string; until: number };

export type Lock = {
  token: string | undefined;
  /** When it ended against the will of its holder, Unix ms; null while it is held, or was given back. */
  endedAt: number | null;
  /** Takes it; returns the ticket as it is under the lock. Raises Problem where somebody else has it. */
  take: (id: string) => Promise<TicketRow & { body: string }>;
  /** Does what ends the lock by itself, as a decision: its end is no loss then. */
  spend: <Result>(job: (token: string | undefined) => Promise<Result>) => Promise<Result>;
  /** Tells that the desk refused the token. */
  lose: () => void;
  giveBack: () => void;
};

/** Whether a refusal says that the lock is another's by now, or nobody's. */
export function isGone(kind: string): boolean {
  return GONE.has(kind);
}

/** The lock of a ticket: renewed while the page is looked at and touched, given back when it is left. */
export function useLock(desk: Desk, row: TicketRow | undefined): Lock {
  const [held, setHeld] = useState<Held | null>(null);
  const [endedAt, setEndedAt] = useState<number | null>(null);
  const now = useRef<Held | null>(null);
  const touchedAt = useTouchedAt();

  const put = useCallback((lock: Held | null, ended: number | null = null) => {
    now.current = lock;
    setHeld(lock);
    setEndedAt(ended);
  }, []);
  const lose = useCallback(() => put(null, Date.now()), [put]);

  const release = useCallback(
    (keepalive = false) => {
      const lock = now.current;
      now.current = null;
      if (lock)
        ask(Unlock, { id: lock.id, token: lock.token }, { keepalive })
          .then(({ outcome }) => changed(desk, outcome))
          .catch(() => {}); // it ends by itself
    },
    [desk],
  );

  useEffect(() => {
    const away = () => {
      if (!now.current) return;
      release(true);
      lose(); // a browser may show the page again as it was left
    };
    addEventListener("pagehide", away);
    return () => {
      removeEventListener("pagehide", away);
      release();
    };
  }, [release, lose]);

  const holding = held !== null;
  useEffect(() => {
    if (!holding) return;
    const renewal = setInterval(async () => {
      const lock = now.current;
      const asked = Date.now();
      if (!lock || document.hidden || asked - touchedAt.current > TOUCHED_MS) return;
      try {
        const { id, token } = lock;
        granted(desk, (await ask(Renew, { id, token, seconds: LEASE_S })).grant);
        if (now.current === lock) put({ ...lock, until: asked + LEASE_S * 1_000 });
      } catch (error) {
        if (now.current === lock && error instanceof Problem && isGone(error.kind)) lose();
      }
    }, RENEW_MS);
    // Without a link nobody tells that the lease is over.
    const end = setInterval(() => {
      if (now.current && Date.now() >= now.current.until) lose();
    }, LOOK_MS);
    return () => {
      clearInterval(renewal);
      clearInterval(end);
    };
  }, [desk, holding, lose, put, touchedAt]);

  // Who takes the lock away is told by an event, long before the next renewal.
  const taken = row !== undefined && row.lock?.holder !== desk.viewer.name;
  useEffect(() => {
    if (holding && taken) lose();
  }, [holding, lose, taken]);

  const take = async (id: string) => {
    const asked = Date.now();
    const { grant } = await ask(LockDocument, { id, seconds: LEASE_S });
    const { token } = granted(desk, grant);
    put({ id, token, until: asked + LEASE_S * 1_000 });
    return (grant as Extract<typeof grant, { __typename: "LockGrant" }>).ticket;
  };

  const spend = async <Result>(job: (token: string | undefined) => Promise<Result>) => {
    const lock = now.current;
    put(null);
    try {
      return await job(lock?.token);
    } catch (error) {
      if (lock) put(lock);
      throw error;
    }
  };

  const giveBack = () => {
    release();
    put(null);
  };

  return { token: held?.token, endedAt, take, spend, lose, giveBack };
}

/** When the page was touched last, Unix ms. */
function useTouchedAt(): { readonly current: number } {
  const at = useRef(Date.now());
  useEffect(() => {
    const touched = () => {
      at.current = Date.now();
    };
    for (const touch of TOUCHES) addEventListener(touch, touched, { passive: true });
    return () => {
      for (const touch of TOUCHES) removeEventListener(touch, touched);
    };
  }, []);
  return at;
}
