import { type ReactNode, useCallback } from "react";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { PRIORITIES } from "../../api/filter";
import { texts } from "../../texts";
import { useAnswer } from "../../ui/useAnswer";
import { Difference } from "./Difference";
import { Assignees } from "./documents";
import { type FieldName, type Fields, worded } from "./fields";
import type { Edit } from "./useEdit";

type Props = { edit: Edit; fields: Fields };

/** The form that the fields belong to, wherever they stand; Save, in the strip, sends it. */
export function EditForm({ edit }: { edit: Edit }) {
  return (
    <form
      id="edit"
      hidden
      onSubmit={(event) => {
        event.preventDefault();
        edit.save();
      }}
    />
  );
}

/** What every field has: its place in the form, its value, and what it was. */
function attributes(edit: Edit, fields: Fields, name: FieldName) {
  const closed = edit.lostAt !== null || edit.conflict !== null;
  return {
    form: "edit",
    id: `edit-${name}`,
    value: fields[name],
    readOnly: closed,
    "aria-describedby": edit.changes.includes(name) ? `was-${name}` : undefined,
    onChange: (event: { target: { value: string } }) => edit.write({ [name]: event.target.value }),
  };
}

function Was({ edit, name }: { edit: Edit; name: FieldName }) {
  if (!edit.base || !edit.changes.includes(name)) return null;
  return (
    <p className="was" id={`was-${name}`}>
      {texts.ticket.was}
      <del>{worded(edit.base, name)}</del>
    </p>
  );
}

/** The subject, written where it is read. */
export function SubjectField({ edit, fields }: Props) {
  const { onChange, ...field } = attributes(edit, fields, "subject");
  return (
    <div>
      <label className="sr" htmlFor="edit-subject">
        {texts.ticket.field.subject}
      </label>
      <textarea
        className="input t-subject-edit"
        rows={1}
        required
        maxLength={200}
        // biome-ignore lint/a11y/noAutofocus: whoever presses Edit wants to write here
        autoFocus
        {...field}
        onChange={({ target }) => onChange({ target: { value: target.value.replaceAll("\n", " ") } })}
      />
      <Was edit={edit} name="subject" />
    </div>
  );
}

/** The request itself, written in its place at the head of the thread. */
export function RequestField({ edit, fields }: Props) {
  return (
    <div className="field request">
      <label htmlFor="edit-body">{texts.ticket.field.body}</label>
      <textarea className="area" rows={6} {...attributes(edit, fields, "body")} />
      {edit.base && edit.changes.includes("body") && (
        <details className="was" id="was-body">
          <summary>{texts.ticket.before}</summary>
          <p className="text">
            <Difference before={edit.base.body} after={fields.body} />
          </p>
        </details>
      )}
    </div>
  );
}

/** The facts that can be changed, each with what it was. */
export function SideFields({ desk, row, edit, fields }: Props & { desk: Desk; row: TicketRow }) {
  const [people] = useAnswer(useCallback(async () => (await ask(Assignees, {})).assignees, []));
  const me = desk.viewer.name;
  const names = [...new Set([me, "", ...(people ?? []), fields.assignee, row.assignee ?? ""])];
  const select = (name: "priority" | "assignee") => {
    const { readOnly, ...field } = attributes(edit, fields, name);
    return { ...field, disabled: readOnly };
  };
  return (
    <dl className="dl form">
      <Labelled name="priority" edit={edit}>
        <select className="select" {...select("priority")}>
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {texts.words.priority[priority]}
            </option>
          ))}
        </select>
      </Labelled>
      <Labelled name="assignee" edit={edit}>
        <select className="select" {...select("assignee")}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name === me ? texts.ticket.you(me) : name || texts.words.nobody}
            </option>
          ))}
        </select>
      </Labelled>
      <Labelled name="tags" edit={edit}>
        <input
          className="input"
          placeholder={texts.ticket.tagsHint}
          autoCapitalize="none"
          {...attributes(edit, fields, "tags")}
        />
      </Labelled>
    </dl>
  );
}

function Labelled({ name, edit, children }: { name: FieldName; edit: Edit; children: ReactNode }) {
  return (
    <>
      <dt className="lab">
        <label htmlFor={`edit-${name}`}>{texts.ticket.field[name]}</label>
      </dt>
      <dd>
        {children}
        <Was edit={edit} name={name} />
      </dd>
    </>
  );
}
