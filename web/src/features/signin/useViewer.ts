import { useCallback, useEffect, useState } from "react";
import type { Viewer } from "../../api/access";
import { onSessionEnd } from "../../api/ask";
import { redeemLink, whoAmI } from "../../api/session";

export type SignedIn =
  | { state: "asking" }
  | { state: "nobody"; trouble: string | null }
  /** `ended`: the session is over, and what stands on the page is kept until somebody signs in again. */
  | { state: "somebody"; viewer: Viewer; ended: boolean };

/** Who is signed in here, after the code of a sign-in link was used up; the functions ask again, and sign out. */
export function useViewer(): [signedIn: SignedIn, again: () => void, left: () => void] {
  const [signedIn, setSignedIn] = useState<SignedIn>({ state: "asking" });

  const again = useCallback(async () => {
    let trouble: string | null = null;
    let viewer: Viewer | null = null;
    try {
      await redeemLink();
    } catch (error) {
      trouble = (error as Error).message;
    }
    let answered = true;
    try {
      viewer = await whoAmI();
    } catch (error) {
      trouble = (error as Error).message;
      answered = false;
    }
    setSignedIn((before) => {
      const somebody = before.state === "somebody";
      if (somebody && !answered) return before;
      if (!viewer) return { state: "nobody", trouble };
      return {
        state: "somebody",
        viewer: somebody && same(before.viewer, viewer) ? before.viewer : viewer,
        ended: false,
      };
    });
  }, []);

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

  const left = useCallback(() => setSignedIn({ state: "nobody", trouble: null }), []);
  return [signedIn, again, left];
}

/** Whether the desk looks the same to both, so that what is known of it stays. */
function same(one: Viewer, other: Viewer): boolean {
  return one.name === other.name && one.role === other.role && one.userId === other.userId;
}
