import { useCallback, useEffect, useState } from "react";
import { useAttempt } from "./Trouble";

/** What a query answers, read when the component appears and whenever `again` is called. */
export function useAnswer<Data>(
  read: () => Promise<Data>,
): [data: Data | null, trouble: string | null, again: () => void] {
  const [data, setData] = useState<Data | null>(null);
  const [attempt, trouble] = useAttempt();
  const again = useCallback(() => void attempt(async () => setData(await read())), [attempt, read]);
  useEffect(again, [again]);
  return [data, trouble, again];
}
