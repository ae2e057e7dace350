import type { FormEvent } from "react";
import { changed } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import { useDraft } from "../../api/drafts";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { send } from "../../ui/Dialog";
import { Kbd } from "../../ui/Kbd";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Create } from "./documents";

const EMPTY = { userId: "", subject: "", body: "" };

/** A request of one's own, or one that an agent writes down for somebody. It is kept until it is sent. */
export function NewTicket({ desk, onMade }: { desk: Desk; onMade: (number: number) => void }) {
  const [attempt, trouble, busy] = useAttempt();
  const [draft, write, discard] = useDraft<typeof EMPTY>(desk.viewer.name, "new", 0);
  const staff = desk.viewer.role !== "CUSTOMER";
  const { userId, subject, body } = draft?.value ?? EMPTY;
  const field = (name: keyof typeof EMPTY) => ({
    id: `new-${name}`,
    name,
    value: draft?.value[name] ?? "",
    onChange: (event: { target: { value: string } }) =>
      write({ ...(draft?.value ?? EMPTY), [name]: event.target.value }),
  });

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!draft) return;
    const input = { subject, body, ...(staff && { userId }) };
    await attempt(async () => {
      const { outcome } = await ask(Create, { input, key: draft.key });
      if (outcome.__typename !== "Ticket") write(draft.value, {}); // refused: the next try is another one
      const { number } = changed(desk, outcome);
      discard();
      onMade(number);
    });
  };

  return (
    <section className={staff ? "ticket is-new" : undefined} aria-labelledby="new-title">
      <form className={staff ? "form edit" : "form ask-box"} onSubmit={submit} onKeyDown={send}>
        <h1 className={staff ? "t-title" : "title"} id="new-title">
          {staff ? texts.create.newTicket : texts.create.newRequest}
        </h1>
        {staff && (
          <div className="field">
            <label htmlFor="new-userId">{texts.create.requester}</label>
            <input
              className="input"
              required
              maxLength={128}
              placeholder={texts.create.requesterHint}
              {...field("userId")}
            />
          </div>
        )}
        <div className="field">
          <label htmlFor="new-subject">{texts.create.subject}</label>
          <input className="input" required maxLength={200} autoComplete="off" {...field("subject")} />
        </div>
        <div className="field">
          <label htmlFor="new-body">{texts.create.body}</label>
          <p className="hint" id="new-hint">
            {texts.create.hint}
          </p>
          <textarea className="area" rows={8} aria-describedby="new-hint" {...field("body")} />
        </div>
        <Trouble text={trouble} />
        <div className="acts">
          <button type="submit" className="btn primary" disabled={busy} aria-keyshortcuts="Control+Enter">
            {staff ? texts.create.send : texts.create.sendRequest}
            {staff && <Kbd keys={keyOf("writing.send")} hint />}
          </button>
          {draft && <span className="quiet">{texts.drafts.kept(draft.since)}</span>}
        </div>
      </form>
    </section>
  );
}
