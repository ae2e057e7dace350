import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { texts } from "../texts";
import { announced } from "./announce";
import { Icon } from "./Icon";
import { Kbd } from "./Kbd";
import { Status } from "./Signs";
import { dismiss, type Shown, taken, toasts } from "./toasts";

/** The one live region of the page: what is told for a while, and what only a screen reader says. */
export function Toasts() {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.now);
  const said = useSyncExternalStore(announced.subscribe, announced.now);
  const [held, setHeld] = useState(false);
  const hidden = useHidden();
  return (
    <div
      className="toasts"
      role="status"
      aria-label={texts.toasts.region}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p className="sr">{said}</p>
      {shown.map((toast) => (
        <Told key={toast.id} toast={toast} still={held || hidden} />
      ))}
    </div>
  );
}

/** One toast; its time does not run while it is looked at, or while nobody can look. */
function Told({ toast, still }: { toast: Shown; still: boolean }) {
  const left = useRef(toast.ms);
  const { id, text, status, action } = toast;
  useEffect(() => {
    if (still) return;
    const began = Date.now();
    const timer = setTimeout(() => dismiss(id), left.current);
    return () => {
      clearTimeout(timer);
      left.current -= Date.now() - began;
    };
  }, [id, still]);
  return (
    <div className="toast">
      <span className="grow">{status ? <Status of={status} said={text} /> : text}</span>
      {action && (
        <>
          <span className="sr">{action.said}</span>
          <button type="button" className="btn bare" onClick={() => taken(toast)}>
            <Icon name="undo" /> {action.label} <Kbd keys="u" hint />
          </button>
        </>
      )}
      <button type="button" className="btn bare square" aria-label={texts.toasts.dismiss} onClick={() => dismiss(id)}>
        <Icon name="x" />
      </button>
    </div>
  );
}

function useHidden(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener("visibilitychange", changed);
      return () => document.removeEventListener("visibilitychange", changed);
    },
    () => document.hidden,
  );
}
