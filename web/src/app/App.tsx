import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useLocation, useRoute } from "wouter";
import { useSearch } from "wouter/use-browser-location"; // as it stands in the address; wouter's own is decoded
import { type Viewer, worksHere } from "../api/access";
import { Desk } from "../api/desk";
import { discardDrafts, drafts } from "../api/drafts";
import { comingFrom, justCameByLink, putPasswordOff, signOut } from "../api/session";
import { NewTicket } from "../features/create/NewTicket";
import { Requests } from "../features/customer/Requests";
import { ChoosePassword } from "../features/settings/Password";
import { Settings } from "../features/settings/Settings";
import { SignIn, SignInAgain } from "../features/signin/SignIn";
import { useViewer } from "../features/signin/useViewer";
import { texts } from "../texts";
import { Toasts } from "../ui/Toasts";
import { toast } from "../ui/toasts";
import { Leaving } from "./Leaving";
import { PlainTop } from "./PlainTop";
import { useCaughtUp, useLinkTold } from "./useTold";
import { Workplace } from "./Workplace";

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
  const [toDashboard] = useRoute("/dashboard");
  const onDashboard = toDashboard && worksHere(viewer);
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
      {!ended && !viewer.hasPassword && justCameByLink() && <ChoosePassword name={viewer.name} onClose={answered} />}
      {viewer.role === "CUSTOMER" ? (
        <>
          <PlainTop desk={desk} onSignOut={signingOut} />
          <Requests desk={desk} opened={opened} hidden={onSettings}>
            {fresh}
          </Requests>
        </>
      ) : (
        <Workplace
          desk={desk}
          query={query}
          opened={opened}
          page={onSettings ? "settings" : onDashboard ? "dashboard" : "queue"}
          onSignOut={signingOut}
        >
          {fresh}
        </Workplace>
      )}
      {onSettings && <Settings viewer={viewer} onSignOutEverywhere={() => leaving(true)} />}
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
