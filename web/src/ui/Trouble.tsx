import { useCallback, useState } from "react";
import { Icon } from "./Icon";

/** What went wrong, where it happened. */
export function Trouble({ text }: { text: string | null }) {
  if (!text) return null;
  return (
    <p className="wrong" role="alert">
      <Icon name="alert" /> {text}
    </p>
  );
}

/** Runs one thing at a time; what it raises is a sentence for `Trouble`. Answers whether it went well. */
export function useAttempt(): [
  attempt: (job: () => Promise<void>) => Promise<boolean>,
  trouble: string | null,
  busy: boolean,
] {
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = useCallback(async (job: () => Promise<void>) => {
    setBusy(true);
    setTrouble(null);
    try {
      await job();
      return true;
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return [attempt, trouble, busy];
}
