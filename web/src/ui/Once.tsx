import { useId, useState } from "react";
import { texts } from "../texts";
import { copy } from "./copy";

/** A secret that is shown this once, to be copied. */
export function Once({ label, secret, hint }: { label: string; secret: string; hint: string }) {
  const [copied, setCopied] = useState(false);
  const id = useId();

  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="beside">
        <input className="input mono" id={id} readOnly value={secret} onFocus={(event) => event.target.select()} />
        <button
          type="button"
          className="btn primary"
          onClick={async ({ currentTarget }) => setCopied(await copy(secret, currentTarget))}
        >
          {texts.words.copy}
        </button>
      </div>
      <p className="hint">
        {hint} <span role="status">{copied && texts.words.copied}</span>
      </p>
    </div>
  );
}
