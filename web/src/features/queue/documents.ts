import { Outcome } from "../../api/documents";
import { graphql } from "../../api/graphql";

export const Counts = graphql(`query Counts($filters: [TicketFilter!]!) { counts(filters: $filters) }`);

export const Assignees = graphql(`query Assignees { assignees }`);

export const Found = graphql(`
  query Found($filter: TicketFilter!) {
    tickets(filter: $filter, first: 5) { edges { node { id number subject } } }
  }
`);

export const Numbered = graphql(`
  query Numbered($numbers: [Int!]!) { ticketsByNumber(numbers: $numbers) { id number subject } }
`);

export const AssignPicked = graphql(
  `mutation AssignPicked($id: ID!, $assignee: String, $version: Int!, $key: String!) {
    outcome: updateTicket(id: $id, input: { assignee: $assignee }, expectedVersion: $version, idempotencyKey: $key) {
      ...Outcome
    }
  }`,
  [Outcome],
);

export const ClosePicked = graphql(
  `mutation ClosePicked($id: ID!, $key: String!) {
    outcome: closeTicket(id: $id, idempotencyKey: $key) { ...Outcome }
  }`,
  [Outcome],
);
