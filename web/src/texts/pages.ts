import { plural } from "./when";

export const create = {
  short: "New",
  newTicket: "A new ticket",
  newRequest: "A new request",
  requester: "Requester",
  requesterHint: "u-1001",
  subject: "In one line, what is it about?",
  body: "What happened?",
  hint: "When and where, and what you would like us to do.",
  send: "Send",
  sendRequest: "Send request",
};

export const door = {
  title: "Sign in",
  footer: "No password yet, or forgotten? Whoever runs this desk can send you a link. No cookies but your session’s.",
  over: "Your session is over",
  again: (name: string, drafts: number) =>
    `Sign in again as ${name}, and go on where you were. ${
      drafts ? `${plural(drafts, { one: "draft is", other: "drafts are" })} kept on this device.` : "Nothing is lost."
    }`,
  token: "Token",
  tokenHint: "It begins with gd_ and was shown once, when it was made.",
  name: "Name",
  password: "Password",
  signIn: "Sign in",
  byPassword: "Use a password instead",
  byToken: "Use a token instead",
};

export const look = {
  title: "Look",
  lede: "How the page looks is kept as you change it, on this device.",
  theme: "Theme",
  themes: { "": "As the system", light: "Light", dark: "Dark" },
  density: "Rows",
  densities: { compact: "Compact", "": "Normal", roomy: "Roomy" },
  heights: { compact: "32 px", "": "36 px", roomy: "44 px" },
  shortcuts: "Shortcuts",
  letters: "Single letters act on tickets",
  lettersHint: "Off: only Ctrl K, Ctrl ↵ and Esc remain. Useful with voice control.",
  hints: "Keys beside buttons",
  hintsHint: "The small letters in buttons and menus.",
  all: "All shortcuts",
};
