import { texts } from "../../texts";
import { clock, number } from "../../texts/when";
import type { Figures } from "./documents";

const said = texts.dashboard;
const LONG_S = 4 * 3_600;

const LEFT = 36;
const RIGHT = 656;
const GROUND = 150;
const HEIGHT = 135;
const STEPS = 3;
const MOST_HOURS_NAMED = 6;

/** What came in and what was decided in each hour, as two lines; read out, it is the numbers. */
export function Hours({ hours }: { hours: Figures["hours"] }) {
  const cameIn = hours.map((hour) => hour.cameIn);
  const decided = hours.map((hour) => hour.decided);
  const step = stepFor(Math.max(...cameIn, ...decided, 1));
  const x = (at: number) => LEFT + (at * (RIGHT - LEFT)) / Math.max(1, hours.length - 1);
  const y = (count: number) => GROUND - (count * HEIGHT) / (step * STEPS);
  const line = (counts: number[]) =>
    `M${counts.map((count, at) => `${x(at).toFixed(1)} ${y(count).toFixed(1)}`).join("L")}${counts.length > 1 ? "" : "h.01"}`;
  const every = Math.ceil(hours.length / MOST_HOURS_NAMED);
  return (
    <section className="panel seven" aria-labelledby="hours-title">
      <h2 id="hours-title">{said.hours.title}</h2>
      <p>{said.hours.told(sum(cameIn), sum(decided))}</p>
      {hours.length > 0 && (
        <svg
          className="chart wide"
          viewBox="0 0 672 184"
          role="img"
          aria-label={said.hours.said(
            hours[0]?.begins ?? "",
            hours.at(-1)?.begins ?? "",
            cameIn.map(number).join(", "),
            decided.map(number).join(", "),
          )}
        >
          {Array.from({ length: STEPS + 1 }, (_, at) => at * step).map((count) => (
            <g key={count}>
              <path className="g" d={`M${LEFT} ${y(count)}H${RIGHT}`} />
              <text x={LEFT - 12} y={y(count) + 4} textAnchor="end">
                {number(count)}
              </text>
            </g>
          ))}
          <path className="l2" d={line(decided)} strokeLinejoin="round" strokeLinecap="round" />
          <path className="l1" d={line(cameIn)} strokeLinejoin="round" strokeLinecap="round" />
          {hours.map(
            ({ begins }, at) =>
              at % every === 0 && (
                <text key={begins} x={x(at)} y="174" textAnchor="middle">
                  {clock(begins)}
                </text>
              ),
          )}
        </svg>
      )}
      <p className="legend">
        <Key line="l1" name={said.hours.cameIn} />
        <Key line="l2" name={said.hours.decided} />
      </p>
    </section>
  );
}

function Key({ line, name }: { line: string; name: string }) {
  return (
    <span>
      <svg className="chart" viewBox="0 0 20 8" aria-hidden="true">
        <path className={line} d="M0 4h20" />
      </svg>
      {name}
    </span>
  );
}

const BAR = { left: 104, longest: 320, height: 16, apart: 32 };

/** How many wait for how long, as bars; read out, it is the numbers. */
export function Waited({ waited }: { waited: Figures["waited"] }) {
  const most = Math.max(...waited.map(({ tickets }) => tickets), 1);
  const bars = waited.map(({ seconds, tickets }, at) => ({
    name: said.waited.span(seconds, waited[at + 1]?.seconds ?? null),
    long: seconds >= LONG_S,
    tickets,
    top: BAR.apart * at + 8,
    length: (tickets / most) * BAR.longest,
  }));
  return (
    <section className="panel five" aria-labelledby="waited-title">
      <h2 id="waited-title">{said.waited.title}</h2>
      <p>{said.waited.told(sum(bars.filter(({ long }) => long).map(({ tickets }) => tickets)))}</p>
      <svg
        className="chart"
        viewBox={`0 0 480 ${BAR.apart * bars.length}`}
        role="img"
        aria-label={bars.map(({ name, tickets }) => said.waited.bar(name, tickets)).join(", ")}
      >
        {bars.map(({ name, long, tickets, top, length }) => (
          <g key={name}>
            <text x="0" y={top + 12}>
              {name}
            </text>
            <rect className={long ? "warn" : "b1"} x={BAR.left} y={top} width={length} height={BAR.height} rx="2" />
            <text className="val" x={BAR.left + length + 8} y={top + 12}>
              {number(tickets)}
            </text>
          </g>
        ))}
      </svg>
    </section>
  );
}

/** What a line of the grid stands for, so that three of them reach the most: 1, 2, 3 or 5 with noughts. */
export function stepFor(most: number): number {
  for (let tens = 1; ; tens *= 10) for (const part of [1, 2, 3, 5]) if (part * tens * STEPS >= most) return part * tens;
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
