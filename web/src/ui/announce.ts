const APART_MS = 5_000;

let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let spoken = "";
const listeners = new Set<() => void>();

/** Has a screen reader say a sentence, politely: what comes within five seconds is said together, and said once. */
export function say(sentence: string): void {
  waiting = [...waiting.filter((each) => each !== sentence), sentence];
  if (timer === undefined) speak();
}

/** What is being said now; the live region shows it to who cannot see the page. */
export const announced = {
  now: (): string => spoken,
  subscribe: (changed: () => void): (() => void) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  },
};

function speak(): void {
  timer = undefined;
  spoken = waiting.join(" ");
  if (waiting.length) timer = setTimeout(speak, APART_MS);
  waiting = [];
  for (const changed of listeners) changed();
}
