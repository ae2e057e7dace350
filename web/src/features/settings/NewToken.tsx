import { type FormEvent, useState } from "react";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { Dialog } from "../../ui/Dialog";
import { Choice, Field } from "../../ui/Field";
import { Once } from "../../ui/Once";
import { useAttempt } from "../../ui/Trouble";
import { CreateToken } from "./documents";
import { endOf, LIFETIMES, type Lifetime } from "./expiry";

/** Makes a token, and shows its secret this once. */
export function NewToken({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const [secret, setSecret] = useState<string | null>(null);
  const [attempt, trouble, busy] = useAttempt();

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name"));
    const expiresAt = endOf(lifetime, Date.now());
    await attempt(async () => {
      setSecret(taken((await ask(CreateToken, { name, expiresAt })).outcome, "TokenGrant").secret);
      onMade();
    });
  };

  return (
    <Dialog
      title={secret ? texts.settings.tokens.newMade : texts.settings.tokens.newTitle}
      insistent={secret !== null}
      onClose={onClose}
    >
      {(close) =>
        secret ? (
          <>
            <div className="d-body">
              <Once label={texts.settings.tokens.token} secret={secret} hint={texts.settings.tokens.once} />
            </div>
            <div className="d-foot">
              <span className="grow" />
              <button type="button" className="btn" onClick={close}>
                {texts.words.done}
              </button>
            </div>
          </>
        ) : (
          <form onSubmit={submit}>
            <div className="d-body">
              <Field
                label={texts.settings.tokens.purpose}
                name="name"
                required
                maxLength={100}
                autoComplete="off"
                trouble={trouble}
              />
              <Choice label={texts.settings.tokens.ends} of={LIFETIMES} value={lifetime} onChoose={setLifetime} />
            </div>
            <div className="d-foot">
              <span className="grow" />
              <button type="button" className="btn" onClick={close}>
                {texts.words.cancel}
              </button>
              <button type="submit" className="btn primary" disabled={busy}>
                {texts.settings.tokens.makeIt}
              </button>
            </div>
          </form>
        )
      }
    </Dialog>
  );
}
