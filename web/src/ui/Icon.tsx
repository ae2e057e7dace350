const PATHS = {
  check: "m3.5 8.5 3 3 6-7",
  right: "m6.5 4.5 3.5 3.5-3.5 3.5",
  left: "M12.5 8h-9M7 4.5 3.5 8 7 11.5",
  lock: "M3.5 8.5a1.5 1.5 0 0 1 1.5-1.5h6a1.5 1.5 0 0 1 1.5 1.5V12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 12zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  off: "M8 12.3v.01M5.5 9.6a3.6 3.6 0 0 1 5 0M3.2 7a7 7 0 0 1 9.6 0M2.5 2.5l11 11",
  alert: "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM8 5v3.5M8 10.9v.01",
  plus: "M8 3.5v9M3.5 8h9",
  search: "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10 10l3.5 3.5",
  up: "M8 12.5v-9m-3.5 3.5L8 3.5 11.5 7",
  x: "m4.5 4.5 7 7m0-7-7 7",
  down: "m4.5 6.5 3.5 3.5 3.5-3.5",
  prev: "m4 10 4-4 4 4",
  next: "m4 6 4 4 4-4",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  file: "M4 2.5h5l3 3v8H4z M9 2.5v3h3",
  gear: "M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M11.5 5a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0zM7.5 11a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0z",
  user: "M10.5 5.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM3 13.5a5 5 0 0 1 10 0",
  reply: "M6.5 4 3 7.5 6.5 11M3.5 7.5H10a3 3 0 0 1 3 3V12",
  undo: "M5.5 3.5 3 6l2.5 2.5M3.5 6h5.75a3.25 3.25 0 0 1 0 6.5H6.5",
  copy: "M6 5.5h6.5v8H6z M10 5.5v-3H3.5v8H6",
  mail: "M2.5 4h11v8.5h-11z M2.5 4.5 8 9l5.5-4.5",
  filter: "M2.5 4.5h11M4.5 8h7M6.5 11.5h3",
  unlock:
    "M3.5 8.5a1.5 1.5 0 0 1 1.5-1.5h6a1.5 1.5 0 0 1 1.5 1.5V12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 12zM5.5 7V5a2.5 2.5 0 0 1 4.8-1",
  bell: "M4 11.5V7.5a4 4 0 0 1 8 0v4M2.5 11.5h11M7 13.5h2",
  inbox: "M2.5 9.5 4.5 3.5h7l2 6v3h-11z M2.5 9.5h3l1 1.5h3l1-1.5h3",
} as const;

export type IconName = keyof typeof PATHS;

/** A sign beside a word; it says nothing by itself. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth="1.5"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeLinecap="round" strokeWidth="2" aria-hidden="true">
      <path d="M3 18V9a7 7 0 0 1 14 0v9M1.5 18h17M7 14h6" />
    </svg>
  );
}
