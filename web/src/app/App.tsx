import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useLocation, useRoute } from "wouter";
import { useSearch } from "wouter/use-browser-location"; // as it stands in the address; wouter's own is decoded
import { type Viewer, worksHere } from "../api/access";
import { Desk, useDesk } from "../api/desk";
import { discardDrafts, drafts } from "../api/drafts";
import { comingFrom, justCameByLink, putPasswordOff, signOut } from "../api/session";
import { NewTicket } from "../features/create/NewTicket";
import { Requests } from "../features/customer/Requests";
import { Dashboard } from "../features/dashboard/Dashboard";
import { Queue } from "../features/queue/Queue";
import { ChoosePassword } from "../features/settings/Password";
import { Settings } from "../features/settings/Settings";
import { SignIn, SignInAgain } from "../features/signin/SignIn";
import { useViewer } from "../features/signin/useViewer";
import { Ticket } from "../features/ticket/Ticket";
import { Keys } from "../keys/Keys";
import { texts } from "../texts";
import { say } from "../ui/announce";
import { Empty } from "../ui/Empty";
import { Split } from "../ui/Split";
import { Toasts } from "../ui/Toasts";
import { toast } from "../ui/toasts";
import { Leaving } from "./Leaving";
import { PlainTop } from "./PlainTop";
import { TopBar } from "./TopBar";
import { usePageCommands } from "./usePageCommands";

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
  const query = useSearch();
  const [, go] = useLocation();
  const [onTicket, ticket] = useRoute("/tickets/:number");
  const [onNew] = useRoute("/new");
  const [onSettings] = useRoute("/settings");
  const [toDashboard] = useRoute("/dashboard");
  const onDashboard = toDashboard && worksHere(viewer);
  const customer = viewer.role === "CUSTOMER";
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
  usePageCommands(viewer, query, go, signingOut);

  const opened = onTicket ? Number(ticket.number) : null;
  const fresh = onNew && <NewTicket desk={desk} onMade={(made) => go(`/tickets/${made}${query}`)} />;

  return (
    <div className="app" data-pane={onTicket || onNew ? "ticket" : "queue"}>
      {!onSettings && !onDashboard && (
        <title>
          {opened !== null
            ? texts.words.page(`#${opened}`)
            : onNew
              ? texts.words.page(texts.create.short)
              : texts.words.guichet}
        </title>
      )}
      {customer ? (
        <PlainTop desk={desk} onSignOut={signingOut} />
      ) : (
        <TopBar desk={desk} query={query} onSettings={onSettings} onSignOut={signingOut} />
      )}
      {!ended && !viewer.hasPassword && justCameByLink() && <ChoosePassword name={viewer.name} onClose={answered} />}
      {onSettings && <Settings viewer={viewer} onSignOutEverywhere={() => leaving(true)} />}
      {onDashboard && <Dashboard desk={desk} />}
      {customer ? (
        <Requests desk={desk} opened={opened} hidden={onSettings}>
          {fresh}
        </Requests>
      ) : (
        /* Behind another page the list stays as it is, and follows what happens. */
        <main className="desk" hidden={onSettings || onDashboard}>
          <Queue desk={desk} search={query} opened={opened} />
          <Split />
          {fresh ||
            (opened !== null ? (
              <Ticket key={opened} desk={desk} number={opened} query={query} />
            ) : (
              <section className="ticket is-empty" aria-label={texts.bar.noTicket}>
                <Empty title={texts.bar.pick}>{texts.bar.pickHint}</Empty>
              </section>
            ))}
        </main>
      )}
      {!customer && <Keys />}
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

/** Says that the link was lost and is back; then the desk is asked who this is, for it hangs up on another role too. */
function useLinkTold(desk: Desk, onBack: () => void): void {
  const { state, since } = useDesk(desk, (desk) => desk.link);
  const lost = useRef(false);
  const told = useRef(false);
  useEffect(() => {
    if (state === "up") {
      if (told.current) say(texts.link.backSaid);
      if (lost.current) onBack();
      lost.current = told.current = false;
      return;
    }
    lost.current = true;
    if (state === "paused" && !told.current) {
      told.current = true;
      say(texts.link.pausedSaid(since));
    }
  }, [state, since, onBack]);
}
