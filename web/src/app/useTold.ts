import { useEffect, useRef } from "react";
import { type Desk, useDesk } from "../api/desk";
import { texts } from "../texts";
import { say } from "../ui/announce";
import { toast } from "../ui/toasts";

const MOST_COUNTED = 10_000; // so many stand for as many or more

/** Says that the link was lost and is back; then the desk is asked who this is, for it hangs up on another role too. */
export function useLinkTold(desk: Desk, onBack: () => void): void {
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

/** Tells how much happened while the link was lost, once all of it is here. */
export function useCaughtUp(desk: Desk): void {
  const caughtUp = useDesk(desk, (desk) => desk.caughtUp);
  useEffect(() => {
    if (!caughtUp?.events) return;
    const { events, numbers } = caughtUp;
    const { queue } = desk.state;
    const here = numbers.filter((number) => queue?.places.has(number) || queue?.fresh.has(number));
    toast({ text: texts.link.caughtUp(events, events >= MOST_COUNTED, here.length) });
  }, [caughtUp, desk]);
}
