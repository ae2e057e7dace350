import { type FormEvent, useState } from "react";
import { Problem } from "../../api/act";
import { drafts } from "../../api/drafts";
import { signIn } from "../../api/session";
import { texts } from "../../texts";
import { Dialog } from "../../ui/Dialog";
import { Field, Hidden } from "../../ui/Field";
import { Mark } from "../../ui/Icon";
import { Trouble, useAttempt } from "../../ui/Trouble";

/** The door. Sign-in links do not come here unless they are too old: `trouble` says so. */
export function SignIn({ trouble, onDone }: { trouble: string | null; onDone: () => void }) {
  return (
    <div className="signin">
      <title>{texts.words.page(texts.door.title)}</title>
      <main>
        <p className="mark">
          <Mark />
          {texts.words.guichet}
        </p>
        <h1 className="title">{texts.door.title}</h1>
        <Trouble text={trouble} />
        <SignInForm onDone={onDone} />
      </main>
      <footer>{texts.door.footer}</footer>
    </div>
  );
}

/** Over the page, where a session ended: what was written below is kept. */
export function SignInAgain({ name, onDone }: { name: string; onDone: () => void }) {
  return (
    <Dialog title={texts.door.over} insistent onClose={onDone}>
      {() => (
        <div className="d-body">
          <p className="quiet">{texts.door.again(name, drafts(name).length)}</p>
          <SignInForm name={name} onDone={onDone} />
        </div>
      )}
    </Dialog>
  );
}

function SignInForm({ name = "", onDone }: { name?: string; onDone: () => void }) {
  const [byToken, setByToken] = useState(false);
  const other = () => setByToken(!byToken);
  return <Secret key={String(byToken)} byToken={byToken} name={name} onDone={onDone} onOther={other} />;
}

type Props = { byToken: boolean; name: string; onDone: () => void; onOther: () => void };

function Secret({ byToken, name: known, onDone, onOther }: Props) {
  const [attempt, wrong, busy] = useAttempt();

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const secret = form.elements.namedItem(byToken ? "token" : "password") as HTMLInputElement;
    const done = await attempt(async () => {
      try {
        const name = String(new FormData(form).get("name"));
        await signIn(byToken ? { secret: secret.value } : { name, password: secret.value });
      } catch (error) {
        if (error instanceof Problem) secret.value = "";
        throw error;
      }
    });
    if (done) onDone();
    else secret.focus();
  };

  return (
    <form className="form" onSubmit={submit}>
      {byToken ? (
        <Field
          label={texts.door.token}
          name="token"
          type="password"
          autoComplete="off"
          required
          autoFocus
          trouble={wrong}
          hint={texts.door.tokenHint}
        />
      ) : (
        <>
          <Field
            label={texts.door.name}
            name="name"
            autoComplete="username"
            required
            defaultValue={known}
            autoFocus={!known}
          />
          <Hidden
            label={texts.door.password}
            name="password"
            autoComplete="current-password"
            required
            data-first
            trouble={wrong}
          />
        </>
      )}
      <div className="acts">
        <button type="submit" className="btn primary" disabled={busy}>
          {texts.door.signIn}
        </button>
        <button type="button" className="btn bare" onClick={onOther}>
          {byToken ? texts.door.byPassword : texts.door.byToken}
        </button>
      </div>
    </form>
  );
}
