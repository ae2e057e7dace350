import { texts } from "../../texts";
import { when } from "../../texts/when";

const DAY_MS = 86_400_000;

/** How long a token may last, by days as text; "" is without an end. */
export const LIFETIMES = texts.settings.tokens.lifetimes;
export type Lifetime = keyof typeof LIFETIMES;

/** When a token that is made at `now` (Unix ms) ends, as an instant; null: by revocation only. */
export function endOf(lifetime: Lifetime, now: number): string | null {
  return lifetime ? new Date(now + Number(lifetime) * DAY_MS).toISOString() : null;
}

/** When a token ends or ended, in a word or two. */
export function ending(expiresAt: string | null, now = new Date()): string {
  if (expiresAt === null) return texts.words.never;
  return new Date(expiresAt) <= now ? texts.settings.tokens.ended(when(expiresAt, now)) : when(expiresAt, now);
}
