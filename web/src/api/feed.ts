import { createClient } from "graphql-ws";
import { Follow, type TicketEvent } from "./documents";
import { type ResultOf, textOf } from "./graphql";

/** What the page hears from the desk. */
export type Listener = {
  /** Events in order, gathered for a frame. */
  events(batch: TicketEvent[]): void;
  /** The link came up, or is down and tried again by itself. */
  link(up: boolean): void;
  /** The journal does not know the cursor any more, or the desk could not go on: read everything again. */
  resync(): void;
  signedOut(): void;
};

const FRAME_MS = 16;
const PING_MS = 8_000;
const ANSWER_MS = 5_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4_000;

/** Where sockets go: the desk that the page came from. */
export function socketUrl(): string {
  return `${location.protocol.replace("http", "ws")}//${location.host}/graphql`;
}

/** Follows everything after a cursor over the page's one socket, until the returned function is called. */
export function follow(after: string, listener: Listener): () => void {
  let batch: TicketEvent[] = [];
  let frame: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const client = createClient({
    url: socketUrl(),
    keepAlive: PING_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (tries) => {
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
      return new Promise((done) => setTimeout(done, wait * (0.5 + Math.random() / 2)));
    },
    on: {
      connected: () => listener.link(true),
      closed: () => {
        clearTimeout(silence);
        listener.link(false);
      },
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), ANSWER_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(silence);
      },
    },
  });

  const show = () => {
    frame = undefined;
    const events = batch;
    batch = [];
    listener.events(events);
  };

  // graphql-ws sends its first payload again after a reconnect, so the cursor in it moves on with every event.
  const variables = { after };
  const stop = client.subscribe<ResultOf<typeof Follow>>(
    { query: textOf(Follow), variables },
    {
      next: ({ data }) => {
        if (!data) return;
        variables.after = data.ticketEvents.cursor;
        batch.push(data.ticketEvents);
        frame ??= setTimeout(show, FRAME_MS);
      },
      error: (reason) => (reason instanceof CloseEvent ? listener.signedOut() : listener.resync()),
      complete: () => {},
    },
  );

  return () => {
    clearTimeout(frame);
    clearTimeout(silence);
    stop();
    void client.dispose();
  };
}
