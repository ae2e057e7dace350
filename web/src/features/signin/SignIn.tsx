import { type FormEvent, useState } from "react";
import { signIn } from "../../api/ask";
import { Dialog } from "../../ui/Dialog";
import { Mark } from "../../ui/Icon";
import { Trouble, useAttempt } from "../../ui/Trouble";

/** The door: a token for a session. Sign-in links do not come here unless they are too old. */
export function SignIn({ trouble, onDone }: { trouble: string | null; onDone: () => void }) {
  return (
    <div className="signin">
      <title>Sign in · Guichet</title>
      <main>
        <p className="mark">
          <Mark />
          Guichet
        </p>
        <h1 className="title">Sign in</h1>
        <TokenForm trouble={trouble} onDone={onDone} />
      </main>
      <footer>None at hand? Ask whoever runs this desk: guichet token create. No cookies but your session’s.</footer>
    </div>
  );
}

/** Over the page, where a session ended: what was written below is kept. */
export function SignInAgain({ name, onDone }: { name: string; onDone: () => void }) {
  return (
    <Dialog title="Your session is over" insistent onClose={onDone}>
      {() => (
        <div className="d-body">
          <p className="quiet">Sign in again as {name}, and go on where you were. What you wrote is kept.</p>
          <TokenForm trouble={null} onDone={onDone} />
        </div>
      )}
    </Dialog>
  );
}

function TokenForm({ trouble, onDone }: { trouble: string | null; onDone: () => void }) {
  const [token, setToken] = useState("");
  const [attempt, wrong, busy] = useAttempt();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await attempt(() => signIn(token))) onDone();
  };

  return (
    <form className="form" onSubmit={submit}>
      <div className={wrong || trouble ? "field is-wrong" : "field"}>
        <label htmlFor="token">Token</label>
        <Trouble text={wrong ?? trouble} />
        <input
          className="input"
          id="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          required
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <p className="hint">It begins with gd_ and was shown once, when it was made.</p>
      </div>
      <button type="submit" className="btn primary" disabled={busy}>
        Sign in
      </button>
    </form>
  );
}
