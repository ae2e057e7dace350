import { type FormEvent, useState } from "react";
import type { Role } from "../../api/access";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { Dialog, SendOrCancel } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { useAttempt } from "../../ui/Trouble";
import { CreateAccount } from "./documents";
import { Invitation, invited, type Link } from "./Invitation";
import { RoleFields, roleIn } from "./RoleFields";

/** Makes an account, and a link by which its owner comes in and chooses a password. */
export function NewPerson({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const [role, setRole] = useState<Role>("AGENT");
  const [invitation, setInvitation] = useState<{ name: string; link: Link } | null>(null);
  const [attempt, trouble, busy, field] = useAttempt();

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const account = { name: String(new FormData(form).get("name")), ...roleIn(form, role) };
    await attempt(async () => {
      const { name } = taken((await ask(CreateAccount, account)).outcome, "Account");
      onMade();
      setInvitation({ name, link: await invited(name) });
    });
  };

  if (invitation)
    return (
      <Dialog key="made" title={texts.settings.people.canComeIn(invitation.name)} insistent onClose={onClose}>
        {(close) => (
          <>
            <div className="d-body">
              <Invitation {...invitation} />
            </div>
            <div className="d-foot">
              <span className="grow" />
              <button type="button" className="btn" onClick={close}>
                {texts.words.done}
              </button>
            </div>
          </>
        )}
      </Dialog>
    );

  const ofUserId = field === "userId";
  return (
    <Dialog title={texts.settings.people.newTitle} onClose={onClose}>
      {(close) => (
        <form onSubmit={submit}>
          <div className="d-body">
            <Field
              label={texts.settings.people.name}
              name="name"
              required
              maxLength={100}
              autoComplete="off"
              trouble={ofUserId ? null : trouble}
              hint={texts.settings.people.nameHint}
            />
            <RoleFields role={role} onChoose={setRole} trouble={ofUserId ? trouble : null} />
          </div>
          <SendOrCancel close={close} busy={busy}>
            {texts.settings.people.makeIt}
          </SendOrCancel>
        </form>
      )}
    </Dialog>
  );
}
