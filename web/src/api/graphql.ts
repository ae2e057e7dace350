import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./graphql-env";

/** Documents checked against the committed schema; instants and cursors are text. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; Cursor: string; JSON: unknown };
  disableMasking: true;
}>();

export type { ResultOf, VariablesOf } from "gql.tada";
