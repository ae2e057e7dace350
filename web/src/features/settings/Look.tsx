import type { ReactNode } from "react";
import { keyOf } from "../../keys/commands";
import { run } from "../../keys/registry";
import { texts } from "../../texts";
import { Kbd } from "../../ui/Kbd";
import { setLook, useLook } from "../../ui/look";
import { Switch } from "../../ui/Switch";
import { DensityPicture, ThemePicture } from "./Pictures";

const said = texts.look;

/** How the page looks on this device. */
export function Look() {
  const { theme, density } = useLook();
  return (
    <section className="set" id="look" aria-labelledby="look-title">
      <h2 id="look-title">{said.theme}</h2>
      <Cards
        name="theme"
        label={said.theme}
        of={said.themes}
        value={theme}
        picture={(theme) => <ThemePicture theme={theme} />}
        onChoose={(theme) => setLook({ theme })}
      />
      <h2>{said.density}</h2>
      <Cards
        name="density"
        label={said.density}
        of={said.densities}
        aside={said.heights}
        value={density}
        picture={(density) => <DensityPicture density={density} />}
        onChoose={(density) => setLook({ density })}
      />
    </section>
  );
}

/** Which keys the page hears and prints, for whoever works with keys. */
export function Shortcuts() {
  const { letters, hints } = useLook();
  return (
    <section className="set" id="shortcuts" aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title">{said.shortcuts}</h2>
      <Switch label={said.letters} hint={said.lettersHint} on={letters} onTurn={(letters) => setLook({ letters })} />
      <Switch label={said.hints} hint={said.hintsHint} on={hints} onTurn={(hints) => setLook({ hints })} />
      <p className="t-acts">
        <button type="button" className="btn" onClick={() => run("everywhere.sheet")}>
          {said.all} <Kbd keys={keyOf("everywhere.sheet")} hint />
        </button>
      </p>
    </section>
  );
}

type Props<Value extends string> = {
  name: string;
  label: string;
  of: Readonly<Record<Value, string>>;
  aside?: Readonly<Record<Value, string>>;
  value: Value;
  picture: (value: Value) => ReactNode;
  onChoose: (value: Value) => void;
};

/** One of a few, each with its picture. */
function Cards<Value extends string>({ name, label, of, aside, value, picture, onChoose }: Props<Value>) {
  return (
    <fieldset>
      <legend className="sr">{label}</legend>
      <div className="cards">
        {(Object.keys(of) as Value[]).map((each) => (
          <label className="card" key={each}>
            {picture(each)}
            <span className="line">
              <input type="radio" name={name} checked={each === value} onChange={() => onChoose(each)} />
              {of[each]}
              {aside && <span className="dim">{aside[each]}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
