import { type FormEvent, useState } from "react";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { Dialog, SendOrCancel } from "../../ui/Dialog";
import { Choice, Field } from "../../ui/Field";
import { useAttempt } from "../../ui/Trouble";
import { CreateToken } from "./documents";
import { endOf, LIFETIMES, type Lifetime } from "./expiry";

const said = texts.settings.tokens;

/** Asks what a token is for and how long it lasts; hands on its secret. */
export function NewToken({ onMade, onClose }: { onMade: (secret: string) => void; onClose: () => void }) {
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const [attempt, trouble, busy] = useAttempt();

  const submit = async (event: FormEvent<HTMLFormElement>, close: () => void) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name"));
    const expiresAt = endOf(lifetime, Date.now());
    await attempt(async () => {
      onMade(taken((await ask(CreateToken, { name, expiresAt })).outcome, "TokenGrant").secret);
      close();
    });
  };

  return (
    <Dialog title={said.newTitle} onClose={onClose}>
      {(close) => (
        <form onSubmit={(event) => submit(event, close)}>
          <div className="d-body">
            <Field label={said.purpose} name="name" required maxLength={100} autoComplete="off" trouble={trouble} />
            <Choice label={said.ends} of={LIFETIMES} value={lifetime} onChoose={setLifetime} />
          </div>
          <SendOrCancel close={close} busy={busy}>
            {said.makeIt}
          </SendOrCancel>
        </form>
      )}
    </Dialog>
  );
}
