import { Change, Entry, Grant, Outcome } from "../../api/documents";
import { graphql } from "../../api/graphql";

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
