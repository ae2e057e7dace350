import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { type Desk, useDesk } from "../api/desk";
import { Dashboard } from "../features/dashboard/Dashboard";
import { findTickets } from "../features/queue/find";
import { Queue } from "../features/queue/Queue";
import { Ticket } from "../features/ticket/Ticket";
import { Keys } from "../keys/Keys";
import { texts } from "../texts";
import { Empty } from "../ui/Empty";
import { Split, useSplit } from "../ui/Split";
import { type Page, TopBar } from "./TopBar";
import { usePageCommands } from "./usePageCommands";

type Props = {
  desk: Desk;
  query: string;
  /** The ticket beside the list, by number. */
  opened: number | null;
  page: Page;
  onSignOut: () => void;
  /** What stands beside the list in place of a ticket. */
  children: ReactNode;
};

/** Where agents work: the list, a ticket beside it, the dashboard, everything by keys. */
export function Workplace({ desk, query, opened, page, onSignOut, children }: Props) {
  const { viewer } = desk;
  const [, go] = useLocation();
  usePageCommands(query, go, onSignOut);
  const split = useSplit(viewer.name);
  const editing = useDesk(desk, ({ state }) => opened !== null && state.rows.get(opened)?.lock?.holder === viewer.name);
  const find = async (typed: string) =>
    (await findTickets(desk, typed, query)).map((found) => ({
      ...found,
      run: () => go(`/tickets/${found.number}${query}`),
    }));
  return (
    <>
      {opened !== null && (
        <button type="button" className="skip" onClick={() => document.getElementById("t-title")?.focus()}>
          {texts.words.skip}
        </button>
      )}
      <TopBar desk={desk} query={query} page={page} onSignOut={onSignOut} />
      {page === "dashboard" && <Dashboard desk={desk} />}
      {/* Behind another page the list stays as it is, and follows what happens; while one edits, the ticket has more. */}
      <main className={editing ? "desk reading" : "desk"} hidden={page !== "queue"} style={split}>
        <Queue desk={desk} search={query} opened={opened} />
        <Split person={viewer.name} />
        {children ||
          (opened !== null ? (
            <Ticket key={opened} desk={desk} number={opened} query={query} />
          ) : (
            <section className="ticket is-empty" aria-label={texts.bar.noTicket}>
              <Empty title={texts.bar.pick}>{texts.bar.pickHint}</Empty>
            </section>
          ))}
      </main>
      <Keys find={find} />
    </>
  );
}
