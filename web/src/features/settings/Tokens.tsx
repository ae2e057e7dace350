import { useState } from "react";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { Dialog } from "../../ui/Dialog";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { named, when } from "../../ui/words";
import { RevokeToken, type Token } from "./documents";
import { ending } from "./expiry";
import { NewToken } from "./NewToken";

/** One's own tokens, with which programs sign in. */
export function Tokens({ tokens, onChanged }: { tokens: Token[]; onChanged: () => void }) {
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <section aria-labelledby="tokens-title">
      <div className="head">
        <h2 id="tokens-title">Tokens</h2>
        <button type="button" className="btn" onClick={() => setMaking(true)}>
          New token…
        </button>
      </div>
      <p className="quiet">A program signs in with a token. It does what you may do, in your name.</p>
      {tokens.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Created</th>
              <th scope="col">Last used</th>
              <th scope="col">Ends</th>
              <th>
                <span className="sr">Revoke</span>
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
      {making && <NewToken onMade={onChanged} onClose={() => setMaking(false)} />}
      {revoking && <Revoke token={revoking} onRevoked={onChanged} onClose={() => setRevoking(null)} />}
    </section>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  return (
    <tr>
      <th scope="row">
        <b>{token.name || "Without a name"}</b> <code>{token.id}</code>
      </th>
      <td data-label="Role">{named(token.role)}</td>
      <td data-label="Created">{when(token.createdAt)}</td>
      <td data-label="Last used">{token.lastUsedAt ? when(token.lastUsedAt) : "never"}</td>
      <td data-label="Ends">{ending(token.expiresAt)}</td>
      <td>
        <button type="button" className="btn bare" aria-label={`Revoke ${token.name || token.id}…`} onClick={onRevoke}>
          Revoke…
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
    <Dialog title={`Revoke ${token.name || token.id}?`} onClose={onClose}>
      {(close) => (
        <>
          <div className="d-body">
            <p className="quiet">
              Whatever uses {token.id} is signed out at once. There is no way back but a new token.
            </p>
            <Trouble text={trouble} />
          </div>
          <div className="d-foot">
            <span className="grow" />
            <button type="button" className="btn" data-first onClick={close}>
              Keep it
            </button>
            <button type="button" className="btn primary" disabled={busy} onClick={() => revoke(close)}>
              Revoke
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
