import { Follow, type TicketEvent } from "./documents";
import type { Socket } from "./socket";

/** What the page hears from the desk. */
export type Listener = {
  /** Events in order, gathered for a frame. */
  events(batch: TicketEvent[]): void;
  /** The journal does not know the cursor any more, or the desk could not go on: read everything again. */
  resync(): void;
  signedOut(): void;
};

const FRAME_MS = 16;

/** Follows everything after a cursor, until the returned function is called. */
export function follow(socket: Socket, after: string, listener: Listener): () => void {
  let batch: TicketEvent[] = [];
  let frame: ReturnType<typeof setTimeout> | undefined;

  const show = () => {
    frame = undefined;
    const events = batch;
    batch = [];
    listener.events(events);
  };

  // graphql-ws sends its first payload again after a reconnect, so the cursor in it moves on with every event.
  const variables = { after };
  const stop = socket.subscribe(Follow, variables, {
    next: ({ ticketEvents }) => {
      variables.after = ticketEvents.cursor;
      batch.push(ticketEvents);
      frame ??= setTimeout(show, FRAME_MS);
    },
    ended: (signedOut) => (signedOut ? listener.signedOut() : listener.resync()),
  });

  return () => {
    clearTimeout(frame);
    stop();
  };
}
