import { useSyncExternalStore } from "react";

/** OPEN → Open, CREATED_DESC → Created desc: an enumeration's name as a word. */
export function named(name: string): string {
  const words = name.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function initials(name: string): string {
  const [first = "", second = ""] = name.split(/[\s._-]+/);
  return (first.charAt(0) + (second.charAt(0) || first.charAt(1))).toUpperCase();
}

const STEPS = [
  ["y", 31_536_000],
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
] as const;

/** How long ago, in one short word: now, 4m, 2h, 3d, 1y; `now` in Unix ms. */
export function age(instant: string, now: number): string {
  const seconds = (now - Date.parse(instant)) / 1_000;
  const step = STEPS.find(([, length]) => seconds >= length);
  return step ? `${Math.floor(seconds / step[1])}${step[0]}` : "now";
}

const DOORS = { API: "by API", WEB: "from the page", MAIL: "by mail", IMPORT: "imported" };

/** By which door a ticket came. */
export function cameIn(source: keyof typeof DOORS): string {
  return DOORS[source];
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

/** When, as short as it is clear: 10:42 today, 3 Nov this year, 3 Nov 2024 before. */
export function when(instant: string | Date, now = new Date()): string {
  const date = new Date(instant);
  if (date.toDateString() === now.toDateString()) return TIME.format(date);
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR).format(date);
}

const TICK_MS = 15_000;
let now = Date.now();

function ticking(changed: () => void): () => void {
  const timer = setInterval(() => {
    now = Date.now();
    changed();
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** Unix ms, moving on every 15 s: ages stay true while nothing happens. */
export function useNow(): number {
  return useSyncExternalStore(ticking, () => now);
}
