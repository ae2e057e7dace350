import { type FormEvent, useState } from "react";
import { changed } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { Dialog, SendOrCancel } from "../../ui/Dialog";
import { Kbd } from "../../ui/Kbd";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { HandOver } from "./documents";

type Props = { desk: Desk; row: TicketRow; holder: string; onTaken: () => void; onClose: () => void };

/** An admin takes somebody's lock, in one step so that nobody gets between, and says why. */
export function TakeOver({ desk, row, holder, onTaken, onClose }: Props) {
  const [attempt, trouble, busy] = useAttempt();
  const [reason, setReason] = useState("");
  const submit = async (event: FormEvent, close: () => void) => {
    event.preventDefault();
    const given = { id: row.id, to: desk.viewer.name, token: null, force: true, reason };
    if (!(await attempt(async () => void changed(desk, (await ask(HandOver, given)).outcome)))) return;
    close();
    onTaken();
  };
  return (
    <Dialog title={texts.ticket.takingOver.title(row.number)} onClose={onClose}>
      {(close) => (
        <form onSubmit={(event) => submit(event, close)}>
          <div className="d-body">
            <p className="quiet">{texts.ticket.takingOver.text(holder)}</p>
            <div className={trouble ? "field is-wrong" : "field"}>
              <label htmlFor="take-over">{texts.ticket.takingOver.reason}</label>
              <Trouble text={trouble} />
              <textarea
                className="area"
                id="take-over"
                rows={2}
                required
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            </div>
          </div>
          <SendOrCancel close={close} busy={busy}>
            {texts.ticket.takingOver.send} <Kbd keys={keyOf("writing.send")} hint />
          </SendOrCancel>
        </form>
      )}
    </Dialog>
  );
}
