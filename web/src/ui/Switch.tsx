import { useId } from "react";

type Props = { label: string; hint: string; on: boolean; onTurn: (on: boolean) => void };

/** Something that is on or off, at once. */
export function Switch({ label, hint, on, onTurn }: Props) {
  const id = useId();
  return (
    <div className="toggle">
      <div>
        <label className="label" htmlFor={id}>
          {label}
        </label>
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      </div>
      <input
        className="switch"
        id={id}
        type="checkbox"
        role="switch"
        aria-describedby={`${id}-hint`}
        aria-checked={on}
        checked={on}
        onChange={(event) => onTurn(event.target.checked)}
      />
    </div>
  );
}
