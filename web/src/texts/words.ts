import { clock, number, plural } from "./when";

export const words = {
  guichet: "Guichet",
  page: (name: string) => `${name} · Guichet`,
  skip: "Skip to the ticket",
  close: "Close",
  cancel: "Cancel",
  done: "Done",
  later: "Later",
  more: "More",
  discard: "Discard",
  copy: "Copy",
  copied: "Copied.",
  saved: "Saved.",
  show: "Show",
  hide: "Hide",
  showTyped: "Show what is typed",
  hideTyped: "Hide what is typed",
  never: "never",
  none: "none",
  you: "You",
  youInside: "you",
  nobody: "nobody",
  by: (name: string) => `by ${name}`,
  askedAs: (id: string) => `Request ${id}`,
  split: "Width of the list",
  newPassword: "New password",
  passwordHint: "12 characters or more; a few words that nobody else puts together are best.",
  status: { OPEN: "Open", PROCESSING: "Processing", APPROVED: "Approved", REJECTED: "Rejected", CLOSED: "Closed" },
  priority: { URGENT: "Urgent", HIGH: "High", NORMAL: "Normal", LOW: "Low" },
  role: { AGENT: "Agent", CUSTOMER: "Customer", PARTNER: "Partner", ADMIN: "Admin" },
  source: { API: "by API", WEB: "from the page", MAIL: "by mail", IMPORT: "imported" },
};

export const bar = {
  pages: "Pages",
  queue: "Queue",
  requests: "My requests",
  dashboard: "Dashboard",
  explorer: "Explorer",
  explorerAs: (name: string) => `Guichet, as ${name}`,
  reference: "Reference",
  newTicket: "New ticket",
  newRequest: "New request",
  search: "Search or run a command",
  account: (name: string) => `${name}, account`,
  who: (name: string, role: string) => `${name}, ${role.toLowerCase()}`,
  settings: "Settings",
  signOut: "Sign out",
  pick: "Pick a ticket",
  pickHint: "What you open here stays while the list beside it goes on.",
  noTicket: "No ticket is open",
};

export const link = {
  live: "Live",
  paused: (since: number) => `Paused since ${clock(since)}`,
  tryingIn: (seconds: number) => `, trying again in ${seconds} s`,
  trying: ", trying again",
  tryNow: "Try now",
  pausedSaid: (since: number) => `Paused since ${clock(since)}, trying again.`,
  backSaid: "Back.",
  caughtUp: (events: number, most: boolean, here: number) =>
    [
      `Caught up on ${plural(events, { one: "change", other: "changes" })}${most ? " or more" : ""}.`,
      here > 0 && `${number(here)} ${here === 1 ? "is" : "are"} in this queue.`,
    ]
      .filter(Boolean)
      .join(" "),
};

export const desk = {
  unreachable: "The desk does not answer. What you wrote is kept; try again.",
  held: (holder: string, until: string) => `${holder} is editing this ticket until ${clock(until)}.`,
};

export const toasts = {
  undo: "Undo",
  undoHint: "Press U to undo.",
  dismiss: "Dismiss",
  region: "Messages",
  approved: (number: number) => `#${number} approved`,
  closed: (count: number) => `${plural(count, { one: "ticket", other: "tickets" })} closed`,
  assigned: (count: number, to: string) => `${plural(count, { one: "ticket", other: "tickets" })} assigned to ${to}`,
  newTickets: (count: number) => `${plural(count, { one: "new ticket", other: "new tickets" })}.`,
};

export const drafts = {
  leaveTitle: "Sign out and discard what you wrote?",
  leaveText: (count: number) =>
    `${plural(count, { one: "draft is", other: "drafts are" })} kept on this device. Signing out throws them away; whoever sits here next shall not read them.`,
  stay: "Stay signed in",
  leave: "Discard and sign out",
  kept: (since: number) => `Draft kept on this device, ${clock(since)}`,
};
