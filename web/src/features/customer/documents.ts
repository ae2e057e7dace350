import { Entry } from "../../api/documents";
import { graphql } from "../../api/graphql";

export const Answer = graphql(
  `mutation Answer($id: ID!, $text: String!, $basedOn: Cursor, $key: String!) {
    sent: reply(ticketId: $id, text: $text, basedOn: $basedOn, idempotencyKey: $key) {
      __typename
      ... on Message { ...Entry }
      ... on Problem { message }
      ... on Unseen { events { cursor } }
    }
  }`,
  [Entry],
);
