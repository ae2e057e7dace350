import { type FormEvent, useState } from "react";
import { changed } from "../../api/act";
import { ask, newKey } from "../../api/ask";
import type { Desk } from "../../api/desk";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Create } from "./documents";

/** A request of one's own, or one that an agent writes down for somebody. */
export function NewTicket({ desk, onMade }: { desk: Desk; onMade: (number: number) => void }) {
  const [attempt, trouble, busy] = useAttempt();
  const [key, setKey] = useState(newKey); // the same until something is written: sent twice, it is one ticket
  const staff = desk.viewer.role !== "CUSTOMER";

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const input = {
      subject: String(said.get("subject")),
      body: String(said.get("body")),
      ...(staff && { userId: String(said.get("userId")) }),
    };
    await attempt(async () => onMade(changed(desk, (await ask(Create, { input, key })).outcome).number));
  };

  return (
    <section className="ticket is-new" aria-labelledby="new-title">
      <form className="form edit" onChange={() => setKey(newKey())} onSubmit={submit}>
        <h1 className="t-title" id="new-title">
          {staff ? "A new ticket" : "A new request"}
        </h1>
        {staff && (
          <div className="field">
            <label htmlFor="new-user">Requester</label>
            <input className="input" id="new-user" name="userId" required maxLength={128} placeholder="u-1001" />
          </div>
        )}
        <div className="field">
          <label htmlFor="new-subject">In one line, what is it about?</label>
          <input className="input" id="new-subject" name="subject" required maxLength={200} autoComplete="off" />
        </div>
        <div className="field">
          <label htmlFor="new-body">What happened?</label>
          <textarea className="area" id="new-body" name="body" rows={8} />
          <p className="hint">When and where, and what you would like us to do.</p>
        </div>
        <Trouble text={trouble} />
        <button type="submit" className="btn primary" disabled={busy}>
          Send
        </button>
      </form>
    </section>
  );
}
