import { useEffect, useRef, useState } from "react";
import { ask } from "../../api/ask";
import { type Desk, useDesk } from "../../api/desk";
import { midnight, useNow } from "../../texts/when";
import { useAttempt } from "../../ui/Trouble";
import { type Figures, FiguresSince } from "./documents";

const APART_MS = 2_000;
const MINUTE_MS = 60_000;

type Read = { figures: Figures; at: number };

/** Today's figures and when they were read: anew after what happens, each minute, and one at a time. */
export function useFigures(desk: Desk): [read: Read | null, trouble: string | null, again: () => void] {
  const rows = useDesk(desk, (desk) => desk.state.rows); // others after every event
  const up = useDesk(desk, (desk) => desk.link.state === "up");
  const minute = Math.floor(useNow() / MINUTE_MS); // what waits gets older by itself
  const [read, setRead] = useState<Read | null>(null);
  const [attempt, trouble, busy] = useAttempt();
  const begun = useRef(Number.NEGATIVE_INFINITY);
  const due = useRef(false);

  const again = () => {
    begun.current = Date.now();
    due.current = false;
    void attempt(async () => {
      const { figures } = await ask(FiguresSince, { since: midnight() });
      setRead({ figures, at: Date.now() });
    });
  };
  useEffect(() => {
    due.current = true;
  }, [rows, up, minute]);
  useEffect(() => {
    if (busy || !up || !due.current) return;
    const timer = setTimeout(again, Math.max(0, begun.current + APART_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [rows, up, minute, busy]);
  return [read, trouble, again];
}
