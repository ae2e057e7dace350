// GraphQL Yoga over node:http, subscriptions by graphql-ws as its documentation says; BENCH_CACHE=1 adds its response cache.
import { createServer } from "node:http";
import { useResponseCache } from "@graphql-yoga/plugin-response-cache";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { WebSocketServer } from "ws";
import { latestApprovedTicket, tickets, typeDefs, updateTicket } from "./tickets.mjs";

const events = createPubSub();
const schema = createSchema({
  typeDefs,
  resolvers: {
    Query: {
      tickets: (_, given) => tickets(given),
      latestApprovedTicket: (_, given) => latestApprovedTicket(given),
    },
    Mutation: {
      updateTicket: (_, given) => {
        const { ticket, event } = updateTicket(given);
        if (event) events.publish("events", event);
        return ticket;
      },
    },
    Subscription: { ticketEvents: { subscribe: () => events.subscribe("events"), resolve: (event) => event } },
  },
});
const plugins = process.env.BENCH_CACHE ? [useResponseCache({ session: () => null })] : [];
const yoga = createYoga({ schema, plugins, logging: false, graphiql: false });
const server = createServer(yoga);
const socket = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
useServer({
  execute: (given) => given.rootValue.execute(given),
  subscribe: (given) => given.rootValue.subscribe(given),
  onSubscribe: async (context, _id, params) => {
    const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
      ...context, req: context.extra.request, socket: context.extra.socket, params,
    });
    const given = {
      schema,
      operationName: params.operationName,
      document: parse(params.query),
      variableValues: params.variables,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe },
    };
    const errors = validate(given.schema, given.document);
    return errors.length ? errors : given;
  },
}, socket);
server.listen(Number(process.env.BENCH_PORT), "127.0.0.1");
