import type { FormEvent, ReactNode } from "react";
import { PRIORITIES } from "../../api/filter";
import { texts } from "../../texts";
import { send } from "../../ui/Dialog";
import type { Edit, Fields } from "./useEdit";

/** The ticket's own fields, open to the holder of its lock. The button that saves stands in the strip above. */
export function EditForm({ edit, fields }: { edit: Edit; fields: Fields }) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void edit.save();
  };
  const field = (name: keyof Fields) => ({
    id: `edit-${name}`,
    value: fields[name],
    readOnly: edit.lost,
    onChange: (event: { target: { value: string } }) => edit.write({ [name]: event.target.value }),
  });

  return (
    <form id="edit" className="form edit" onSubmit={submit} onKeyDown={send}>
      <Field name="subject">
        {/* biome-ignore lint/a11y/noAutofocus: whoever presses Edit wants to write here */}
        <input className="input" required maxLength={200} autoFocus {...field("subject")} />
      </Field>
      <Field name="body">
        <textarea className="area" rows={8} {...field("body")} />
      </Field>
      <Field name="priority">
        <select className="select" {...field("priority")} disabled={edit.lost}>
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {texts.words.priority[priority]}
            </option>
          ))}
        </select>
      </Field>
      <Field name="assignee">
        <input className="input" placeholder={texts.words.nobody} {...field("assignee")} />
      </Field>
      <Field name="tags">
        <input className="input" placeholder={texts.ticket.tagsHint} {...field("tags")} />
      </Field>
    </form>
  );
}

function Field({ name, children }: { name: keyof Fields; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={`edit-${name}`}>{texts.ticket.field[name]}</label>
      {children}
    </div>
  );
}
