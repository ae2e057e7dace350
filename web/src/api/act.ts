import { texts } from "../texts";
import { ask } from "./ask";
import type { Desk } from "./desk";
import { type Grant, type Outcome, type Outgoing, SettleDelivery, type TicketRow } from "./documents";

/** A mutation was understood and refused: nothing was written. */
export class Problem extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}

type Refusal = { message: string; field?: string; held?: { holder: string; expiresAt: string } };

function refused(kind: string, refusal: Refusal): Problem {
  const { held } = refusal;
  return new Problem(kind, held ? texts.desk.held(held.holder, held.expiresAt) : refusal.message, refusal.field);
}

/** The ticket after a mutation, taken over at once. Raises Problem for a refusal. */
export function changed(desk: Desk, outcome: Outcome): TicketRow {
  if (outcome.__typename !== "Ticket") {
    if (outcome.__typename === "VersionConflict") desk.answered(outcome.ticket);
    throw refused(outcome.__typename, outcome);
  }
  desk.answered(outcome);
  return outcome;
}

/** The lock that was granted or renewed. Raises Problem for a refusal. */
export function granted(desk: Desk, grant: Grant): { token: string; expiresAt: string; ticket: TicketRow } {
  if (grant.__typename !== "LockGrant") throw refused(grant.__typename, grant);
  desk.answered(grant.ticket);
  return grant;
}

/** What a mutation brought, where it is of the kind that it should be. Raises Problem for a refusal. */
export function taken<Result extends { __typename: string }, Kind extends Result["__typename"]>(
  outcome: Result,
  kind: Kind,
): Extract<Result, { __typename: Kind }> {
  if (outcome.__typename !== kind) throw refused(outcome.__typename, outcome as unknown as Refusal);
  return outcome as Extract<Result, { __typename: Kind }>;
}

/** A mail of which somebody said that it arrived, or that it is sent again. Raises Problem for a refusal. */
export async function settled(id: string, arrived: boolean): Promise<Outgoing> {
  return taken((await ask(SettleDelivery, { id, arrived })).outcome, "OutgoingMail");
}
