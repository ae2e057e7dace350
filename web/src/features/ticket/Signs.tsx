import { type FormEvent, Fragment, useState } from "react";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { PRIORITIES } from "../../api/filter";
import { keyOf } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { Dialog, SendOrCancel } from "../../ui/Dialog";
import { Kbd } from "../../ui/Kbd";
import { type Item, Menu } from "../../ui/Menu";
import { Priority, Status } from "../../ui/Signs";
import { Assignees } from "./documents";
import { tagsOf } from "./fields";
import type { Acts } from "./useActs";

type Props = { desk: Desk; row: TicketRow; acts: Acts };
type Picker = "priority" | "assignee" | "tags";

/** How urgent it is, how far it is, who has it and its tags; each but the status is changed where it stands. */
export function Signs({ desk, row, acts }: Props) {
  const [open, setOpen] = useState<Picker | null>(null);
  const [people, setPeople] = useState<readonly string[] | null>(null);
  const me = desk.viewer.name;

  // Who another's lock keeps out is told so, instead of a menu that changes nothing.
  const opening = (picker: Picker) => {
    if (acts.locked) return acts.update({});
    if (picker !== "assignee" || people) return setOpen(picker);
    void acts.attempt(async () => {
      setPeople((await ask(Assignees, {})).assignees);
      setOpen(picker);
    });
  };
  useCommands(
    {
      "ticket.priority": () => opening("priority"),
      "ticket.assign": () => opening("assignee"),
      "ticket.tags": () => opening("tags"),
    },
    [acts, people],
  );
  const closing = (picker: Picker) => setOpen((open) => (open === picker ? null : open));
  const holder = row.assignee === me ? texts.words.youInside : (row.assignee ?? texts.words.nobody);
  const menu = (picker: Picker) => ({
    open: open === picker,
    onOpenChange: (open: boolean) => (open ? opening : closing)(picker),
  });

  const priorities: Item[] = PRIORITIES.map((priority) => ({
    title: texts.words.priority[priority],
    checked: row.priority === priority,
    run: () => acts.update({ priority }),
  }));
  const others = (people ?? []).filter((name) => name !== me);
  const assignees: Item[] = [me, null, ...others].map((assignee) => ({
    title: assignee === me ? texts.ticket.you(me) : (assignee ?? texts.words.nobody),
    checked: row.assignee === assignee,
    run: () => acts.update({ assignee }),
  }));

  return (
    <div className="t-signs">
      <Menu items={priorities} label={texts.ticket.field.priority} {...menu("priority")}>
        <button
          type="button"
          className="sign with-prio"
          aria-label={texts.ticket.change(texts.ticket.field.priority, texts.words.priority[row.priority])}
          aria-keyshortcuts={keyOf("ticket.priority")}
        >
          <Priority of={row.priority} worded />
        </button>
      </Menu>
      <Status of={row.status} />
      <Menu items={assignees} label={texts.ticket.field.assignee} {...menu("assignee")}>
        <button
          type="button"
          className="sign"
          aria-label={texts.ticket.change(texts.ticket.field.assignee, texts.ticket.with + holder)}
          aria-keyshortcuts={keyOf("ticket.assign")}
        >
          <span>
            {texts.ticket.with}
            <b>{holder}</b>
          </span>
        </button>
      </Menu>
      <button
        type="button"
        className="sign"
        aria-label={texts.ticket.change(texts.ticket.field.tags, row.tags.join(" ") || texts.words.none)}
        aria-keyshortcuts={keyOf("ticket.tags")}
        onClick={() => opening("tags")}
      >
        {row.tags.length ? <Tags row={row} /> : <span className="dim">{texts.ticket.field.tags}</span>}
      </button>
      {open === "tags" && <TagsDialog row={row} acts={acts} onClose={() => closing("tags")} />}
    </div>
  );
}

function Tags({ row }: { row: TicketRow }) {
  return (
    <span className="tags">
      {row.tags.map((tag) => (
        <Fragment key={tag}>
          <span className="tag">{tag}</span>{" "}
        </Fragment>
      ))}
    </span>
  );
}

function TagsDialog({ row, acts, onClose }: { row: TicketRow; acts: Acts; onClose: () => void }) {
  const [tags, setTags] = useState(row.tags.join(", "));
  const submit = (event: FormEvent, close: () => void) => {
    event.preventDefault();
    acts.update({ tags: tagsOf(tags) });
    close();
  };
  return (
    <Dialog title={texts.ticket.tagsOf(row.number)} onClose={onClose}>
      {(close) => (
        <form onSubmit={(event) => submit(event, close)}>
          <div className="d-body">
            <div className="field">
              <label htmlFor="tags">{texts.ticket.field.tags}</label>
              <input
                className="input"
                id="tags"
                placeholder={texts.ticket.tagsHint}
                autoCapitalize="none"
                value={tags}
                onChange={(event) => setTags(event.target.value)}
              />
            </div>
          </div>
          <SendOrCancel close={close}>
            {texts.ticket.lock.save(0)} <Kbd keys={keyOf("writing.send")} hint />
          </SendOrCancel>
        </form>
      )}
    </Dialog>
  );
}
