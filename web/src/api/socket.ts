import type { TadaDocumentNode } from "gql.tada";
import { createClient } from "graphql-ws";
import { textOf } from "./graphql";
import { type Happening, type Link, next, UP } from "./link";

const TICK_MS = 200;
const SLEPT_MS = 1_000; // a tick that comes so late says that the page slept, not that the desk did
const PING_MS = 800;
const SILENT_MS = 1_600;
const DEAD_MS = 3_500;
const CONNECT_MS = 2_000;
const PATIENT_MS = 10_000; // now and then: the network may be slow, and not gone
const PATIENT_EACH = 5;
const LINGER_MS = 2_000; // between two subscriptions

export type Sink<Data> = {
  next(data: Data): void;
  /** The desk ended it: `signedOut` where it also hung up because nobody is signed in any more. */
  ended(signedOut: boolean): void;
};

/** Where sockets go: the desk that the page came from. */
export function socketUrl(): string {
  return `${location.protocol.replace("http", "ws")}//${location.host}/graphql`;
}

/** The page's one socket: every subscription goes over it, and it knows how the link stands. */
export class Socket {
  link: Link = UP;
  private connected = false;
  private heardAt = Date.now();
  private triedAt: number | null = null;
  private tickedAt = Date.now();
  private readonly waiting = new Set<() => void>();
  private readonly timer = setInterval(() => this.tick(), TICK_MS);

  private readonly client = createClient({
    url: socketUrl(),
    keepAlive: PING_MS,
    lazyCloseTimeout: LINGER_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => this.turn(),
    on: {
      connecting: () => {
        this.triedAt = Date.now();
        this.happened({ kind: "trying" });
      },
      connected: () => {
        this.connected = true;
        this.heard();
        this.happened({ kind: "connected" });
      },
      message: () => this.heard(),
      closed: () => {
        this.connected = false;
        this.lost();
      },
    },
  });

  constructor(private readonly changed: () => void) {
    addEventListener("online", this.tryNow);
    addEventListener("offline", this.hangUp);
    document.addEventListener("visibilitychange", this.seen);
  }

  /** Subscribes until the returned function is called. What `variables` are by then is sent anew after each break. */
  subscribe<Data, Variables extends Record<string, unknown>>(
    document: TadaDocumentNode<Data, Variables>,
    variables: Variables,
    sink: Sink<Data>,
  ): () => void {
    if (this.connected) this.happened({ kind: "connected" });
    return this.client.subscribe<Data>(
      { query: textOf(document), variables },
      {
        next: ({ data }) => data && sink.next(data),
        error: (reason) => sink.ended(reason instanceof CloseEvent),
        complete: () => {},
      },
    );
  }

  /** Something could not be read: counts as a lost link, so that it is told, and tried again in `turn`. */
  lost(): void {
    this.triedAt = null;
    this.happened({ kind: "closed", luck: Math.random(), hidden: document.hidden });
  }

  /** Comes when it is time to try again. */
  turn(): Promise<void> {
    return new Promise((done) => this.waiting.add(done));
  }

  tryNow = (): void => {
    this.happened({ kind: "hurry" });
    this.tick();
  };

  /** Drops the connection; whatever is subscribed goes on over another one. */
  hangUp = (): void => {
    this.client.terminate();
  };

  close(): void {
    clearInterval(this.timer);
    removeEventListener("online", this.tryNow);
    removeEventListener("offline", this.hangUp);
    document.removeEventListener("visibilitychange", this.seen);
    this.waiting.clear();
    void this.client.dispose();
  }

  private seen = (): void => {
    this.heardAt = Date.now(); // pings rest in the background
    if (!document.hidden) this.tryNow();
  };

  private heard(): void {
    this.heardAt = Date.now();
    this.triedAt = null;
    if (this.link.state !== "up" && this.connected) this.happened({ kind: "heard" });
  }

  private tick(): void {
    const now = Date.now();
    const slept = now - this.tickedAt > SLEPT_MS;
    this.tickedAt = now;
    if (slept || document.hidden) this.heardAt = now;
    const quiet = now - this.heardAt;
    const patience = this.link.tries % PATIENT_EACH ? CONNECT_MS : PATIENT_MS;
    if (this.connected && quiet > DEAD_MS) this.client.terminate();
    else if (this.connected && quiet > SILENT_MS) this.happened({ kind: "silent", since: this.heardAt });
    else if (this.triedAt !== null && now - this.triedAt > patience) this.client.terminate();
    this.happened({ kind: "tick" });
    if (this.link.triesAt !== null && now >= this.link.triesAt) {
      const ready = [...this.waiting];
      this.waiting.clear();
      for (const go of ready) go();
    }
  }

  private happened(happening: Happening): void {
    const link = next(this.link, happening, Date.now());
    if (link === this.link) return;
    this.link = link;
    this.changed();
  }
}
