// Mercurius at its best: documents parsed and validated once, each compiled by graphql-jit from its first use on.
import Fastify from "fastify";
import mercurius from "mercurius";
import { latestApprovedTicket, tickets, typeDefs, updateTicket } from "./tickets.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers: {
    Query: {
      tickets: (_, given) => tickets(given),
      latestApprovedTicket: (_, given) => latestApprovedTicket(given),
    },
    Mutation: {
      updateTicket: (_, given, { pubsub }) => {
        const { ticket, event } = updateTicket(given);
        if (event) pubsub.publish({ topic: "events", payload: { ticketEvents: event } });
        return ticket;
      },
    },
    Subscription: { ticketEvents: { subscribe: (_, __, { pubsub }) => pubsub.subscribe("events") } },
  },
  jit: 1,
  cache: true,
  subscription: true,
});
await app.listen({ port: Number(process.env.BENCH_PORT), host: "127.0.0.1" });
