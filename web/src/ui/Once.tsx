import { useId, useRef, useState } from "react";

/** A secret that is shown this once, to be copied. */
export function Once({ label, secret, hint }: { label: string; secret: string; hint: string }) {
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();

  const copy = async () => {
    field.current?.select();
    // The clipboard is missing where the page came over plain http, and may be denied.
    const written = await navigator.clipboard?.writeText(secret).then(
      () => true,
      () => false,
    );
    setCopied(written || document.execCommand("copy"));
  };

  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="beside">
        <input
          className="input mono"
          id={id}
          ref={field}
          readOnly
          value={secret}
          onFocus={(event) => event.target.select()}
        />
        <button type="button" className="btn primary" onClick={copy}>
          Copy
        </button>
      </div>
      <p className="hint">
        {hint} <span role="status">{copied && "Copied."}</span>
      </p>
    </div>
  );
}
