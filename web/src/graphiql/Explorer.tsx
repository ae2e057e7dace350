import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isScalarType,
} from "graphql";
import { createClient } from "graphql-ws";
import { useEffect, useState } from "react";
import type { Viewer } from "../api/access";
import { socketUrl } from "../api/socket";
import { texts } from "../texts";
import examples from "./examples.graphql?raw";
import { seedHistory } from "./history";

const wsClient = createClient({ url: socketUrl() });
const fetcher = createGraphiQLFetcher({ url: "/graphql", wsClient });
const plugins = [HISTORY_PLUGIN];
const tabs = examples.split(/^# ---+\n/m).map((query) => ({ query: query.trim() }));

/** The explorer, as whoever is signed in: its requests carry the session's cookie. */
export function Explorer({ viewer }: { viewer: Viewer }) {
  const [schema, setSchema] = useState<GraphQLSchema | null>(null);
  const [seeded, setSeeded] = useState(false);
  useEffect(() => void read().then(setSchema), []);
  useEffect(() => void Promise.allSettled([seedHistory()]).then(() => setSeeded(true)), []);
  if (!seeded) return null; // it reads its history once
  return (
    <GraphiQL fetcher={fetcher} schema={schema} plugins={plugins} defaultTabs={tabs} shouldPersistHeaders={false}>
      <GraphiQL.Logo>
        <a className="signed-in" href="/">
          {texts.bar.explorerAs(viewer.name)}
        </a>
        <a className="reference" href="/docs">
          {texts.bar.reference}
        </a>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

async function read(): Promise<GraphQLSchema> {
  const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true });
  const headers = { "content-type": "application/json" };
  const response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query }) });
  const { data } = (await response.json()) as { data: IntrospectionQuery };
  const schema = buildClientSchema(data);
  const json = schema.getType("JSON");
  // graphql-js prints no object as a scalar's default, and the documentation would break on `extra: JSON! = {}`.
  if (isScalarType(json)) json.serialize = (value) => (typeof value === "object" ? JSON.stringify(value) : value);
  return schema;
}
