import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useLocation, useRoute } from "wouter";
import { useSearch } from "wouter/use-browser-location"; // as it stands in the address; wouter's own is decoded
import type { Viewer } from "../api/access";
import { Desk, useDesk } from "../api/desk";
import { discardDrafts, drafts } from "../api/drafts";
import { comingFrom, justCameByLink, putPasswordOff, signOut } from "../api/session";
import type { State } from "../api/state";
import { NewTicket } from "../features/create/NewTicket";
import { findTickets } from "../features/queue/find";
import { Queue } from "../features/queue/Queue";
import { ChoosePassword } from "../features/settings/Password";
import { Settings } from "../features/settings/Settings";
import { SignIn, SignInAgain } from "../features/signin/SignIn";
import { useViewer } from "../features/signin/useViewer";
import { Ticket } from "../features/ticket/Ticket";
import { Keys } from "../keys/Keys";
import { texts } from "../texts";
import { Empty } from "../ui/Empty";
import { Split, useSplit } from "../ui/Split";
import { Toasts } from "../ui/Toasts";
import { toast } from "../ui/toasts";
import { Leaving } from "./Leaving";
import { TopBar } from "./TopBar";
import { usePageCommands } from "./usePageCommands";
import { useCaughtUp, useLinkTold } from "./useTold";

/** The page: a door for whoever is not signed in, else the desk; over it the door, when a session ended. */
export function App() {
  const { signedIn, again, look, left } = useViewer();
  const next = signedIn.state === "somebody" ? comingFrom() : null;
  useEffect(() => {
    if (next) location.replace(next);
  }, [next]);
  if (signedIn.state === "asking" || next) return null;
  if (signedIn.state === "nobody") return <SignIn trouble={signedIn.trouble} onDone={again} />;
  const { viewer, ended } = signedIn;
  return (
    <>
      <SignedIn key={viewer.name} viewer={viewer} ended={ended} onLook={look} onLeft={left} />
      {ended && <SignInAgain name={viewer.name} onDone={again} />}
    </>
  );
}

type Props = { viewer: Viewer; ended: boolean; onLook: () => void; onLeft: () => void };

function SignedIn({ viewer, ended, onLook, onLeft }: Props) {
  const desk = useMemo(() => new Desk(viewer), [viewer]);
  useEffect(() => () => desk.close(), [desk]);
  const was = useRef(ended);
  useEffect(() => {
    if (was.current && !ended) void desk.renew();
    was.current = ended;
  }, [desk, ended]);
  useLinkTold(desk, onLook);
  useCaughtUp(desk);
  const query = useSearch();
  const [, go] = useLocation();
  const [onTicket, ticket] = useRoute("/tickets/:number");
  const [onNew] = useRoute("/new");
  const [onSettings] = useRoute("/settings");
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
  const answered = () => {
    putPasswordOff();
    redraw();
  };

  const [asking, setAsking] = useState<{ everywhere: boolean } | null>(null);
  const leave = async (everywhere: boolean) => {
    await signOut(everywhere);
    discardDrafts(viewer.name);
    onLeft();
  };
  const leaving = async (everywhere = false) => {
    if (drafts(viewer.name).length) setAsking({ everywhere });
    else await leave(everywhere);
  };
  const signingOut = () => void leaving().catch((error: Error) => toast({ text: error.message }));
  const opened = onTicket ? Number(ticket.number) : null;
  const reading = useDesk(desk, ({ state }) => opened !== null && editor(state, opened) === viewer.name);
  const split = useSplit(viewer.name);
  const find = async (typed: string) =>
    (await findTickets(desk, typed, query)).map((found) => ({
      ...found,
      run: () => go(`/tickets/${found.number}${query}`),
    }));
  usePageCommands(viewer, query, go, signingOut);

  return (
    <div className="app" data-pane={onTicket || onNew ? "ticket" : "queue"}>
      <title>
        {onTicket
          ? texts.words.page(`#${ticket.number}`)
          : onNew
            ? texts.words.page(texts.create.short)
            : texts.words.guichet}
      </title>
      {opened !== null && (
        <button type="button" className="skip" onClick={() => document.getElementById("t-title")?.focus()}>
          {texts.words.skip}
        </button>
      )}
      <TopBar desk={desk} query={query} onSettings={onSettings} onSignOut={signingOut} />
      {!ended && !viewer.hasPassword && justCameByLink() && <ChoosePassword name={viewer.name} onClose={answered} />}
      {onSettings && <Settings viewer={viewer} onSignOutEverywhere={() => leaving(true)} />}
      {/* Behind the settings the list stays as it is, and follows what happens. */}
      <main className={reading ? "desk reading" : "desk"} hidden={onSettings} style={split}>
        <Queue desk={desk} search={query} opened={opened} />
        <Split person={viewer.name} />
        {onTicket ? (
          <Ticket key={ticket.number} desk={desk} number={Number(ticket.number)} query={query} />
        ) : onNew ? (
          <NewTicket desk={desk} onMade={(made) => go(`/tickets/${made}${query}`)} />
        ) : (
          <section className="ticket is-empty" aria-label={texts.bar.noTicket}>
            <Empty title={texts.bar.pick}>{texts.bar.pickHint}</Empty>
          </section>
        )}
      </main>
      <Keys find={find} />
      <Toasts />
      {asking && (
        <Leaving
          count={drafts(viewer.name).length}
          onLeave={() => leave(asking.everywhere)}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  );
}

/** Who holds the lock of a ticket: while it is oneself, the list makes room. */
function editor(state: State, number: number): string | undefined {
  return state.rows.get(number)?.lock?.holder;
}
