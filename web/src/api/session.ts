import { SetPassword, SignIn, SignOut, type Viewer, WhoAmI } from "./access";
import { Problem, taken } from "./act";
import { ask, Refused } from "./ask";

const PAGES = ["/graphql", "/docs", "/docs/live"];

/** Where whoever comes to a page for the signed-in is sent first, by the desk too. */
export const before = (page: string) => `/?next=${page}`;

/** The page that somebody came to before they signed in, or null. */
export const comingFrom = () => PAGES.find((page) => location.pathname + location.search === before(page)) ?? null;

/** A name with its password, or the code of a one-time link, or a token. */
export type Credentials = { name: string; password: string } | { secret: string };

/** Signs this browser in. Raises Problem for what does not open, Refused where it was tried too often. */
export async function signIn(credentials: Credentials): Promise<void> {
  taken((await ask(SignIn, credentials)).outcome, "SignedIn");
  sessionStorage.removeItem(BY_LINK);
}

/** Ends this session, or all of the account's. */
export async function signOut(everywhere = false): Promise<void> {
  await ask(SignOut, { everywhere });
  sessionStorage.removeItem(BY_LINK);
}

/** Who is signed in, or null. */
export async function whoAmI(): Promise<Viewer | null> {
  try {
    return (await ask(WhoAmI, {})).viewer;
  } catch (error) {
    if (error instanceof Refused && error.code === "UNAUTHENTICATED") return null;
    throw error;
  }
}

/** Sets one's own password. Raises Problem, of the field "current" where the one before is needed and was not it. */
export async function setPassword(password: string, current: string | null): Promise<void> {
  try {
    taken((await ask(SetPassword, { password, current })).outcome, "Account");
    sessionStorage.removeItem(BY_LINK);
  } catch (error) {
    if (error instanceof Problem && error.field === "current") sessionStorage.removeItem(BY_LINK);
    throw error;
  }
}

/** The link that a code signs in by: behind the #, it is sent to nobody. */
export function linkOf(code: string, origin = location.origin): string {
  return `${origin}/#code=${code}`;
}

/** The code in an address's hash, or null. */
export function codeIn(hash: string): string | null {
  return new URLSearchParams(hash.slice(1)).get("code");
}

/** Uses up the code of a sign-in link, and takes it out of the address. Raises as signIn does. */
export async function redeemLink(): Promise<void> {
  const secret = codeIn(location.hash);
  if (!secret) return;
  history.replaceState(null, "", location.pathname + location.search);
  await signIn({ secret });
  sessionStorage.setItem(BY_LINK, "new");
}

const BY_LINK = "guichet.byLink";

/** Whether this tab's session began with a one-time link, and so may set a password without the one before. */
export function cameByLink(): boolean {
  return sessionStorage.getItem(BY_LINK) !== null;
}

/** Whether somebody came by a link and has not said yet whether to choose a password. */
export function justCameByLink(): boolean {
  return sessionStorage.getItem(BY_LINK) === "new";
}

/** No password for now: it is not offered again. */
export function putPasswordOff(): void {
  if (cameByLink()) sessionStorage.setItem(BY_LINK, "later");
}
