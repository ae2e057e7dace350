const PATHS = {
  check: "m3.5 8.5 3 3 6-7",
  left: "M12.5 8h-9M7 4.5 3.5 8 7 11.5",
  lock: "M3.5 8.5a1.5 1.5 0 0 1 1.5-1.500h6a1.500 1.500 0 0 1 1.500 1.500V12a1.500 1.500 0 0 1-1.500 1.500H5A1.500 1.500 0 0 1 3.500 12zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  off: "M8 12.300v.01M5.5 9.600a3.6 3.6 0 0 1 5 0M3.2 7a7 7 0 0 1 9.6 0M2.5 2.500l11 11",
  alert: "M13.5 8a5.5 5.5 0 1 1-11 0 5.500 5.500 0 0 1 11 0zM8 5v3.500M8 10.900v.01",
  plus: "M8 3.5v9M3.5 8h9",
  search: "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10 10l3.5 3.5",
  up: "M8 12.5v-9m-3.5 3.5L8 3.5 11.5 7",
  x: "m4.5 4.5 7 7m0-7-7 7",
  inbox: "M2.5 9.5 4.5 3.500h7l2 6v3h-11z M2.5 9.500h3l1 1.500h3l1-1.500h3",
} as const;

/** A sign beside a word; it says nothing by itself. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
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
