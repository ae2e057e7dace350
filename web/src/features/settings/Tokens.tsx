import { useState } from "react";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { copy } from "../../ui/copy";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { RevokeToken, type Token } from "./documents";
import { ending } from "./expiry";
import { NewToken } from "./NewToken";

const said = texts.settings.tokens;

/** One's own tokens, with which programs sign in. */
export function Tokens({ tokens, onChanged }: { tokens: Token[]; onChanged: () => void }) {
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const made = (secret: string) => {
    setSecret(secret);
    onChanged();
  };
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <section className="set" id="tokens" aria-labelledby="tokens-title">
      <div className="head">
        <h2 id="tokens-title">{said.title}</h2>
        <button type="button" className="btn" onClick={() => setMaking(true)}>
          {said.make}
        </button>
      </div>
      <p className="quiet">{said.lede}</p>
      <div role="status">{secret && <MadeToken secret={secret} onKept={() => setSecret(null)} />}</div>
      {tokens.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{said.name}</th>
              <th scope="col">{said.role}</th>
              <th scope="col">{said.created}</th>
              <th scope="col">{said.lastUsed}</th>
              <th scope="col">{said.ends}</th>
              <th>
                <span className="sr">{said.revokeColumn}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.map((token) => (
              <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
            ))}
          </tbody>
        </table>
      )}
      {making && <NewToken onMade={made} onClose={() => setMaking(false)} />}
      {revoking && <Revoke token={revoking} onRevoked={onChanged} onClose={() => setRevoking(null)} />}
    </section>
  );
}

/** The secret of a token that was just made: it is shown this once. */
function MadeToken({ secret, onKept }: { secret: string; onKept: () => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="once">
      <p>
        <strong>{said.copyNow}</strong> {said.once}
      </p>
      <code>{secret}</code>
      <p className="t-acts">
        <button
          type="button"
          className="btn primary"
          onClick={async ({ currentTarget }) => setCopied(await copy(secret, currentTarget))}
        >
          <Icon name="copy" /> {texts.words.copy}
        </button>
        <button type="button" className="btn" onClick={onKept}>
          {said.kept}
        </button>
        <span className="quiet">{copied && texts.words.copied}</span>
      </p>
    </div>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  return (
    <tr>
      <th scope="row">
        <b>{token.name || said.nameless}</b> <code>{token.id}</code>
      </th>
      <td data-label={said.role}>{texts.words.role[token.role]}</td>
      <td data-label={said.created}>{when(token.createdAt)}</td>
      <td data-label={said.lastUsed}>{token.lastUsedAt ? when(token.lastUsedAt) : texts.words.never}</td>
      <td data-label={said.ends}>{ending(token.expiresAt)}</td>
      <td>
        <button
          type="button"
          className="btn bare"
          aria-label={said.revokeOf(token.name || token.id)}
          onClick={onRevoke}
        >
          {said.revokeIt}
        </button>
      </td>
    </tr>
  );
}

type Props = { token: Token; onRevoked: () => void; onClose: () => void };

function Revoke({ token, onRevoked, onClose }: Props) {
  const [attempt, trouble, busy] = useAttempt();
  const revoke = async (close: () => void) => {
    if (!(await attempt(async () => void taken((await ask(RevokeToken, { id: token.id })).outcome, "Token")))) return;
    close();
    onRevoked();
  };
  return (
    <Dialog title={said.revokeAsk(token.name || token.id)} onClose={onClose}>
      {(close) => (
        <>
          <div className="d-body">
            <p className="quiet">{said.revokeHint(token.id)}</p>
            <Trouble text={trouble} />
          </div>
          <div className="d-foot">
            <span className="grow" />
            <button type="button" className="btn" data-first onClick={close}>
              {said.keep}
            </button>
            <button type="button" className="btn primary" disabled={busy} onClick={() => revoke(close)}>
              {said.revoke}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
