const SHOWN_MS = 6_000;

export type Toast = {
  text: string;
  /** What became of a ticket, to be shown by its sign. */
  status?: "OPEN" | "PROCESSING" | "APPROVED" | "REJECTED" | "CLOSED";
  /** The way back; it can also be taken by the command "undo" as long as the toast is there. */
  action?: { label: string; said: string; run: () => unknown };
  ms?: number;
};

export type Shown = Toast & { id: number; ms: number };

let shown: readonly Shown[] = [];
let last = 0;
const listeners = new Set<() => void>();

/** Shows a sentence for a while, and says it; the returned function takes it away. Errors are no toasts. */
export function toast(given: Toast): () => void {
  last += 1;
  const id = last;
  show([...shown, { ms: SHOWN_MS, ...given, id }]);
  return () => show(shown.filter((each) => each.id !== id));
}

/** Whether the newest toast that can be undone is still there. */
export function undoable(): boolean {
  return shown.some(({ action }) => action);
}

/** Takes the way back that the newest toast offers. */
export async function undo(): Promise<void> {
  const newest = shown.findLast(({ action }) => action);
  if (newest) await taken(newest);
}

/** Takes a toast's way back, and the toast away. */
export async function taken({ id, action }: Shown): Promise<void> {
  dismiss(id);
  await action?.run();
}

export function dismiss(id: number): void {
  show(shown.filter((each) => each.id !== id));
}

export const toasts = {
  now: (): readonly Shown[] => shown,
  subscribe: (changed: () => void): (() => void) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  },
};

function show(next: readonly Shown[]): void {
  shown = next;
  for (const changed of listeners) changed();
}
