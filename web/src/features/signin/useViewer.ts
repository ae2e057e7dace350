import { useCallback, useEffect, useState } from "react";
import { redeemLink } from "../../api/ask";
import { whoAmI } from "../../api/desk";
import type { Viewer } from "../../api/documents";

export type SignedIn =
  | { state: "asking" }
  | { state: "nobody"; trouble: string | null }
  | { state: "somebody"; viewer: Viewer };

/** Who is signed in here, after the code of a sign-in link was used up; the function asks again. */
export function useViewer(): [SignedIn, () => void] {
  const [signedIn, setSignedIn] = useState<SignedIn>({ state: "asking" });
  const again = useCallback(() => {
    const find = async (): Promise<SignedIn> => {
      let trouble: string | null = null;
      try {
        await redeemLink();
      } catch (error) {
        trouble = (error as Error).message;
      }
      const viewer = await whoAmI();
      return viewer ? { state: "somebody", viewer } : { state: "nobody", trouble };
    };
    find().then(setSignedIn, (error: Error) => setSignedIn({ state: "nobody", trouble: error.message }));
  }, []);
  useEffect(again, [again]);
  return [signedIn, again];
}
