import { type FormEvent, useMemo, useState } from "react";
import { taken } from "../../api/act";
import { ask, newKey } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { AddNote, Reply } from "./documents";
import { useDraft } from "./useDraft";

type Kind = "Reply" | "Note";

/** Where an answer or a note is written. The draft stays on this device until it is sent. */
export function Composer({ desk, row, open }: { desk: Desk; row: TicketRow; open: OpenTicket }) {
  const [kind, setKind] = useState<Kind>("Reply");
  const [text, setText] = useDraft(`${desk.viewer.name}/${row.number}/${kind}`);
  // One text, one key: sent twice, it is written once.
  const key = useMemo(newKey, [text, kind]);
  const [attempt, trouble, busy] = useAttempt();
  const staff = desk.viewer.role !== "CUSTOMER";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const message = { id: row.id, text, key };
    const send = async () => {
      const basedOn = open.events.at(-1)?.cursor ?? null;
      const answer = kind === "Note" ? await ask(AddNote, message) : await ask(Reply, { ...message, basedOn });
      taken(answer.sent, "Message");
    };
    if (await attempt(send)) setText("");
  };

  return (
    <form className="composer" aria-label="Answer" onSubmit={submit}>
      <div className="tabs">
        {staff && (
          <span className="seg" role="group" aria-label="Kind">
            {(["Reply", "Note"] as const).map((name) => (
              <button key={name} type="button" aria-pressed={kind === name} onClick={() => setKind(name)}>
                {name}
              </button>
            ))}
          </span>
        )}
        <span className="to clip">{kind === "Note" ? "agents only" : staff ? `to ${row.userId}` : "to the desk"}</span>
      </div>
      <textarea
        className="area"
        rows={3}
        required
        aria-label={kind}
        placeholder={kind === "Note" ? "Write a note" : "Write a reply"}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="foot">
        <Trouble text={trouble} />
        <span className="grow" />
        <button type="submit" className="btn" disabled={busy}>
          Send
        </button>
      </div>
    </form>
  );
}
