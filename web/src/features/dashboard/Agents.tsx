import { Link } from "wouter";
import { texts } from "../../texts";
import { number } from "../../texts/when";
import { Avatar } from "../../ui/Signs";
import type { Figures } from "./documents";
import { queueOf } from "./queues";

const said = texts.dashboard.agents;

/** Who has what in hand, and what they did today. */
export function Agents({ agents, me }: { agents: Figures["agents"]; me: string }) {
  return (
    <section className="panel all" aria-labelledby="agents-title">
      <h2 id="agents-title">{said.title}</h2>
      <p>{said.told}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keys, too */}
      <div className="table-wrap" role="group" aria-labelledby="agents-title" tabIndex={0}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{said.agent}</th>
              {[said.inHand, said.decided, said.approved, said.rejected].map((name) => (
                <th key={name} scope="col" className="r">
                  {name}
                </th>
              ))}
              <th scope="col" className="gap">
                {said.editing}
              </th>
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <Agent key={agent.name} agent={agent} me={me} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Agent({ agent, me }: { agent: Figures["agents"][number]; me: string }) {
  const { name, inHand, approved, rejected, editing } = agent;
  const decided = { decided: "today", decidedBy: name };
  const counts: [key: string, count: number, to: string][] = [
    ["inHand", inHand, queueOf({ assignee: name })],
    ["decided", approved + rejected, queueOf(decided)],
    ["approved", approved, queueOf({ ...decided, status: "APPROVED" })],
    ["rejected", rejected, queueOf({ ...decided, status: "REJECTED" })],
  ];
  return (
    <tr>
      <th scope="row">
        <span className="who">
          <Avatar of={name} me={me} />
          <bdi>{name}</bdi>
          {name === me && <span className="dim">{texts.words.youInside}</span>}
        </span>
      </th>
      {counts.map(([key, count, to]) => (
        <td key={key} className="r">
          <Link href={to}>{number(count)}</Link>
        </td>
      ))}
      <td className="gap">
        {editing.length === 0 && <span className="dim">{said.none}</span>}
        {editing.map((ticket) => (
          <Link key={ticket} href={`/tickets/${ticket}`}>
            {texts.dashboard.numbered(ticket)}
          </Link>
        ))}
      </td>
    </tr>
  );
}
