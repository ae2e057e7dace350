import { useSyncExternalStore } from "react";

/** How this person wants the page on this device; "" leaves it to the system, or to how it was drawn. */
export type Look = {
  theme: "" | "light" | "dark";
  density: "" | "compact" | "roomy";
  /** Whether single letters are shortcuts. */
  letters: boolean;
  /** Whether keys are shown beside buttons. */
  hints: boolean;
  /** How much of the width the list has, in percent, for each person who moved its edge here. */
  splits: Readonly<Record<string, number>>;
  /** Whether facts and history stand beside the thread while a ticket is read. */
  aside: boolean;
};

const KEY = "guichet.look"; // look-boot.js reads it too, before the first paint
export const SPLIT = { least: 30, usual: 54.2, most: 70 };
const USUAL: Look = { theme: "", density: "", letters: true, hints: true, splits: {}, aside: false };

const listeners = new Set<() => void>();
let current = read();
draw();

/** How the page is to look now. */
export function look(): Look {
  return current;
}

/** Changes a part of it, here and in every other tab; it is kept where the device can keep something. */
export function setLook(part: Partial<Look>): void {
  current = { ...current, ...part };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // then for this page only
  }
  draw();
}

export function useLook(): Look {
  return useSyncExternalStore(subscribe, look);
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

function read(): Look {
  try {
    return { ...USUAL, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return USUAL;
  }
}

function draw(): void {
  const { dataset } = document.documentElement;
  dataset.theme = current.theme;
  dataset.density = current.density;
  dataset.hints = current.hints ? "" : "off";
  for (const changed of listeners) changed();
}

addEventListener("storage", ({ key }) => {
  if (key !== KEY && key !== null) return;
  current = read();
  draw();
});
