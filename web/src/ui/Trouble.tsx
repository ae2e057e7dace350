import { useCallback, useState } from "react";
import { Icon } from "./Icon";

/** What went wrong, where it happened. */
export function Trouble({ text, id }: { text: string | null; id?: string }) {
  if (!text) return null;
  return (
    <p className="wrong" role="alert" id={id}>
      <Icon name="alert" /> {text}
    </p>
  );
}

/**
 * Runs one thing at a time; what it raises is a sentence for `Trouble`, and the field that it is about, if the error
 * names one. Answers whether it went well.
 */
export function useAttempt(): [
  attempt: (job: () => Promise<void>) => Promise<boolean>,
  trouble: string | null,
  busy: boolean,
  field: string | null,
] {
  const [error, setError] = useState<{ text: string; field: string | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = useCallback(async (job: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await job();
      return true;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      setError({ text, field: (error as { field?: string }).field ?? null });
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return [attempt, error?.text ?? null, busy, error?.field ?? null];
}
