import { useEffect, useMemo, useReducer, useRef } from "react";
import { useLocation, useRoute } from "wouter";
import { useSearch } from "wouter/use-browser-location"; // as it stands in the address; wouter's own is decoded
import type { Viewer } from "../api/access";
import { Desk, useDesk } from "../api/desk";
import { BEFORE_EXPLORER, justCameByLink, putPasswordOff, signOut } from "../api/session";
import { NewTicket } from "../features/create/NewTicket";
import { Queue } from "../features/queue/Queue";
import { ChoosePassword } from "../features/settings/Password";
import { Settings } from "../features/settings/Settings";
import { SignIn, SignInAgain } from "../features/signin/SignIn";
import { useViewer } from "../features/signin/useViewer";
import { Ticket } from "../features/ticket/Ticket";
import { Icon } from "../ui/Icon";
import { TopBar } from "./TopBar";

/** The page: a door for whoever is not signed in, else the desk; over it the door, when a session ended. */
export function App() {
  const { signedIn, again, look, left } = useViewer();
  const onToExplorer = signedIn.state === "somebody" && location.pathname + location.search === BEFORE_EXPLORER;
  useEffect(() => {
    if (onToExplorer) location.replace("/graphql");
  }, [onToExplorer]);
  if (signedIn.state === "asking" || onToExplorer) return null;
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
    if (was.current && !ended) void desk.resync();
    was.current = ended;
  }, [desk, ended]);
  const link = useDesk(desk, (desk) => desk.link);
  const lost = useRef(false);
  useEffect(() => {
    if (link.up && lost.current) onLook(); // the desk hangs up on who got another role, too
    lost.current = !link.up;
  }, [link.up, onLook]);
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
  const leave = async (everywhere = false) => {
    await signOut(everywhere);
    onLeft();
  };

  return (
    <div className="app" data-pane={onTicket || onNew ? "ticket" : "queue"}>
      <title>{onTicket ? `#${ticket.number} · Guichet` : onNew ? "New · Guichet" : "Guichet"}</title>
      <TopBar viewer={viewer} link={link} query={query} onSignOut={leave} />
      {!ended && !viewer.hasPassword && justCameByLink() && <ChoosePassword name={viewer.name} onClose={answered} />}
      {onSettings && <Settings viewer={viewer} onSignOutEverywhere={() => leave(true)} />}
      {/* Behind the settings the list stays as it is, and follows what happens. */}
      <main className="desk" hidden={onSettings}>
        <Queue desk={desk} search={query} opened={onTicket ? Number(ticket.number) : null} />
        {onTicket ? (
          <Ticket key={ticket.number} desk={desk} number={Number(ticket.number)} query={query} />
        ) : onNew ? (
          <NewTicket desk={desk} onMade={(made) => go(`/tickets/${made}${query}`)} />
        ) : (
          <section className="ticket is-empty" aria-label="No ticket is open">
            <div className="empty">
              <Icon name="inbox" />
              <h2>Pick a ticket</h2>
              <p>What you open here stays while the list beside it goes on.</p>
            </div>
          </section>
        )}
      </main>
    </div>
  );
}
