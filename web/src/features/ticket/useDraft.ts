import { useState } from "react";

const PREFIX = "guichet-draft/";

/** A text that survives a reload and a sign-out: kept on this device under its key until it is empty. */
export function useDraft(key: string): [string, (text: string) => void] {
  const [drafts, setDrafts] = useState<Record<string, string>>({});
  const text = drafts[key] ?? localStorage.getItem(PREFIX + key) ?? "";
  const write = (text: string) => {
    if (text) localStorage.setItem(PREFIX + key, text);
    else localStorage.removeItem(PREFIX + key);
    setDrafts((drafts) => ({ ...drafts, [key]: text }));
  };
  return [text, write];
}
