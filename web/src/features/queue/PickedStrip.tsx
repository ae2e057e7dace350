import { ask } from "../../api/ask";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { Kbd } from "../../ui/Kbd";
import { Menu } from "../../ui/Menu";
import { Notice } from "../../ui/Notice";
import { Trouble } from "../../ui/Trouble";
import { AssignPicked, ClosePicked } from "./documents";
import type { Picked } from "./usePicked";

/** What can be done with the picked tickets, in the place of the strip. */
export function PickedStrip({ picked, me, assignees }: { picked: Picked; me: string; assignees: readonly string[] }) {
  const { progress } = picked;
  const assign = (assignee: string | null) =>
    picked.each(
      `assign/${assignee ?? ""}`,
      ({ id, version }, key) => ask(AssignPicked, { id, assignee, version, key }),
      (count) => texts.toasts.assigned(count, nameOf(assignee)),
    );
  const close = () => picked.each("close", ({ id }, key) => ask(ClosePicked, { id, key }), texts.toasts.closed);
  const nameOf = (assignee: string | null) =>
    assignee === null ? texts.words.nobody : assignee === me ? texts.queue.option.me : assignee;
  const people = [me, null, ...assignees.filter((name) => name !== me)];

  return (
    <div className="strip">
      <p>
        <strong>{texts.queue.picked(picked.numbers.size)}</strong>
      </p>
      <span>{progress && texts.queue.doing(progress.done, progress.of)}</span>
      <span className="picked">
        <Menu
          align="end"
          label={texts.queue.assignTo}
          items={people.map((name) => ({ title: nameOf(name), run: () => assign(name) }))}
        >
          <button type="button" className="btn small" disabled={progress !== null}>
            {texts.queue.assign}
          </button>
        </Menu>
        <button type="button" className="btn small" disabled={progress !== null} onClick={close}>
          {texts.queue.close}
        </button>
        <button type="button" className="btn small bare" onClick={picked.none}>
          {texts.queue.none} <Kbd keys={keyOf("queue.none")} hint />
        </button>
      </span>
    </div>
  );
}

/** With which of the picked it could not be done, and why. */
export function Refusals({ picked: { refusals, trouble, none } }: { picked: Picked }) {
  return (
    <>
      {refusals.length > 0 && (
        <Notice
          kind="bad"
          acts={
            <button type="button" className="btn small" onClick={none}>
              {texts.words.close}
            </button>
          }
        >
          <p>{texts.queue.refused(refusals.length)}</p>
          <ul>
            {refusals.map(({ number, message }) => (
              <li key={number}>
                <b>#{number}</b> {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Trouble text={trouble} />
    </>
  );
}
