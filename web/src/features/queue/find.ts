import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import { viewOf } from "../../api/filter";
import { Found, Numbered } from "./documents";

export type FoundTicket = { number: number; subject: string };

const LARGEST = 2 ** 31 - 1; // of GraphQL's Int

/** Tickets by their number, or by words in them, as far back as the list looks; none where they cannot be read. */
export async function findTickets(desk: Desk, typed: string, search: string): Promise<readonly FoundTicket[]> {
  const text = typed.trim();
  const number = /^#?(\d+)$/.exec(text)?.[1];
  try {
    if (number) return await numbered(Number(number));
    if (text.length < 2) return [];
    const { createdAfter } = viewOf(search, desk.viewer).filter;
    const { tickets } = await ask(Found, { filter: { search: text, ...(createdAfter && { createdAfter }) } });
    return tickets.edges.map(({ node }) => node);
  } catch {
    return [];
  }
}

async function numbered(number: number): Promise<readonly FoundTicket[]> {
  if (number > LARGEST) return [];
  return (await ask(Numbered, { numbers: [number] })).ticketsByNumber.filter((ticket) => ticket !== null);
}
