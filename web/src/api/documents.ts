import { graphql, type ResultOf } from "./graphql";

/** What a row of the queue shows; every live event carries it. */
export const Row = graphql(`
  fragment Row on Ticket {
    id number userId subject status priority tags source awaitingReply version revision createdAt updatedAt assignee
    lock { holder expiresAt }
    decision { outcome decidedBy decidedAt reason }
  }
`);

/** What came by mail: who wrote it, what was with it, and where all of it is. */
export const Mail = graphql(`
  fragment Mail on Mail {
    automatic unconfirmed unread wholeUrl rawUrl
    from { address name }
    attachments { id name size inline url }
  }
`);

export const Entry = graphql(
  `fragment Entry on Message { id ticketId kind text author createdAt delivery attachments { id name size url } mail { ...Mail } }`,
  [Mail],
);

/** Somebody who takes part in a ticket by mail. */
export const Participant = graphql(`fragment Participant on Participant { address name requester confirmed }`);

/** A mail to one recipient: a reply, or the acknowledgement of a ticket, and what became of it. */
export const Outgoing = graphql(`
  fragment Outgoing on OutgoingMail {
    id ticketId messageId recipient delivery nextTryAt rawUrl
    steps { at delivery words }
  }
`);

export const Change = graphql(
  `fragment Change on TicketEvent {
    kind at cursor actor changed reason
    ticket { ...Row }
    message { ...Entry }
  }`,
  [Row, Entry],
);

export const QueueOrder = graphql(`
  query QueueOrder($filter: TicketFilter, $orderBy: TicketOrder!) {
    queue(filter: $filter, orderBy: $orderBy) { numbers total asOf }
  }
`);

/** How much happened after a cursor: proof of having caught up. */
export const Missed = graphql(`query Missed($after: Cursor!) { missed(after: $after) { events upTo } }`);

export const Block = graphql(`query Block($numbers: [Int!]!) { ticketsByNumber(numbers: $numbers) { ...Row } }`, [Row]);

export const OneTicket = graphql(
  `query OneTicket($number: Int!) {
    asOf
    ticket(number: $number) {
      ...Row
      body
      extra
      mail { ...Mail }
      participants { ...Participant }
      acknowledgement { ...Outgoing }
      messages(first: 100) { edges { node { ...Entry deliveries { ...Outgoing } } } pageInfo { hasNextPage endCursor } }
      events(first: 100) { edges { node { ...Change } } pageInfo { hasNextPage endCursor } }
    }
  }`,
  [Row, Entry, Change, Mail, Participant, Outgoing],
);

/** What goes out by mail, and to whom. */
export const Posted = graphql(
  `query Posted(
    $number: Int!, $after: Cursor, $participants: Boolean!, $acknowledgement: Boolean!, $messages: Boolean!
  ) {
    ticket(number: $number) {
      participants @include(if: $participants) { ...Participant }
      acknowledgement @include(if: $acknowledgement) { ...Outgoing }
      messages(first: 100, after: $after) @include(if: $messages) {
        edges { node { deliveries { ...Outgoing } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`,
  [Participant, Outgoing],
);

/** Decides of a mail that failed, or of which nobody knows whether it arrived. */
export const SettleDelivery = graphql(
  `mutation SettleDelivery($id: ID!, $arrived: Boolean!) {
    outcome: settleDelivery(id: $id, arrived: $arrived) {
      __typename
      ... on OutgoingMail { ...Outgoing }
      ... on Problem { message }
    }
  }`,
  [Outgoing],
);

export const MoreOfThread = graphql(
  `query MoreOfThread($id: ID!, $after: Cursor) {
    ticket(id: $id) {
      messages(first: 100, after: $after) { edges { node { ...Entry deliveries { ...Outgoing } } } pageInfo { hasNextPage endCursor } }
    }
  }`,
  [Entry, Outgoing],
);

export const MoreOfHistory = graphql(
  `query MoreOfHistory($id: ID!, $after: Cursor) {
    ticket(id: $id) {
      events(first: 100, after: $after) { edges { node { ...Change } } pageInfo { hasNextPage endCursor } }
    }
  }`,
  [Change],
);

export const Follow = graphql(`subscription Follow($after: Cursor!) { ticketEvents(after: $after) { ...Change } }`, [
  Change,
]);

/** What a verb on a ticket answers: the ticket as it is now, or why not. */
export const Outcome = graphql(
  `fragment Outcome on TicketResult {
    __typename
    ... on Ticket { ...Row }
    ... on Problem { message }
    ... on TicketLocked { held: lock { holder expiresAt } }
    ... on VersionConflict { ticket { ...Row } }
  }`,
  [Row],
);

/** What asking for a lock answers. */
export const Grant = graphql(
  `fragment Grant on LockResult {
    __typename
    ... on LockGrant { token expiresAt ticket { ...Row } }
    ... on Problem { message }
    ... on TicketLocked { held: lock { holder expiresAt } }
  }`,
  [Row],
);

export type Missed = ResultOf<typeof Missed>["missed"];
export type TicketRow = ResultOf<typeof Row>;
export type Mail = ResultOf<typeof Mail>;
export type Message = ResultOf<typeof Entry>;
export type Participant = ResultOf<typeof Participant>;
export type Outgoing = ResultOf<typeof Outgoing>;
export type TicketEvent = ResultOf<typeof Change>;
export type Outcome = ResultOf<typeof Outcome>;
export type Grant = ResultOf<typeof Grant>;
