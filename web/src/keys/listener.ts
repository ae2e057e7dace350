import { look } from "../ui/look";
import { commandOf } from "./registry";

const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const OVER = "dialog[open], [role=menu]";

/** Listens for keys until the returned function is called. */
export function listen(): () => void {
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

/** The name of a key by what it writes, whatever the layout: "j", "I", "?", "Enter", "Ctrl+K". */
export function nameOf({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  const letter = key.length === 1;
  if (ctrlKey || metaKey) return `Ctrl+${letter ? key.toUpperCase() : key}`;
  if (!letter) return key;
  return shiftKey ? key.toUpperCase() : key.toLowerCase(); // caps lock makes no other command
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (document.querySelector(OVER)) return; // what floats has keys of its own
  const key = nameOf(event);
  const field = (event.target as Element | null)?.closest?.<HTMLElement>(FIELDS);
  if (field && key === "Escape") {
    field.blur();
    return;
  }
  const single = !key.startsWith("Ctrl+");
  if (single && (field || (key !== "Escape" && !look().letters))) return;
  const command = commandOf(key);
  if (!command || (event.repeat && !command.repeats)) return;
  event.preventDefault();
  void command.run();
}
