import { clock, number, plural } from "./when";

const HOUR_S = 3_600;
const MINUTE_S = 60;

/** A span in the unit of `from`: 15 to 60 min, 2 to 4 h; `to` is null for the last one. All in seconds. */
function span(from: number, to: number | null): string {
  const [unit, length] = (from || (to ?? 0)) < HOUR_S ? ["min", MINUTE_S] : ["h", HOUR_S];
  const told = (seconds: number) => number(seconds / length);
  if (to === null) return `over ${told(from)} ${unit}`;
  return from ? `${told(from)} to ${told(to)} ${unit}` : `under ${told(to)} ${unit}`;
}

export const dashboard = {
  title: "Dashboard",
  today: "Today",
  asOf: (day: string, at: string) => `${day}, as of ${at}.`,
  live: "It follows what happens; every number opens its queue.",
  paused: "The link is lost, so it stands still.",
  failed: "The numbers could not be read.",
  again: "Try again",
  open: "Open",
  cameIn: (count: number) => `${number(count)} came in today`,
  processing: "Processing",
  editing: (count: number) => `${number(count)} edited now`,
  urgent: "Urgent",
  withNobody: (count: number) => (count ? `${number(count)} with nobody` : "all have somebody"),
  nobodys: "Nobody’s",
  oldest: (age: string) => `oldest ${age}`,
  noneLeft: "all have somebody",
  longest: "Waiting longest",
  numbered: (ticket: number) => `#${ticket}`,
  nobodyWaits: "nobody waits",
  decided: "Decided today",
  each: (approved: number, rejected: number) => `${number(approved)} approved, ${number(rejected)} rejected`,
  unit: { day: "d", hour: "h", minute: "min" },
  hours: {
    title: "Came in and decided, per hour",
    told: (cameIn: number, decided: number) => `${number(cameIn)} came in, ${number(decided)} were decided.`,
    said: (first: string, last: string, cameIn: string, decided: string) =>
      `Per hour from ${clock(first)} to ${clock(last)}. Came in: ${cameIn}. Decided: ${decided}.`,
    cameIn: "came in",
    decided: "decided",
  },
  waited: {
    title: "Undecided, by time waited",
    told: (count: number) =>
      count
        ? `${plural(count, { one: "waits", other: "wait" })} longer than 4 hours.`
        : "None waits longer than 4 hours.",
    span,
    bar: (name: string, count: number) => `${name}: ${number(count)}`,
  },
  agents: {
    title: "Agents",
    told: "Decisions are those of today.",
    agent: "Agent",
    inHand: "In hand",
    decided: "Decided",
    approved: "Approved",
    rejected: "Rejected",
    editing: "Editing now",
    none: "–",
  },
};
