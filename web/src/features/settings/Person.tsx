import { type FormEvent, useState } from "react";
import type { Person as Account } from "../../api/access";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { Dialog } from "../../ui/Dialog";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { Disable, Enable, SetRole } from "./documents";
import { Invitation, invited, type Link } from "./Invitation";
import { RoleFields, roleIn } from "./RoleFields";

type Part = { person: Account; onChanged: (person: Account) => void };

/** What an admin may do with an account; not to their own what would lock them out. */
export function Person({ person, me, onChanged, onClose }: Part & { me: string; onClose: () => void }) {
  const own = person.name === me;
  return (
    <Dialog title={person.name} onClose={onClose}>
      {() => (
        <div className="d-body parts">
          {own ? (
            <p className="quiet">{texts.settings.people.you}</p>
          ) : (
            <RoleForm person={person} onChanged={onChanged} />
          )}
          {person.active && <NewLink person={person} />}
          {!own && <Access person={person} onChanged={onChanged} />}
        </div>
      )}
    </Dialog>
  );
}

function RoleForm({ person, onChanged }: Part) {
  const [role, setRole] = useState(person.role);
  const [saved, setSaved] = useState(false);
  const [attempt, trouble, busy, field] = useAttempt();
  const ofUserId = field === "userId";

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = { name: person.name, ...roleIn(event.currentTarget, role) };
    setSaved(
      await attempt(async () => {
        onChanged(taken((await ask(SetRole, given)).outcome, "Account"));
      }),
    );
  };

  return (
    <form className="form" onSubmit={submit} onChange={() => setSaved(false)}>
      <RoleFields role={role} onChoose={setRole} userId={person.userId} trouble={ofUserId ? trouble : null} />
      <Trouble text={ofUserId ? null : trouble} />
      <div className="acts">
        <button type="submit" className="btn" disabled={busy}>
          {texts.settings.people.saveRole}
        </button>
        <span className="quiet" role="status">
          {saved && texts.words.saved}
        </span>
      </div>
    </form>
  );
}

function NewLink({ person }: { person: Account }) {
  const [link, setLink] = useState<Link | null>(null);
  const [attempt, trouble, busy] = useAttempt();
  return (
    <div className="form">
      {link ? (
        <Invitation name={person.name} link={link} />
      ) : (
        <>
          <p className="quiet">
            {texts.settings.people.linkHint(
              person.hasPassword ? texts.settings.people.forgotten : texts.settings.people.noneYet,
              person.name,
            )}
          </p>
          <Trouble text={trouble} />
          <div className="acts">
            <button
              type="button"
              className="btn"
              disabled={busy}
              onClick={() => attempt(async () => setLink(await invited(person.name)))}
            >
              {texts.settings.people.newLink}
            </button>
          </div>
        </>
      )}
    </div>
  );
}

function Access({ person, onChanged }: Part) {
  const [attempt, trouble, busy] = useAttempt();
  const { name, active } = person;
  const turn = () =>
    attempt(async () => {
      onChanged(taken((await ask(active ? Disable : Enable, { name })).outcome, "Account"));
    });
  return (
    <div className="form">
      <p className="quiet">
        {active ? texts.settings.people.disableHint(name) : texts.settings.people.enableHint(name)}
      </p>
      <Trouble text={trouble} />
      <div className="acts">
        <button type="button" className="btn" disabled={busy} onClick={turn}>
          {active ? texts.settings.people.disable : texts.settings.people.enable}
        </button>
      </div>
    </div>
  );
}
