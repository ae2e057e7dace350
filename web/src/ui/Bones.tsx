import { useEffect, useState } from "react";

const PATIENCE_MS = 200;
const WIDTHS = ["w3", "w4", "w2", "w4", "w1"] as const;

/** Whether something has been awaited for so long that its place may be drawn. */
export function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

/** The place of a text that is being read; nothing at all where it comes at once. */
export function Bones({ lines = 3 }: { lines?: number }) {
  const late = useLate();
  return (
    late && (
      <div className="bones" aria-hidden="true">
        {Array.from({ length: lines }, (_, line) => (
          <span key={line} className={`bone ${WIDTHS[line % WIDTHS.length]}`} />
        ))}
      </div>
    )
  );
}
