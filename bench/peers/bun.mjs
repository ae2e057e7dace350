// The limit of fan-out: Bun sends one ready frame to all its sockets, natively, whenever it is asked to. No GraphQL.
const event = await Bun.file(process.env.BENCH_ANSWER).text();

const server = Bun.serve({
  port: Number(process.env.BENCH_PORT),
  hostname: "127.0.0.1",
  fetch(request, server) {
    if (request.headers.get("upgrade") && server.upgrade(request, {
      headers: { "sec-websocket-protocol": "graphql-transport-ws" },
    })) return undefined;
    server.publish("events", event);
    return new Response('{"data":{}}', { headers: { "content-type": "application/json" } });
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    message(socket, text) {
      if (text.includes('"connection_init"')) socket.send('{"type":"connection_ack"}');
      else if (text.includes('"subscribe"')) socket.subscribe("events");
    },
  },
});
