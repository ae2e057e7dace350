import type { CSSProperties, KeyboardEvent, PointerEvent } from "react";
import { texts } from "../texts";
import { look, SPLIT, setLook, useLook } from "./look";

const STEP = 2;

/** Where the edge is for a person, as a style of what it divides. */
export function useSplit(person: string): CSSProperties {
  return { "--split": `${splitOf(useLook().splits, person)}%` } as CSSProperties;
}

/** The edge between list and ticket, to be dragged, or moved by arrows; a double click puts it back. Kept by person. */
export function Split({ person }: { person: string }) {
  const split = splitOf(useLook().splits, person);
  const move = (percent: number) => {
    const kept = Math.min(SPLIT.most, Math.max(SPLIT.least, percent));
    setLook({ splits: { ...look().splits, [person]: kept } });
  };

  const drag = ({ currentTarget, clientX, pointerId }: PointerEvent<HTMLDivElement>) => {
    if (!currentTarget.hasPointerCapture(pointerId)) return;
    const { left, width } = (currentTarget.parentElement as HTMLElement).getBoundingClientRect();
    move(((clientX - left) / width) * 100);
  };
  const press = (event: KeyboardEvent) => {
    const to = { ArrowLeft: split - STEP, ArrowRight: split + STEP, Home: SPLIT.least, End: SPLIT.most }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  };

  return (
    <div
      className="split"
      role="separator"
      aria-orientation="vertical"
      aria-label={texts.words.split}
      aria-valuemin={SPLIT.least}
      aria-valuemax={SPLIT.most}
      aria-valuenow={Math.round(split)}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onDoubleClick={() => move(SPLIT.usual)}
      onKeyDown={press}
    />
  );
}

function splitOf(splits: Readonly<Record<string, number>>, person: string): number {
  return splits[person] ?? SPLIT.usual;
}
