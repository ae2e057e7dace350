import { type DocumentNode, print } from "@0no-co/graphql.web";
import { initGraphQLTada, type TadaDocumentNode } from "gql.tada";
import type { introspection } from "./graphql-env";

/** Documents checked against the committed schema; instants and cursors are text. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; Cursor: string; JSON: unknown };
  disableMasking: true;
}>();

/** A document as it is sent. */
export function textOf<Data, Variables>(document: TadaDocumentNode<Data, Variables>): string {
  return print(document as unknown as DocumentNode);
}

export type { ResultOf, VariablesOf } from "gql.tada";
