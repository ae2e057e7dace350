import { type FormEvent, type ReactNode, useState } from "react";
import { cameByLink, setPassword } from "../../api/session";
import { texts } from "../../texts";
import { Dialog } from "../../ui/Dialog";
import { Field, NewPassword } from "../../ui/Field";
import { useAttempt } from "../../ui/Trouble";

/** Setting or changing one's own password. */
export function Password({ name, hasPassword, onSet }: { name: string; hasPassword: boolean; onSet: () => void }) {
  const [set, setSet] = useState(0);
  const done = () => {
    setSet(set + 1);
    onSet();
  };
  return (
    <section className="set" id="password" aria-labelledby="password-title">
      <h2 id="password-title">{texts.settings.password.title}</h2>
      {!hasPassword && <p className="quiet">{texts.settings.password.none}</p>}
      <PasswordForm key={set} name={name} hasPassword={hasPassword} onSet={done}>
        {(busy, touched) => (
          <div className="acts">
            <button type="submit" className="btn" disabled={busy}>
              {hasPassword ? texts.settings.password.change : texts.settings.password.set}
            </button>
            <span className="quiet" role="status">
              {set > 0 && !touched && texts.settings.password.isSet}
            </span>
          </div>
        )}
      </PasswordForm>
    </section>
  );
}

/** Offered once to whoever came by a link and has no password; it can wait. */
export function ChoosePassword({ name, onClose }: { name: string; onClose: () => void }) {
  return (
    <Dialog title={texts.settings.password.choose} onClose={onClose}>
      {(close) => (
        <PasswordForm name={name} hasPassword={false} onSet={close} intro={texts.settings.password.intro(name)}>
          {(busy) => (
            <div className="d-foot">
              <span className="grow" />
              <button type="button" className="btn" onClick={close}>
                {texts.words.later}
              </button>
              <button type="submit" className="btn primary" disabled={busy}>
                {texts.settings.password.set}
              </button>
            </div>
          )}
        </PasswordForm>
      )}
    </Dialog>
  );
}

type Props = {
  name: string;
  hasPassword: boolean;
  onSet: () => void;
  /** What a dialog says before its fields. */
  intro?: string;
  children: (busy: boolean, touched: boolean) => ReactNode;
};

/** The current password is asked for where there is one, unless the session began with a link. */
function PasswordForm({ name, hasPassword, onSet, intro, children }: Props) {
  const asks = hasPassword && !cameByLink();
  const [touched, setTouched] = useState(false);
  const [attempt, trouble, busy, field] = useAttempt();
  const ofCurrent = asks && field === "current";

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const current = asks ? String(said.get("current")) : null;
    const done = await attempt(() => setPassword(String(said.get("password")), current));
    if (done) onSet();
  };

  return (
    <form onSubmit={submit} onChange={() => setTouched(true)}>
      <div className={intro ? "d-body" : "form"}>
        {intro && <p className="quiet">{intro}</p>}
        <input name="username" autoComplete="username" defaultValue={name} hidden />
        {asks && (
          <Field
            label={texts.settings.password.current}
            name="current"
            type="password"
            autoComplete="current-password"
            required
            trouble={ofCurrent ? trouble : null}
          />
        )}
        <NewPassword trouble={ofCurrent ? null : trouble} />
      </div>
      {children(busy, touched)}
    </form>
  );
}
