import { useEffect, useRef, useState } from "react";
import type { TicketEvent } from "../../api/documents";
import { keyOf } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { clock } from "../../texts/when";
import { copy } from "../../ui/copy";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { Notice } from "../../ui/Notice";
import { Difference } from "./Difference";
import { asText, type FieldName, joined, met, taking, worded } from "./fields";
import type { Conflict as Both, Edit } from "./useEdit";

type Props = { edit: Edit; conflict: Both; events: readonly TicketEvent[] };

/** Both texts side by side, to be chosen field by field. Nothing is saved before that, and nothing thrown away. */
export function Conflict({ edit, conflict, events }: Props) {
  const { mine, theirs, names, version } = conflict;
  const [taken, setTaken] = useState<readonly FieldName[]>([]);
  const [copied, setCopied] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);

  const saved = events.find(({ ticket, changed }) => ticket.version === version && changed.includes("version"));
  const save = () => edit.resolve(taking(taken, theirs, mineOnTheirs(conflict)), true);
  const byHand = () => edit.resolve(joined(names, mineOnTheirs(conflict), theirs), false);
  const able = !edit.busy && edit.lostAt === null;
  useCommands({ "writing.send": { when: () => able, run: save } }, [edit, taken]);
  const choose = (name: FieldName, theirs: boolean) =>
    setTaken(theirs ? [...taken, name] : taken.filter((each) => each !== name));

  return (
    <section className="conflict" aria-labelledby="conflict-title">
      <h2 className="sr" id="conflict-title" tabIndex={-1} ref={title}>
        {texts.ticket.conflict.title}
      </h2>
      <Notice kind="warn">
        <strong>
          {saved
            ? texts.ticket.conflict.saved(saved.actor, version, clock(saved.at))
            : texts.ticket.conflict.somebodySaved(version)}
        </strong>
        {texts.ticket.conflict.meanwhile}
      </Notice>
      {names.map((name) => (
        <Versus key={name} name={name} conflict={conflict} taken={taken.includes(name)} onChoose={choose} />
      ))}
      <div className="t-acts">
        <button type="button" className="btn primary" disabled={!able} onClick={save}>
          {texts.ticket.conflict.save} <Kbd keys={keyOf("writing.send")} hint />
        </button>
        <button type="button" className="btn" disabled={!able} onClick={byHand}>
          {texts.ticket.conflict.byHand}
        </button>
        <span className="grow" />
        <button
          type="button"
          className="btn bare"
          onClick={async ({ currentTarget }) => setCopied(await copy(asText(mine, names), currentTarget))}
        >
          <Icon name="copy" /> {copied ? texts.words.copied : texts.ticket.conflict.copyMine}
        </button>
      </div>
    </section>
  );
}

/** What only one of both changed goes together; of what both changed, mine. */
function mineOnTheirs({ base, mine, theirs }: Both) {
  return met(base, mine, theirs).merged;
}

type VersusProps = {
  name: FieldName;
  conflict: Both;
  taken: boolean;
  onChoose: (name: FieldName, theirs: boolean) => void;
};

function Versus({ name, conflict, taken, onChoose }: VersusProps) {
  const field = texts.ticket.field[name];
  const before = worded(conflict.base, name);
  const sides = [
    [texts.ticket.conflict.yours, texts.ticket.conflict.notSaved, conflict.mine, texts.ticket.conflict.keepMine, false],
    [texts.ticket.conflict.theirs, "", conflict.theirs, texts.ticket.conflict.takeTheirs, true],
  ] as const;
  return (
    <div className="versus" role="radiogroup" aria-label={field}>
      {sides.map(([whose, state, fields, keep, theirs]) => (
        <div key={whose}>
          <h3>
            {whose} <span>{state}</span>
          </h3>
          <dl>
            <div>
              <dt>{field}</dt>
              <dd className="text">
                <Difference before={before} after={worded(fields, name)} />
              </dd>
            </div>
          </dl>
          <label>
            <input
              type="radio"
              name={`keep-${name}`}
              checked={taken === theirs}
              onChange={() => onChoose(name, theirs)}
            />{" "}
            {keep(field)}
          </label>
        </div>
      ))}
    </div>
  );
}
