import { useCallback, useSyncExternalStore } from "react";
import { newKey } from "./ask";

/** What somebody began to write and has not sent. What it rests on is fixed when it begins. */
export type Draft<Value> = {
  value: Value;
  /** When it was written last, Unix ms. */
  since: number;
  /** The idempotency key: sent twice, it is written once. */
  key: string;
  /** The cursor of the last event that its writer had seen. */
  basedOn?: string | undefined;
  /** Addresses that a reply does not go to by mail. */
  leftOut?: readonly string[];
  /** The version of the ticket, and its fields as they were: what differs from them is the writer's. */
  version?: number;
  base?: Value;
};

export type Kind = "reply" | "note" | "reject" | "edit" | "new";
export type Ground<Value> = Pick<Draft<Value>, "basedOn" | "leftOut" | "version" | "base">;

type Writing<Value> = [
  draft: Draft<Value> | null,
  /** Writes on. A draft that begins takes `ground`; given `anew`, it stands on that from now on, under a new key. */
  write: (value: Value, anew?: Ground<Value>) => Draft<Value> | null,
  discard: () => void,
];

const PREFIX = "guichet.draft/";
const known = new Map<string, Draft<unknown> | null>();
const listeners = new Set<() => void>();

/**
 * A draft of one person about one ticket: kept on this device over reloads and sessions until it is sent or discarded,
 * the same in every tab. An empty text is no draft. `ground` is read when a draft begins.
 */
export function useDraft<Value>(
  viewer: string,
  kind: Kind,
  number: number,
  ground?: () => Ground<Value>,
): Writing<Value> {
  const name = `${PREFIX}${viewer}/${kind}/${number}`;
  const draft = useSyncExternalStore(subscribe, () => read(name)) as Draft<Value> | null;
  const write = useCallback(
    (value: Value, anew?: Ground<Value>) => {
      if (value === "") {
        keep(name, null);
        return null;
      }
      const before = read(name) as Draft<Value> | null;
      const begun = anew || !before ? { ...(anew ?? ground?.()), key: newKey() } : before;
      const draft = { ...begun, value, since: Date.now() };
      keep(name, draft);
      return draft;
    },
    [name, ground],
  );
  const discard = useCallback(() => keep(name, null), [name]);
  return [draft, write, discard];
}

/** Every draft of a person on this device. */
export function drafts(viewer: string): { kind: Kind; number: number }[] {
  const own = `${PREFIX}${viewer}/`;
  return names()
    .filter((name) => name.startsWith(own) && read(name))
    .map((name) => {
      const [kind, number] = name.slice(own.length).split("/");
      return { kind: kind as Kind, number: Number(number) };
    });
}

/** Forgets them all. */
export function discardDrafts(viewer: string): void {
  for (const { kind, number } of drafts(viewer)) keep(`${PREFIX}${viewer}/${kind}/${number}`, null);
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

function changed(): void {
  for (const listener of listeners) listener();
}

function read(name: string): Draft<unknown> | null {
  const draft = known.get(name);
  if (draft !== undefined) return draft;
  let stored: Draft<unknown> | null = null;
  try {
    stored = JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    // what cannot be read is no draft
  }
  known.set(name, stored);
  return stored;
}

/** Keeps a draft in this page, and where the device can, over its end. */
function keep(name: string, draft: Draft<unknown> | null): void {
  known.set(name, draft);
  try {
    if (draft) localStorage.setItem(name, JSON.stringify(draft));
    else localStorage.removeItem(name);
  } catch {
    // full or forbidden: then only as long as the page is open
  }
  changed();
}

function names(): string[] {
  let stored: string[] = [];
  try {
    stored = Object.keys(localStorage);
  } catch {
    // forbidden
  }
  return [...new Set([...stored, ...known.keys()])];
}

addEventListener("storage", ({ key }) => {
  if (key === null) known.clear();
  else if (key.startsWith(PREFIX)) known.delete(key);
  else return;
  changed();
});
