import { useEffect, useState } from "react";
import { type Desk, useDesk } from "../api/desk";
import { texts } from "../texts";
import { Icon } from "../ui/Icon";

const SECOND_MS = 1_000;

/** Whether the page is live or, if not, since when, and when it is tried again. What is said aloud is said elsewhere. */
export function Connection({ desk }: { desk: Desk }) {
  const { state, since, triesAt } = useDesk(desk, (desk) => desk.link);
  const seconds = useSecondsTo(triesAt);
  if (state !== "paused")
    return (
      <p className="live">
        <i className="dot" aria-hidden="true" />
        <span>{texts.link.live}</span>
      </p>
    );
  return (
    <p className="paused">
      <Icon name="off" />
      <span>
        <strong>{texts.link.paused(since)}</strong>
        {seconds ? texts.link.tryingIn(seconds) : texts.link.trying}
      </span>
      <button type="button" className="btn small" onClick={() => desk.tryNow()}>
        {texts.link.tryNow}
      </button>
    </p>
  );
}

/** Whole seconds until an instant (Unix ms), counting down; 0 where there is none. */
function useSecondsTo(instant: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (instant === null) return;
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, SECOND_MS / 4);
    return () => clearInterval(timer);
  }, [instant]);
  return instant === null ? 0 : Math.max(0, Math.ceil((instant - now) / SECOND_MS));
}
