import type { Look } from "../../ui/look";

const LINES = [60, 48, 66, 40];

/** A small page in one theme; in the system's, half of each. */
export function ThemePicture({ theme }: { theme: Look["theme"] }) {
  return (
    <svg className="pic" viewBox="0 0 200 96" aria-hidden="true">
      <SmallPage theme={theme || "light"} />
      {theme === "" && (
        <>
          <clipPath id="half">
            <path d="M112-1h90v99H63z" />
          </clipPath>
          <g clipPath="url(#half)">
            <SmallPage theme="dark" />
          </g>
        </>
      )}
    </svg>
  );
}

function SmallPage({ theme }: { theme: "light" | "dark" }) {
  return (
    <g className={`in-${theme}`}>
      <rect width="200" height="96" fill="var(--canvas)" />
      <path d="M0 16h110v80H0zM111 16h89v80h-89z" fill="var(--surface)" />
      <rect y="40" width="110" height="16" fill="var(--selected)" />
      <rect y="40" width="3" height="16" fill="var(--accent)" />
      {LINES.map((length, at) => (
        <g key={length}>
          <rect x="10" y={29 + 16 * at} width="6" height="6" rx="1" fill="var(--line-2)" />
          <rect x="24" y={30 + 16 * at} width={length} height="4" rx="2" fill="var(--text-2)" />
        </g>
      ))}
      <rect x="121" y="26" width="56" height="6" rx="2" fill="var(--text-2)" />
      <path d="M121 42h66v4h-66zM121 50h66v4h-66zM121 58h40v4h-40z" fill="var(--line-2)" />
      <rect x="121" y="76" width="32" height="12" rx="3" fill="var(--accent)" />
    </g>
  );
}

const APART = { compact: 12, "": 16, roomy: 20 };
const BARS = [96, 72, 110, 84, 64, 102];

/** Rows as close to each other as they would be. */
export function DensityPicture({ density }: { density: Look["density"] }) {
  const apart = APART[density];
  return (
    <svg className="pic" viewBox="0 0 200 72" aria-hidden="true">
      <rect width="200" height="72" fill="var(--sunken)" />
      {BARS.slice(0, Math.ceil(72 / apart)).map((length, at) => (
        <g key={length} transform={`translate(0 ${at * apart})`}>
          <path d={`M0 ${apart}h200`} stroke="var(--line-2)" />
          <rect x="10" y={apart / 2 - 3} width="6" height="6" rx="1" fill="var(--line-control)" />
          <rect x="24" y={apart / 2 - 2} width={length} height="4" rx="2" fill="var(--text-3)" />
        </g>
      ))}
    </svg>
  );
}
