import type { TadaDocumentNode } from "gql.tada";
import { useSyncExternalStore } from "react";
import { Absence, type CaughtUp } from "./absence";
import type { Viewer } from "./access";
import { ask, sessionEnded } from "./ask";
import {
  Block,
  Missed,
  MoreOfHistory,
  MoreOfThread,
  OneTicket,
  type Outgoing,
  Posted,
  QueueOrder,
  type TicketEvent,
  type TicketRow,
} from "./documents";
import { follow } from "./feed";
import type { View } from "./filter";
import type { Link } from "./link";
import { type Sink, Socket } from "./socket";
import { applyEvents, EMPTY, listed, type OpenTicket, type Part, type State, withOutgoing, withRows } from "./state";
import { type Told, toldAfter } from "./told";

const BLOCK_ROWS = 50;
const LARGEST_INT = 2 ** 31 - 1; // of GraphQL

/** Everything that the page knows of the desk. Components read it with `useDesk`; only events and answers change it. */
export class Desk {
  state = EMPTY;
  /** Rows that somebody else changed just now. */
  told: ReadonlyMap<number, Told> = new Map();
  /** Up to where the journal was heard; null before anything is followed. */
  heard: string | null = null;
  /** What the last absence was, once it is proven that all of it is here. */
  caughtUp: CaughtUp | null = null;
  private away: Absence | null = null;
  private readonly socket = new Socket(() => this.linked());
  private listeners = new Set<() => void>();
  private stop: (() => void) | undefined;
  private asked = new Set<number>();
  private attempts = 0;
  private ended = false;
  private view: View | undefined;
  private wanted: number | null = null;
  /** How often a whole ticket was taken over: what was asked before is older. */
  private reads = 0;
  private readingMail = false;
  /** Events that arrive while something is read: whether its answer has them already is not known. */
  private readonly meanwhile = new Set<TicketEvent[]>();

  constructor(readonly viewer: Viewer) {}

  /** How the live link stands. */
  get link(): Link {
    return this.socket.link;
  }

  tryNow(): void {
    this.socket.tryNow();
  }

  /** Subscribes to something beside the journal, over the same socket, until the returned function is called. */
  watch<Data, Variables extends Record<string, unknown>>(
    document: TadaDocumentNode<Data, Variables>,
    variables: Variables,
    sink: Sink<Data>,
  ): () => void {
    return this.socket.subscribe(document, variables, sink);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Shows a list, all `anew` or beside what is known; follows the journal from there if nothing is followed yet. */
  async show(view: View, anew = false): Promise<void> {
    this.view = view;
    try {
      const { queue } = await this.reading(
        () => ask(QueueOrder, { filter: view.filter, orderBy: view.order }),
        ({ queue }) => ({
          ...(anew && { rows: new Map() }),
          ...(this.view === view && { queue: listed(view.filter, queue.numbers, queue.total) }),
        }),
      );
      if (!this.ended) this.stop ??= this.followed(queue.asOf);
    } catch (error) {
      if (!this.stop && !this.ended) void this.tryAgain();
      throw error;
    }
  }

  /** Reads the rows around some places of the list that are not known yet, a block at a time. */
  async need(first: number, last: number): Promise<void> {
    const order = this.state.queue?.order ?? [];
    const from = Math.floor(first / BLOCK_ROWS) * BLOCK_ROWS;
    for (let start = from; start <= last; start += BLOCK_ROWS) {
      const block = order.slice(start, start + BLOCK_ROWS);
      const numbers = block.filter((number) => !this.state.rows.has(number) && !this.asked.has(number));
      if (!numbers.length) continue;
      for (const number of numbers) this.asked.add(number);
      try {
        const { ticketsByNumber } = await ask(Block, { numbers });
        this.change(withRows(this.state, ticketsByNumber));
      } finally {
        for (const number of numbers) this.asked.delete(number);
      }
    }
  }

  /** Opens a ticket with its whole thread and history; null closes it. Answers whether there is such a ticket. */
  async open(number: number | null): Promise<boolean> {
    this.wanted = number;
    if (number !== null && number > LARGEST_INT) return false;
    if (number === null) {
      this.change({ ...this.state, open: null });
      return true;
    }
    const found = await this.reading(
      () => wholeTicket(number),
      (found) => {
        if (!found || this.wanted !== number) return {};
        this.reads += 1;
        return { ...withRows(this.state, [found.row]), open: found.open };
      },
    );
    void this.catchUpMail();
    return found !== null;
  }

  /** Takes over what a mutation answered, which is often here before its event. */
  answered(row: TicketRow): void {
    this.change(withRows(this.state, [row]));
  }

  /** The same of the mail of a ticket, as long as that is open. */
  answeredMail(number: number, taken: (open: OpenTicket) => Partial<OpenTicket>): void {
    const { open } = this.state;
    if (open?.number === number) this.change({ ...this.state, open: { ...open, ...taken(open) } });
  }

  /** Reads everything again and follows anew. Nothing that was known counts: the journal may be another. */
  async resync(): Promise<void> {
    this.unfollow();
    if (!this.view || this.ended) return;
    try {
      await this.show(this.view, true);
      if (this.wanted !== null) await this.open(this.wanted);
    } catch {
      // show tries again by itself
    }
  }

  /** Goes on in a new session: the connection is still the old one's. */
  async renew(): Promise<void> {
    this.unfollow();
    this.socket.hangUp();
    await this.resync();
  }

  /** The end: nothing is followed or tried again. */
  close(): void {
    this.ended = true;
    this.unfollow();
    this.socket.close();
  }

  private unfollow(): void {
    this.attempts += 1;
    this.heard = null;
    this.away = null; // whatever was missed, all is read anew
    this.stop?.();
    this.stop = undefined;
  }

  private async tryAgain(): Promise<void> {
    const attempt = ++this.attempts;
    this.socket.lost();
    await this.socket.turn();
    if (attempt === this.attempts) await this.resync();
  }

  /** Takes over what was read, and whatever happened in the meantime once more. */
  private async reading<Answer>(
    read: () => Promise<Answer>,
    taken: (answer: Answer) => Partial<State>,
  ): Promise<Answer> {
    const arrived: TicketEvent[] = [];
    this.meanwhile.add(arrived);
    try {
      const answer = await read();
      this.change(applyEvents({ ...this.state, ...taken(answer) }, arrived));
      return answer;
    } finally {
      this.meanwhile.delete(arrived);
    }
  }

  /** A lost link begins an absence; its return asks how much that was. */
  private linked(): void {
    if (this.link.state === "paused" && this.heard) this.away ??= new Absence(this.heard);
    if (this.link.state === "up" && this.away) void this.catchUp(this.away);
    if (this.link.state === "up") void this.catchUpMail();
    this.change(this.state);
  }

  private async catchUp(away: Absence): Promise<void> {
    try {
      away.counts((await ask(Missed, { after: away.after })).missed);
    } catch {
      if (this.away === away) this.away = null; // it cannot be proven
    }
    if (this.proven()) this.change(this.state);
  }

  /** Reads what events said to be another of the open ticket's mail, one request at a time. */
  private async catchUpMail(): Promise<void> {
    const { open } = this.state;
    if (!open?.behind.length || open.stale || this.readingMail) return;
    const { number, behind } = open;
    const reads = this.reads;
    this.readingMail = true;
    this.answeredMail(number, () => ({ behind: [] }));
    try {
      const { participants, outgoing } = await mailOf(number, behind);
      if (reads === this.reads)
        this.answeredMail(number, (open) => ({
          participants: participants ?? open.participants,
          outgoing: withOutgoing(open.outgoing, outgoing),
        }));
    } catch {
      // asked again with the next event, or when the link is back
      this.readingMail = false;
      return this.answeredMail(number, (open) => ({ behind: [...new Set([...behind, ...open.behind])] }));
    }
    this.readingMail = false;
    void this.catchUpMail();
  }

  private proven(): boolean {
    const caughtUp = this.away?.caughtUp;
    if (!caughtUp) return false;
    this.away = null;
    this.caughtUp = caughtUp;
    return true;
  }

  private followed(after: string): () => void {
    this.heard = after;
    return follow(this.socket, after, {
      events: (batch) => {
        for (const arrived of this.meanwhile) arrived.push(...batch);
        this.told = toldAfter(this.told, batch, this.viewer.name, Date.now());
        this.heard = batch.at(-1)?.cursor ?? this.heard;
        this.away?.hears(batch);
        this.proven();
        this.change(applyEvents(this.state, batch));
        if (this.state.open?.stale) void this.open(this.state.open.number);
        else void this.catchUpMail();
      },
      resync: () => void this.resync(),
      signedOut: () => sessionEnded(),
    });
  }

  private change(state: State): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

/** A part of what the desk knows; the component is drawn again when that part is another. */
export function useDesk<Part>(desk: Desk, part: (desk: Desk) => Part): Part {
  return useSyncExternalStore(desk.subscribe, () => part(desk));
}

async function wholeTicket(number: number): Promise<{ row: TicketRow; open: OpenTicket } | null> {
  const { ticket } = await ask(OneTicket, { number });
  if (!ticket) return null;
  const { id, body, extra, mail, participants, acknowledgement } = ticket;
  const thread = await everything(
    ticket.messages,
    async (after) => (await ask(MoreOfThread, { id, after })).ticket?.messages,
  );
  const events = await everything(
    ticket.events,
    async (after) => (await ask(MoreOfHistory, { id, after })).ticket?.events,
  );
  const messages = thread.map(({ deliveries, ...message }) => message);
  const outgoing = outgoingOf(acknowledgement, thread);
  return {
    row: ticket,
    open: { number, body, extra, mail, participants, outgoing, behind: [], messages, events, stale: false },
  };
}

type MailRead = { participants: OpenTicket["participants"]; outgoing: Outgoing[] };

/** Parts of what goes out by mail of a ticket, and to whom; `participants` is null where they were not asked for. */
async function mailOf(number: number, parts: readonly Part[]): Promise<MailRead> {
  const read = async (after: string | null, parts: readonly Part[]) => {
    const participants = parts.includes("participants");
    const acknowledgement = parts.includes("acknowledgement");
    const messages = parts.includes("messages");
    return (await ask(Posted, { number, after, participants, acknowledgement, messages })).ticket;
  };
  const first = await read(null, parts);
  const { participants = null, acknowledgement, messages } = first ?? {};
  const more = async (after: string | null) => (await read(after, ["messages"]))?.messages;
  const sent = messages ? await everything(messages, more) : [];
  return { participants, outgoing: outgoingOf(acknowledgement, sent) };
}

function outgoingOf(
  acknowledgement: Outgoing | null | undefined,
  messages: readonly { deliveries: Outgoing[] | null }[],
): Outgoing[] {
  return [acknowledgement ?? [], ...messages.map(({ deliveries }) => deliveries ?? [])].flat();
}

type Page<Node> = { edges: { node: Node }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

async function everything<Node>(
  first: Page<Node>,
  next: (after: string | null) => Promise<Page<Node> | undefined>,
): Promise<Node[]> {
  const nodes = first.edges.map(({ node }) => node);
  let page: Page<Node> | undefined = first;
  while (page?.pageInfo.hasNextPage) {
    page = await next(page.pageInfo.endCursor);
    nodes.push(...(page?.edges ?? []).map(({ node }) => node));
  }
  return nodes;
}
