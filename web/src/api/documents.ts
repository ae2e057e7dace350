import { graphql, type ResultOf } from "./graphql";

/** What a row of the queue shows; every live event carries it. */
export const Row = graphql(`
  fragment Row on Ticket {
    id number userId subject status priority tags source awaitingReply version revision createdAt updatedAt assignee
    lock { holder expiresAt }
    decision { outcome decidedBy decidedAt reason }
  }
`);

export const Entry = graphql(`fragment Entry on Message { id ticketId kind text author createdAt delivery }`);

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

export const Block = graphql(`query Block($numbers: [Int!]!) { ticketsByNumber(numbers: $numbers) { ...Row } }`, [Row]);

export const OneTicket = graphql(
  `query OneTicket($number: Int!) {
    asOf
    ticket(number: $number) {
      ...Row
      body
      extra
      messages(first: 100) { edges { node { ...Entry } } pageInfo { hasNextPage endCursor } }
      events(first: 100) { edges { node { ...Change } } pageInfo { hasNextPage endCursor } }
    }
  }`,
  [Row, Entry, Change],
);

export const MoreOfThread = graphql(
  `query MoreOfThread($id: ID!, $after: Cursor) {
    ticket(id: $id) {
      messages(first: 100, after: $after) { edges { node { ...Entry } } pageInfo { hasNextPage endCursor } }
    }
  }`,
  [Entry],
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

const Outcome = graphql(
  `fragment Outcome on TicketResult {
    __typename
    ... on Ticket { ...Row }
    ... on Problem { message }
    ... on TicketLocked { held: lock { holder expiresAt } }
    ... on VersionConflict { ticket { ...Row } }
  }`,
  [Row],
);

const Grant = graphql(
  `fragment Grant on LockResult {
    __typename
    ... on LockGrant { token expiresAt ticket { ...Row } }
    ... on Problem { message }
    ... on TicketLocked { held: lock { holder expiresAt } }
  }`,
  [Row],
);

const Sent = graphql(
  `fragment Sent on MessageResult {
    __typename
    ... on Message { ...Entry }
    ... on Problem { message }
  }`,
  [Entry],
);

export const Create = graphql(
  `mutation Create($input: CreateTicketInput!, $key: String!) {
    outcome: createTicket(input: $input, idempotencyKey: $key) { ...Outcome }
  }`,
  [Outcome],
);

export const Update = graphql(
  `mutation Update($id: ID!, $input: UpdateTicketInput!, $version: Int, $token: String, $key: String!) {
    outcome: updateTicket(id: $id, input: $input, expectedVersion: $version, lockToken: $token, idempotencyKey: $key) {
      ...Outcome
    }
  }`,
  [Outcome],
);

export const Start = graphql(
  `mutation Start($id: ID!, $key: String!) { outcome: startProcessing(id: $id, idempotencyKey: $key) { ...Outcome } }`,
  [Outcome],
);

export const Approve = graphql(
  `mutation Approve($id: ID!, $version: Int!, $key: String!) {
    outcome: approveTicket(id: $id, expectedVersion: $version, idempotencyKey: $key) { ...Outcome }
  }`,
  [Outcome],
);

export const Reject = graphql(
  `mutation Reject($id: ID!, $reason: String!, $version: Int!, $key: String!) {
    outcome: rejectTicket(id: $id, reason: $reason, expectedVersion: $version, idempotencyKey: $key) { ...Outcome }
  }`,
  [Outcome],
);

export const Close = graphql(
  `mutation Close($id: ID!, $key: String!) { outcome: closeTicket(id: $id, idempotencyKey: $key) { ...Outcome } }`,
  [Outcome],
);

export const Reopen = graphql(
  `mutation Reopen($id: ID!, $version: Int!, $key: String!) {
    outcome: reopenTicket(id: $id, expectedVersion: $version, idempotencyKey: $key) { ...Outcome }
  }`,
  [Outcome],
);

export const Lock = graphql(
  `mutation Lock($id: ID!, $seconds: Int!) { grant: lockTicket(id: $id, leaseSeconds: $seconds) { ...Grant } }`,
  [Grant],
);

export const Renew = graphql(
  `mutation Renew($id: ID!, $token: String!, $seconds: Int!) {
    grant: renewLock(id: $id, token: $token, leaseSeconds: $seconds) { ...Grant }
  }`,
  [Grant],
);

export const Unlock = graphql(
  `mutation Unlock($id: ID!, $token: String) { outcome: unlockTicket(id: $id, token: $token) { ...Outcome } }`,
  [Outcome],
);

export const Reply = graphql(
  `mutation Reply($id: ID!, $text: String!, $basedOn: Cursor, $key: String!) {
    sent: reply(ticketId: $id, text: $text, basedOn: $basedOn, idempotencyKey: $key) { ...Sent }
  }`,
  [Sent],
);

export const AddNote = graphql(
  `mutation AddNote($id: ID!, $text: String!, $key: String!) {
    sent: addNote(ticketId: $id, text: $text, idempotencyKey: $key) { ...Sent }
  }`,
  [Sent],
);

export type TicketRow = ResultOf<typeof Row>;
export type Message = ResultOf<typeof Entry>;
export type TicketEvent = ResultOf<typeof Change>;
export type Outcome = ResultOf<typeof Outcome>;
export type Grant = ResultOf<typeof Grant>;
