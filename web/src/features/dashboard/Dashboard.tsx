import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import { type Desk, useDesk } from "../../api/desk";
import { texts } from "../../texts";
import { date, number, parts, seconds, useNow } from "../../texts/when";
import { Bones } from "../../ui/Bones";
import { Notice } from "../../ui/Notice";
import { Priority } from "../../ui/Signs";
import { Agents } from "./Agents";
import { Hours, Waited } from "./Charts";
import type { Figures } from "./documents";
import { queueOf } from "./queues";
import { useFigures } from "./useFigures";

const said = texts.dashboard;

/** How the day goes: numbers that follow what happens, each with the way to its tickets. */
export function Dashboard({ desk }: { desk: Desk }) {
  const [read, trouble, again] = useFigures(desk);
  const up = useDesk(desk, (desk) => desk.link.state !== "paused");
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <main className="page">
      <title>{texts.words.page(said.title)}</title>
      <div className="wrap">
        <div className="head-row">
          <h1 className="title" tabIndex={-1} ref={title}>
            {said.today}
          </h1>
          {read && (
            <p className="quiet">
              {said.asOf(date(read.at), seconds(read.at))} {up ? said.live : said.paused}
            </p>
          )}
        </div>
        {trouble && (
          <Notice
            kind="bad"
            acts={
              <button type="button" className="btn small" onClick={again}>
                {said.again}
              </button>
            }
          >
            <p>
              <strong>{said.failed}</strong> {trouble}
            </p>
          </Notice>
        )}
        {read ? <Numbers figures={read.figures} me={desk.viewer.name} /> : !trouble && <Bones lines={5} />}
      </div>
    </main>
  );
}

function Numbers({ figures, me }: { figures: Figures; me: string }) {
  const now = useNow();
  const { longest, longestUnassigned, approved, rejected } = figures;
  const cameIn = figures.hours.reduce((sum, hour) => sum + hour.cameIn, 0);
  const edited = figures.agents.reduce((sum, { editing }) => sum + editing.length, 0);
  return (
    <>
      <div className="figures">
        <Figure to={queueOf({ status: "OPEN" })} name={said.open} value={number(figures.open)}>
          {said.cameIn(cameIn)}
        </Figure>
        <Figure to={queueOf({ status: "PROCESSING" })} name={said.processing} value={number(figures.processing)}>
          {said.editing(edited)}
        </Figure>
        <Figure
          to={queueOf({ priority: "URGENT" })}
          name={<Priority of="URGENT" worded />}
          value={number(figures.urgent)}
        >
          {said.withNobody(figures.urgentUnassigned)}
        </Figure>
        <Figure to={queueOf({ assignee: "nobody" })} name={said.nobodys} value={number(figures.unassigned)}>
          {longestUnassigned ? said.oldest(spelled(longestUnassigned.since, now)) : said.noneLeft}
        </Figure>
        <Figure
          to={longest ? `/tickets/${longest.number}${queueOf({ order: "CREATED_ASC" }).slice(1)}` : queueOf({})}
          name={said.longest}
          value={longest ? <Age since={longest.since} now={now} /> : said.agents.none}
        >
          {longest ? said.numbered(longest.number) : said.nobodyWaits}
        </Figure>
        <Figure to={queueOf({ decided: "today" })} name={said.decided} value={number(approved + rejected)}>
          {said.each(approved, rejected)}
        </Figure>
      </div>
      <div className="panels">
        <Hours hours={figures.hours} />
        <Waited waited={figures.waited} />
        <Agents agents={figures.agents} me={me} />
      </div>
    </>
  );
}

type FigureProps = { to: string; name: ReactNode; value: ReactNode; children: ReactNode };

function Figure({ to, name, value, children }: FigureProps) {
  return (
    <Link href={to}>
      <span className="k">{name}</span> <span className="v">{value}</span> <span className="d">{children}</span>
    </Link>
  );
}

function Age({ since, now }: { since: string; now: number }) {
  return parts(since, now).map(([count, unit]) => (
    <span key={unit}>
      {count} <small>{said.unit[unit]}</small>{" "}
    </span>
  ));
}

function spelled(since: string, now: number): string {
  return parts(since, now)
    .map(([count, unit]) => `${count} ${said.unit[unit]}`)
    .join(" ");
}
