import type { FormEvent, ReactNode } from "react";
import { PRIORITIES } from "../../api/filter";
import { named } from "../../ui/words";
import type { Draft, Edit } from "./useEdit";

/** The ticket's own fields, open to the holder of its lock. The button that saves stands in the strip above. */
export function EditForm({ edit, draft }: { edit: Edit; draft: Draft }) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void edit.save();
  };
  const field = (name: keyof Draft) => ({
    id: `edit-${name}`,
    value: draft[name],
    readOnly: edit.lost,
    onChange: (event: { target: { value: string } }) => edit.write({ [name]: event.target.value }),
  });

  return (
    <form id="edit" className="form edit" onSubmit={submit}>
      <Field name="subject" label="Subject">
        {/* biome-ignore lint/a11y/noAutofocus: whoever presses Edit wants to write here */}
        <input className="input" required maxLength={200} autoFocus {...field("subject")} />
      </Field>
      <Field name="body" label="Request">
        <textarea className="area" rows={8} {...field("body")} />
      </Field>
      <Field name="priority" label="Priority">
        <select className="select" {...field("priority")} disabled={edit.lost}>
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {named(priority)}
            </option>
          ))}
        </select>
      </Field>
      <Field name="assignee" label="Assignee">
        <input className="input" placeholder="nobody" {...field("assignee")} />
      </Field>
      <Field name="tags" label="Tags">
        <input className="input" placeholder="card, fraud" {...field("tags")} />
      </Field>
    </form>
  );
}

function Field({ name, label, children }: { name: keyof Draft; label: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={`edit-${name}`}>{label}</label>
      {children}
    </div>
  );
}
