import { type FormEvent, type KeyboardEvent, useRef, useState } from "react";
import { Problem } from "../../api/act";
import type { Desk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { useDraft } from "../../api/drafts";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { Dialog, SendOrCancel } from "../../ui/Dialog";
import { Kbd } from "../../ui/Kbd";
import { Trouble, useAttempt } from "../../ui/Trouble";
import type { Template } from "./documents";
import type { Acts } from "./useActs";

const MOST_CHARACTERS = 2_000;
const MOST_KEYS = 9;

type Props = { desk: Desk; row: TicketRow; acts: Acts; templates: readonly Template[] };

/** Rejecting asks for its reason, which the requester reads and the history keeps. It is kept until it is used. */
export function RejectDialog({ desk, row, acts, templates }: Props) {
  const [draft, write, discard] = useDraft<string>(desk.viewer.name, "reject", row.number);
  const [attempt, refused, busy] = useAttempt();
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const reason = draft?.value ?? "";
  const trouble = missing && !reason.trim() ? texts.ticket.rejecting.missing : refused;

  const submit = async (event: FormEvent, close: () => void) => {
    event.preventDefault();
    setMissing(!reason.trim());
    if (!draft || !reason.trim()) return field.current?.focus();
    const reject = async () => {
      try {
        await acts.reject(reason, draft.key);
      } catch (error) {
        if (error instanceof Problem) write(reason, {}); // refused: the next try is another one
        throw error;
      }
    };
    if (!(await attempt(reject))) return;
    discard();
    close();
  };

  return (
    <Dialog title={texts.ticket.rejecting.title(row.number)} onClose={acts.stopRejecting}>
      {(close) => (
        <form noValidate onSubmit={(event) => submit(event, close)}>
          <div className="d-body">
            <p className="quiet">{texts.ticket.rejecting.told(row.userId)}</p>
            {templates.length > 0 && (
              <Picks templates={templates} reason={reason} write={write} onOwn={() => field.current?.focus()} />
            )}
            <div className={trouble ? "field is-wrong" : "field"}>
              <label htmlFor="reason">{texts.ticket.rejecting.reads}</label>
              <Trouble text={trouble} id="reason-wrong" />
              <textarea
                className="area"
                id="reason"
                ref={field}
                rows={4}
                required
                maxLength={MOST_CHARACTERS}
                aria-invalid={trouble !== null}
                aria-describedby={trouble ? "reason-wrong reason-hint" : "reason-hint"}
                value={reason}
                onChange={(event) => write(event.target.value)}
              />
              {templates.length > 0 && (
                <p className="hint" id="reason-hint">
                  {texts.ticket.rejecting.hint}
                </p>
              )}
            </div>
          </div>
          <SendOrCancel close={close} busy={busy}>
            {texts.ticket.rejecting.reject} <Kbd keys={keyOf("writing.send")} hint />
          </SendOrCancel>
        </form>
      )}
    </Dialog>
  );
}

type PicksProps = {
  templates: readonly Template[];
  reason: string;
  write: (text: string) => unknown;
  onOwn: () => void;
};

/** Reasons to begin with, by number too; the last one is to write one's own. */
function Picks({ templates, reason, write, onOwn }: PicksProps) {
  const [own, setOwn] = useState(false);
  const group = useRef<HTMLFieldSetElement>(null);
  const chosen = templates.findIndex(({ text }) => text === reason);
  const picked = chosen >= 0 ? chosen : own || reason ? templates.length : -1;
  const pick = (place: number) => {
    const template = templates[place];
    setOwn(!template);
    if (template) write(template.text);
    else if (chosen >= 0) write("");
  };
  const press = (event: KeyboardEvent) => {
    const place = Number(event.key) - 1;
    if (event.ctrlKey || event.altKey || event.metaKey || !(place >= 0 && place <= templates.length)) return;
    event.preventDefault();
    pick(place);
    if (place === templates.length) onOwn();
    else group.current?.querySelectorAll<HTMLInputElement>("input")[place]?.focus();
  };
  return (
    <fieldset ref={group} onKeyDown={press}>
      <legend className="label">{texts.ticket.reason}</legend>
      <div className="picks">
        {[...templates.map(({ title }) => title), texts.ticket.rejecting.own].map((title, place) => (
          <label key={title}>
            <input
              type="radio"
              name="reason-template"
              checked={place === picked}
              data-first={place === Math.max(picked, 0) || undefined}
              onChange={() => pick(place)}
            />{" "}
            {title} {place < MOST_KEYS && <Kbd keys={String(place + 1)} hint />}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
