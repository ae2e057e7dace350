import { useCallback, useEffect, useRef, useState } from "react";
import { ask } from "../../api/ask";
import { type Desk, useDesk } from "../../api/desk";
import { type Present, SayHere, WhoIsHere } from "./documents";

const SAY_MS = 5_000;
const TYPING_MS = 4_000;

/** Who else is at a ticket; says, while the page is looked at, that its viewer is there and whether they type. */
export function usePresence(desk: Desk, ticket: string | undefined, typing: boolean): readonly Present[] {
  const id = desk.viewer.role === "PARTNER" ? undefined : ticket;
  const [here, setHere] = useState<readonly Present[]>([]);
  const up = useDesk(desk, (desk) => desk.link.state === "up");

  useEffect(() => {
    if (id === undefined) return;
    const stop = desk.watch(
      WhoIsHere,
      { id },
      { next: ({ presence }) => setHere(presence.here), ended: () => setHere([]) },
    );
    return () => {
      stop();
      setHere([]);
    };
  }, [desk, id]);

  useEffect(() => {
    if (id === undefined || !up) return;
    const say = () => {
      if (!document.hidden) ask(SayHere, { id, typing }).catch(() => {}); // it is said again
    };
    say();
    const timer = setInterval(say, SAY_MS);
    document.addEventListener("visibilitychange", say);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", say);
    };
  }, [id, typing, up]);

  return up ? here.filter(({ name }) => name !== desk.viewer.name) : [];
}

/** Whether something was typed in the last seconds; the function tells each time. */
export function useTyping(): [typing: boolean, typed: () => void] {
  const [typing, setTyping] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = useCallback(() => {
    setTyping(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTyping(false), TYPING_MS);
  }, []);
  return [typing, typed];
}
