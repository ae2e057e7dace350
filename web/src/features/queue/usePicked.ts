import { type ChangeEvent, useCallback, useEffect, useMemo, useState } from "react";
import { changed, Problem } from "../../api/act";
import { once } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { Outcome, TicketRow } from "../../api/documents";
import { texts } from "../../texts";
import { say } from "../../ui/announce";
import { useAttempt } from "../../ui/Trouble";
import { toast } from "../../ui/toasts";

export type Refusal = { number: number; message: string };

export type Picked = {
  numbers: ReadonlySet<number>;
  toggle: (number: number) => void;
  onPick: (event: ChangeEvent<HTMLInputElement>) => void;
  none: () => void;
  /** Does something with each in turn, and tells how many it was done with; `verb` names it in the idempotency key. */
  each: (
    verb: string,
    send: (row: TicketRow, key: string) => Promise<{ outcome: Outcome }>,
    told: (count: number) => string,
  ) => void;
  /** How many are done of how many, while it is being done. */
  progress: { done: number; of: number } | null;
  /** Those with which it could not be done, and why; they stay picked. */
  refusals: readonly Refusal[];
  trouble: string | null;
};

const NONE: ReadonlySet<number> = new Set();

/** The tickets that somebody picked out of the list. One that is no longer in the list is not picked any more. */
export function usePicked(desk: Desk, places: ReadonlySet<number> | undefined): Picked {
  const [raw, setRaw] = useState(NONE);
  const [progress, setProgress] = useState<Picked["progress"]>(null);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [attempt, trouble] = useAttempt();
  const numbers = useMemo(() => new Set([...raw].filter((number) => places?.has(number))), [raw, places]);
  useEffect(() => {
    if (numbers.size) say(texts.queue.pickedSaid(numbers.size));
  }, [numbers.size]);

  const toggle = useCallback(
    (number: number) => {
      if (!desk.state.rows.has(number)) return; // nobody has seen it yet
      setRaw((before) => {
        const after = new Set(before);
        if (!after.delete(number)) after.add(number);
        return after;
      });
    },
    [desk],
  );
  const onPick = useCallback((event: ChangeEvent<HTMLInputElement>) => toggle(Number(event.target.value)), [toggle]);
  const none = () => {
    setRaw(NONE);
    setRefusals([]);
  };

  const each: Picked["each"] = (verb, send, told) => {
    const rows = [...numbers].flatMap((number) => desk.state.rows.get(number) ?? []);
    const refused: Refusal[] = [];
    const done = new Set<number>();
    const one = async (row: TicketRow) => {
      try {
        changed(desk, (await once(`${verb}/${row.id}/${row.version}`, (key) => send(row, key))).outcome);
        done.add(row.number);
      } catch (error) {
        if (!(error instanceof Problem)) throw error; // the desk is away: the others wait
        refused.push({ number: row.number, message: error.message });
      }
    };
    void attempt(async () => {
      setRefusals([]);
      try {
        for (const [place, row] of rows.entries()) {
          setProgress({ done: place, of: rows.length });
          await one(row);
        }
      } finally {
        setProgress(null);
        setRefusals(refused);
        setRaw((before) => new Set([...before].filter((number) => !done.has(number))));
        if (done.size) toast({ text: told(done.size) });
      }
    });
  };
  return { numbers, toggle, onPick, none, each, progress, refusals, trouble };
}
