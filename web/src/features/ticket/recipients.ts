import type { Participant } from "../../api/documents";
import type { OpenTicket } from "../../api/state";

/** Who of a ticket's people gets a reply by mail. */
export type Recipients = {
  /** Who can get it, the requester first. */
  known: readonly Participant[];
  /** Whom it goes to. */
  chosen: readonly string[];
  /** Who wrote with no more than a signed address: no mail goes to them. */
  unconfirmed: readonly Participant[];
};

/** Whom a reply goes to: everybody who is confirmed and not left out. Null for a ticket that has nothing to do with mail. */
export function recipientsOf({ participants, mail }: OpenTicket, leftOut: readonly string[]): Recipients | null {
  if (!participants || (!participants.length && !mail)) return null;
  const known = participants.filter(({ confirmed }) => confirmed);
  return {
    known,
    chosen: known.map(({ address }) => address).filter((address) => !leftOut.includes(address)),
    unconfirmed: participants.filter(({ confirmed }) => !confirmed),
  };
}

/** What stands below a reply that goes by mail: what the requester wrote last. */
export function quotedBelow({ body, messages }: OpenTicket): string {
  return messages.findLast(({ kind }) => kind === "INCOMING")?.text ?? body;
}
