import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { texts } from "../texts";
import { Trouble } from "./Trouble";

type Props = ComponentProps<"input"> & {
  label: string;
  /** What is wrong with what was typed. */
  trouble?: string | null;
  hint?: string;
  /** What stands beside the input. */
  aside?: ReactNode;
};

/** An input with its label; what is wrong with it is said, and read out, at the field. */
export function Field({ label, trouble = null, hint, aside, ...input }: Props) {
  const id = useId();
  const said = [trouble && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className={trouble ? "field is-wrong" : "field"}>
      <label htmlFor={id}>{label}</label>
      <Trouble text={trouble} id={`${id}-wrong`} />
      <div className="beside">
        <input
          className="input"
          id={id}
          aria-invalid={trouble !== null}
          aria-describedby={said || undefined}
          autoCapitalize="none"
          spellCheck={false}
          {...input}
        />
        {aside}
      </div>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

type Options<Value extends string> = {
  label: string;
  of: Readonly<Record<Value, string>>;
  value: Value;
  onChoose: (value: Value) => void;
  hint?: string;
};

/** One of a few values, each with the words that it is shown by. */
export function Choice<Value extends string>({ label, of, value, onChoose, hint }: Options<Value>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select className="select" id={id} value={value} onChange={(event) => onChoose(event.target.value as Value)}>
        {Object.entries<string>(of).map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
      {hint && <p className="hint">{hint}</p>}
    </div>
  );
}

const SHORTEST = 12;
const LONGEST = 1_000;

/** An input whose text is hidden until somebody asks to see it. */
export function Hidden(props: Omit<Props, "type" | "aside">) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      type={shown ? "text" : "password"}
      aside={
        <button
          type="button"
          className="btn"
          aria-label={shown ? texts.words.hideTyped : texts.words.showTyped}
          onClick={() => setShown(!shown)}
        >
          {shown ? texts.words.hide : texts.words.show}
        </button>
      }
    />
  );
}

/** A password that is chosen. */
export function NewPassword({ trouble }: { trouble: string | null }) {
  return (
    <Hidden
      label={texts.words.newPassword}
      name="password"
      autoComplete="new-password"
      required
      minLength={SHORTEST}
      maxLength={LONGEST}
      trouble={trouble}
      hint={texts.words.passwordHint}
    />
  );
}
