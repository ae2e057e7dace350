import type { texts } from "../texts";
import type { IconName } from "../ui/Icon";

export type Group = keyof typeof texts.keys.group;
export type CommandId = keyof typeof texts.keys.title;

type Said = {
  keys: readonly string[];
  icon?: IconName;
  /** Whether it does nothing in the palette, where its key is only told in the sheet. */
  hidden?: true;
  /** Goes on for as long as its key is held. */
  repeats?: true;
};

/**
 * Every command that has a name: its keys as they are pressed ("I" is Shift and i), and its sign. What it does is said
 * by the part of the page that can do it, with `useCommands`; buttons print their key from here.
 */
export const commands: Record<CommandId, Said> = {
  "queue.next": { keys: ["j"], hidden: true, repeats: true },
  "queue.previous": { keys: ["k"], hidden: true, repeats: true },
  "queue.open": { keys: ["Enter"], hidden: true },
  "queue.back": { keys: ["Escape"], icon: "left" },
  "queue.pick": { keys: ["x"], icon: "check" },
  "queue.none": { keys: ["Escape"], icon: "x" },
  "queue.filter": { keys: ["f"], icon: "filter" },
  "queue.search": { keys: ["/"], icon: "search" },
  "queue.fresh": { keys: ["n"], icon: "up" },
  "ticket.edit": { keys: ["e"], icon: "lock" },
  "ticket.leave": { keys: ["Escape"], icon: "unlock" },
  "ticket.approve": { keys: ["a"], icon: "check" },
  "ticket.reject": { keys: ["r"], icon: "x" },
  "ticket.start": { keys: ["s"], icon: "next" },
  "ticket.close": { keys: ["l"], icon: "inbox" },
  "ticket.reopen": { keys: ["o"], icon: "undo" },
  "ticket.mine": { keys: ["I"], icon: "user" },
  "ticket.assign": { keys: ["i"], icon: "user" },
  "ticket.priority": { keys: ["p"], icon: "alert" },
  "ticket.tags": { keys: ["t"], icon: "filter" },
  "ticket.history": { keys: ["h"], icon: "file" },
  "ticket.reply": { keys: ["m"], icon: "reply" },
  "ticket.note": { keys: ["c"], icon: "file" },
  "writing.send": { keys: ["Ctrl+Enter"], hidden: true },
  "writing.leave": { keys: ["Escape"], hidden: true },
  "everywhere.palette": { keys: ["Ctrl+K"], hidden: true },
  "everywhere.sheet": { keys: ["?"], icon: "bell" },
  "everywhere.undo": { keys: ["u"], icon: "undo" },
  "everywhere.queue": { keys: [], icon: "inbox" },
  "everywhere.dashboard": { keys: [], icon: "up" },
  "everywhere.new": { keys: [], icon: "plus" },
  "everywhere.settings": { keys: [], icon: "gear" },
  "everywhere.explorer": { keys: [], icon: "search" },
  "everywhere.reference": { keys: [], icon: "file" },
  "everywhere.signOut": { keys: [], icon: "left" },
  "everywhere.light": { keys: [], icon: "gear" },
  "everywhere.dark": { keys: [], icon: "gear" },
  "everywhere.system": { keys: [], icon: "gear" },
  "everywhere.compact": { keys: [], icon: "gear" },
  "everywhere.normal": { keys: [], icon: "gear" },
  "everywhere.roomy": { keys: [], icon: "gear" },
};

/** Where a command stands in palette and sheet: what comes before the dot. */
export function groupOf(id: CommandId): Group {
  return id.slice(0, id.indexOf(".")) as Group;
}

/** The key of a command, to be printed beside its button. */
export function keyOf(id: CommandId): string {
  return commands[id].keys[0] ?? "";
}
