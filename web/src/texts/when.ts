import { useSyncExternalStore } from "react";

/** The language that the catalogue is written in: its plurals follow it. Times and numbers follow the reader's. */
const WRITTEN_IN = "en";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short", hourCycle: "h23" });
const DATE = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const SECONDS = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const NUMBER = new Intl.NumberFormat();
const LIST = new Intl.ListFormat(WRITTEN_IN, { type: "conjunction" });
const PLURAL = new Intl.PluralRules(WRITTEN_IN);

const STEPS = [
  ["year", "y", 31_536_000],
  ["day", "d", 86_400],
  ["hour", "h", 3_600],
  ["minute", "m", 60],
] as const;

type Instant = string | number | Date;

/** 10:42, in the reader's zone. */
export function clock(instant: Instant): string {
  return CLOCK.format(new Date(instant));
}

/** 10:42:18, in the reader's zone. */
export function seconds(instant: Instant): string {
  return SECONDS.format(new Date(instant));
}

/** Friday 20 November, in the reader's words. */
export function date(instant: Instant): string {
  return DATE.format(new Date(instant));
}

/** The reader's last midnight before `now`, as an instant. */
export function midnight(now = new Date()): string {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
}

/** When, as short as it is clear: 10:42 today, 3 Nov this year, 3 Nov 2024 before. */
export function when(instant: Instant, now = new Date()): string {
  const date = new Date(instant);
  if (date.toDateString() === now.toDateString()) return clock(date);
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR).format(date);
}

/** The day and the time of day, written out. */
export function full(instant: Instant): string {
  return FULL.format(new Date(instant));
}

/** How long ago, in one short word: now, 4m, 2h, 3d, 1y; `now` in Unix ms. */
export function age(instant: string, now: number): string {
  const step = stepOf(instant, now);
  return step ? `${step.count}${step.letter}` : "now";
}

/** How long ago, read out: 4 minutes, 2 hours; null within the first minute. */
export function duration(instant: string, now: number): string | null {
  const step = stepOf(instant, now);
  return (
    step &&
    new Intl.NumberFormat(WRITTEN_IN, { style: "unit", unit: step.unit, unitDisplay: "long" }).format(step.count)
  );
}

/** How long ago by its two largest units, of day, hour and minute: 9 hours and 4 minutes. */
export function parts(instant: string, now: number): [count: number, unit: "day" | "hour" | "minute"][] {
  const minutes = Math.max(0, Math.floor((now - Date.parse(instant)) / 60_000));
  const hours = Math.floor(minutes / 60);
  if (hours >= 24)
    return [
      [Math.floor(hours / 24), "day"],
      [hours % 24, "hour"],
    ];
  return hours
    ? [
        [hours, "hour"],
        [minutes % 60, "minute"],
      ]
    : [[minutes, "minute"]];
}

function stepOf(instant: string, now: number) {
  const seconds = (now - Date.parse(instant)) / 1_000;
  const step = STEPS.find(([, , length]) => seconds >= length);
  return step ? { unit: step[0], letter: step[1], count: Math.floor(seconds / step[2]) } : null;
}

/** 12,345, as the reader writes it. */
export function number(count: number): string {
  return NUMBER.format(count);
}

/** A count with its noun: `plural(2, { one: "ticket", other: "tickets" })` is "2 tickets". */
/** A size in bytes, in the largest unit that it fills: "212 kB". */
export function bytes(size: number): string {
  const unit = size < 1e3 ? "byte" : size < 1e6 ? "kilobyte" : "megabyte";
  const count = size / { byte: 1, kilobyte: 1e3, megabyte: 1e6 }[unit];
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit,
    unitDisplay: unit === "byte" ? "long" : "short",
    maximumFractionDigits: unit === "megabyte" ? 1 : 0,
  }).format(count);
}

export function plural(count: number, nouns: { one: string; other: string }): string {
  return `${number(count)} ${PLURAL.select(count) === "one" ? nouns.one : nouns.other}`;
}

/** "a, b, and c". */
export function list(words: readonly string[]): string {
  return LIST.format(words);
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
