import { texts } from "../texts";

const STATUS_SHAPES = {
  OPEN: <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  PROCESSING: (
    <>
      <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.75" />
      <path d="M7 4a3 3 0 0 1 0 6z" fill="currentColor" />
    </>
  ),
  APPROVED: (
    <>
      <circle cx="7" cy="7" r="6" fill="currentColor" />
      <path
        className="glyph"
        d="m4.3 7.2 1.9 1.9 3.5-4"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </>
  ),
  REJECTED: (
    <>
      <path d="M4.5 1h5L13 4.500v5L9.500 13h-5L1 9.500v-5z" fill="currentColor" />
      <path
        className="glyph"
        d="m4.800 4.800 4.400 4.400m0-4.400-4.400 4.400"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
      />
    </>
  ),
  CLOSED: (
    <>
      <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M4.500 7h5" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
};

const PRIORITY_SHAPES = {
  URGENT: (
    <>
      <rect x=".5" y=".5" width="13" height="13" rx="3" fill="currentColor" />
      <path className="cut" d="M7 3.600v4M7 10.300v.01" strokeWidth="1.9" strokeLinecap="round" />
    </>
  ),
  HIGH: <path d="M7 2.5 12.5 12h-11z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />,
  NORMAL: <path d="M4 7h6" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />,
  LOW: <path d="M7 11 2.5 3.500h9z" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinejoin="round" />,
};

/** The shape of a status alone. */
export function Sign({ of }: { of: keyof typeof STATUS_SHAPES }) {
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true">
      {STATUS_SHAPES[of]}
    </svg>
  );
}

/** A status as shape and word; `said` says it in other words. */
export function Status({ of, said = texts.words.status[of] }: { of: keyof typeof STATUS_SHAPES; said?: string }) {
  return (
    <span className={`status ${of.toLowerCase()}`}>
      <Sign of={of} />
      <span>{said}</span>
    </span>
  );
}

export function Priority({ of, worded = false }: { of: keyof typeof PRIORITY_SHAPES; worded?: boolean }) {
  return (
    <>
      <svg className={`prio ${of.toLowerCase()}`} viewBox="0 0 14 14" aria-hidden="true">
        {PRIORITY_SHAPES[of]}
      </svg>
      <span className={worded ? undefined : "sr"}>{texts.words.priority[of]}</span>
    </>
  );
}

export function Avatar({ of, me, big = false }: { of: string | null; me: string; big?: boolean }) {
  const kind = of === null ? "none" : of === me ? "me" : "";
  return (
    <span
      className={`avatar ${kind} ${big ? "big" : ""}`}
      data-initials={of ? initials(of) : undefined} // drawn and no text: the name stands beside it, or is its button's
      aria-hidden="true"
    />
  );
}

export function initials(name: string): string {
  const [first = "", second = ""] = name.split(/[\s._-]+/);
  return (first.charAt(0) + (second.charAt(0) || first.charAt(1))).toUpperCase();
}
