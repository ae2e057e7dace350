import { Outcome } from "../../api/documents";
import { graphql } from "../../api/graphql";

export const Create = graphql(
  `mutation Create($input: CreateTicketInput!, $key: String!) {
    outcome: createTicket(input: $input, idempotencyKey: $key) { ...Outcome }
  }`,
  [Outcome],
);
