/** How the page stands to the desk. */
export type Link = {
  /** `grace`: just lost, and perhaps back before anybody needs to know. */
  state: "up" | "grace" | "paused";
  /** Since when it is so or, if it was lost, when something was heard last; Unix ms. */
  since: number;
  /** When it is tried again, Unix ms; null while it is up or being tried. */
  triesAt: number | null;
  tries: number;
};

export type Happening =
  | { kind: "connected" }
  | { kind: "silent"; since: number }
  | { kind: "heard" }
  /** `luck` between 0 and 1 spreads the tries of many pages. */
  | { kind: "closed"; luck: number; hidden: boolean }
  | { kind: "trying" }
  | { kind: "hurry" }
  | { kind: "tick" };

const GRACE_MS = 1_200;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 1_000;
const LONGEST_HIDDEN_MS = 10_000;

export const UP: Link = { state: "up", since: 0, triesAt: null, tries: 0 };

/** What becomes of the link. It is tried for ever, soon while somebody looks, and at once when the network is back. */
export function next(link: Link, happening: Happening, now: number): Link {
  switch (happening.kind) {
    case "connected":
    case "heard":
      return link.state === "up" ? link : { ...UP, since: now };
    case "silent":
      return patient(lost(link, happening.since), now);
    case "closed": {
      const tries = link.tries + 1;
      const most = happening.hidden ? LONGEST_HIDDEN_MS : LONGEST_WAIT_MS;
      const wait = Math.min(most, FIRST_WAIT_MS * 2 ** tries) * (0.5 + happening.luck / 2);
      return patient({ ...lost(link, now), triesAt: now + wait, tries }, now);
    }
    case "trying":
      return link.triesAt === null ? link : { ...link, triesAt: null };
    case "hurry":
      return link.triesAt === null ? link : { ...link, triesAt: now };
    case "tick":
      return patient(link, now);
  }
}

function lost(link: Link, since: number): Link {
  return link.state === "up" ? { state: "grace", since, triesAt: null, tries: 0 } : link;
}

function patient(link: Link, now: number): Link {
  return link.state === "grace" && now - link.since >= GRACE_MS ? { ...link, state: "paused" } : link;
}
