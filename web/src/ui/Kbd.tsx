import { texts } from "../texts";

/** Keys as they are printed: "Ctrl+K" as Ctrl K. A hint beside a button goes where somebody wants none. */
export function Kbd({ keys, hint = false }: { keys: string; hint?: boolean }) {
  return keys.split("+").map((key) => (
    <kbd key={key} className={hint ? "hint" : undefined} aria-hidden={hint}>
      {texts.keys.name[key] ?? key.toUpperCase()}
    </kbd>
  ));
}
