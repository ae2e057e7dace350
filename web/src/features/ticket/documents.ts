import { Change, Entry, Grant, Outcome, Participant } from "../../api/documents";
import { graphql, type ResultOf } from "../../api/graphql";

const Sent = graphql(
  `fragment Sent on MessageResult {
    __typename
    ... on Message { ...Entry }
    ... on Problem { message }
    ... on Unseen { events { ...Change } }
  }`,
  [Entry, Change],
);

export const Update = graphql(
  `mutation Update($id: ID!, $input: UpdateTicketInput!, $version: Int, $token: String, $key: String!) {
    outcome: updateTicket(id: $id, input: $input, expectedVersion: $version, lockToken: $token, idempotencyKey: $key) {
      ...Outcome
      ... on VersionConflict { ticket { body } }
    }
  }`,
  [Outcome],
);

export const Start = graphql(
  `mutation Start($id: ID!, $key: String!) { outcome: startProcessing(id: $id, idempotencyKey: $key) { ...Outcome } }`,
  [Outcome],
);

export const Approve = graphql(
  `mutation Approve($id: ID!, $version: Int!, $token: String, $key: String!) {
    outcome: approveTicket(id: $id, expectedVersion: $version, lockToken: $token, idempotencyKey: $key) { ...Outcome }
  }`,
  [Outcome],
);

export const Reject = graphql(
  `mutation Reject($id: ID!, $reason: String!, $version: Int!, $token: String, $key: String!) {
    outcome: rejectTicket(
      id: $id, reason: $reason, expectedVersion: $version, lockToken: $token, idempotencyKey: $key
    ) { ...Outcome }
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
  `mutation Lock($id: ID!, $seconds: Int!) {
    grant: lockTicket(id: $id, leaseSeconds: $seconds) { ...Grant ... on LockGrant { ticket { body } } }
  }`,
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
  `mutation Reply(
    $id: ID!, $text: String!, $basedOn: Cursor, $key: String!, $recipients: [String!], $attachments: [ID!]
  ) {
    sent: reply(
      ticketId: $id, text: $text, basedOn: $basedOn, idempotencyKey: $key, recipients: $recipients,
      attachments: $attachments
    ) { ...Sent }
  }`,
  [Sent],
);

export const AddNote = graphql(
  `mutation AddNote($id: ID!, $text: String!, $key: String!) {
    sent: addNote(ticketId: $id, text: $text, idempotencyKey: $key) { ...Sent }
  }`,
  [Sent],
);

const People = graphql(
  `fragment People on ParticipantsResult {
    __typename
    ... on Ticket { participants { ...Participant } }
    ... on Problem { message }
  }`,
  [Participant],
);

export const AddParticipant = graphql(
  `mutation AddParticipant($id: ID!, $address: String!) {
    outcome: addParticipant(ticketId: $id, address: $address) { ...People }
  }`,
  [People],
);

export const RemoveParticipant = graphql(
  `mutation RemoveParticipant($id: ID!, $address: String!) {
    outcome: removeParticipant(ticketId: $id, address: $address) { ...People }
  }`,
  [People],
);

/** Passes the lock on; by force, an admin takes it from whoever has it. */
export const HandOver = graphql(
  `mutation HandOver($id: ID!, $to: String!, $token: String, $force: Boolean!, $reason: String) {
    outcome: handOver(id: $id, to: $to, token: $token, force: $force, reason: $reason) { ...Outcome }
  }`,
  [Outcome],
);

export const AskToRelease = graphql(
  `mutation AskToRelease($id: ID!) { outcome: askToRelease(id: $id) { ...Outcome } }`,
  [Outcome],
);

export const SayHere = graphql(`
  mutation SayHere($id: ID!, $typing: Boolean!) { present(ticketId: $id, typing: $typing) { __typename } }
`);

export const WhoIsHere = graphql(`
  subscription WhoIsHere($id: ID!) { presence(ticketId: $id) { here { name typing asksToRelease } } }
`);

export const Assignees = graphql(`query Assignees { assignees }`);

export const ReasonTemplates = graphql(`query ReasonTemplates { reasonTemplates { title text } }`);

export const LatestApproved = graphql(`
  query LatestApproved($userId: ID!) {
    latest: latestApprovedTicket(userId: $userId) { number decision { decidedAt } }
  }
`);

/** The newest requests of somebody, this one among them. */
export const RequestsOf = graphql(
  `query RequestsOf($userId: ID!) {
    tickets(first: 6, filter: { userId: $userId }, orderBy: CREATED_DESC) {
      edges { node { number subject status createdAt } }
    }
  }`,
);

/** The request as two events that follow each other left it. */
export const TwoBodies = graphql(`
  query TwoBodies($id: ID!, $after: Cursor) {
    ticket(id: $id) { events(first: 2, after: $after) { edges { node { ticket { body } } } } }
  }
`);

export type Present = ResultOf<typeof WhoIsHere>["presence"]["here"][number];
export type Template = ResultOf<typeof ReasonTemplates>["reasonTemplates"][number];
