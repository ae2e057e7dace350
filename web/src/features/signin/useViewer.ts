import { useCallback, useEffect, useState } from "react";
import type { Viewer } from "../../api/access";
import { onSessionEnd } from "../../api/ask";
import { redeemLink, whoAmI } from "../../api/session";

export type SignedIn =
  | { state: "asking" }
  | { state: "nobody"; trouble: string | null }
  /** `ended`: the session is over, and what stands on the page is kept until somebody signs in again. */
  | { state: "somebody"; viewer: Viewer; ended: boolean };

type Door = {
  signedIn: SignedIn;
  /** Asks anew who is signed in, after the code of a sign-in link was used up. */
  again: () => Promise<void>;
  /** Asks whether it is still the same; who is signed out stays on the page, and is asked to sign in over it. */
  look: () => Promise<void>;
  left: () => void;
};

/** Who is signed in here. */
export function useViewer(): Door {
  const [signedIn, setSignedIn] = useState<SignedIn>({ state: "asking" });

  const found = useCallback(async () => {
    const viewer = await whoAmI();
    if (viewer)
      setSignedIn((before) => {
        const known = before.state === "somebody" && same(before.viewer, viewer);
        return { state: "somebody", viewer: known ? before.viewer : viewer, ended: false };
      });
    return viewer !== null;
  }, []);

  const again = useCallback(async () => {
    let trouble: string | null = null;
    try {
      await redeemLink();
    } catch (error) {
      trouble = (error as Error).message;
    }
    try {
      if (!(await found())) setSignedIn({ state: "nobody", trouble });
    } catch (error) {
      const unknown: SignedIn = { state: "nobody", trouble: (error as Error).message };
      setSignedIn((before) => (before.state === "somebody" ? before : unknown));
    }
  }, [found]);

  useEffect(() => {
    void again();
    const followed = () => location.hash && void again(); // a link into a page that is open changes its hash only
    addEventListener("hashchange", followed);
    const forget = onSessionEnd(() => {
      setSignedIn((before) => (before.state === "somebody" ? { ...before, ended: true } : before));
    });
    return () => {
      removeEventListener("hashchange", followed);
      forget();
    };
  }, [again]);

  const look = useCallback(async () => void (await found().catch(() => {})), [found]);
  const left = useCallback(() => setSignedIn({ state: "nobody", trouble: null }), []);
  return { signedIn, again, look, left };
}

/** Whether the desk looks the same to both, so that what is known of it stays. */
function same(one: Viewer, other: Viewer): boolean {
  return one.name === other.name && one.role === other.role && one.userId === other.userId;
}
