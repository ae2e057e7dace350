type Seen = [number: number, cursor: string];

const MOST_TICKETS = 500;
const keyOf = (viewer: string) => `guichet.seen/${viewer}`;

/** The cursor of the last event that somebody saw of a ticket on this device; null if they never had it open. */
export function lastSeen(viewer: string, number: number): string | null {
  return read(viewer).find(([known]) => known === number)?.[1] ?? null;
}

/** Remembers how far somebody saw a ticket; of the last 500 only. */
export function saw(viewer: string, number: number, cursor: string): void {
  const others = read(viewer).filter(([known]) => known !== number);
  const kept: Seen[] = [...others, [number, cursor]];
  try {
    localStorage.setItem(keyOf(viewer), JSON.stringify(kept.slice(-MOST_TICKETS)));
  } catch {
    // then it is new again next time
  }
}

function read(viewer: string): Seen[] {
  try {
    return JSON.parse(localStorage.getItem(keyOf(viewer)) ?? "[]");
  } catch {
    return [];
  }
}
