import { keyOf } from "../../keys/commands";
import { run } from "../../keys/registry";
import { texts } from "../../texts";
import { Choice } from "../../ui/Field";
import { Kbd } from "../../ui/Kbd";
import { setLook, useLook } from "../../ui/look";
import { Switch } from "../../ui/Switch";

/** How the page looks and hears keys on this device. */
export function Look() {
  const { theme, density, letters, hints } = useLook();
  return (
    <>
      <section aria-labelledby="look-title">
        <h2 id="look-title">{texts.look.title}</h2>
        <p className="quiet">{texts.look.lede}</p>
        <Choice
          label={texts.look.theme}
          of={texts.look.themes}
          value={theme}
          onChoose={(theme) => setLook({ theme })}
        />
        <Choice
          label={texts.look.density}
          of={texts.look.densities}
          value={density}
          onChoose={(density) => setLook({ density })}
        />
      </section>
      <section aria-labelledby="shortcuts-title">
        <h2 id="shortcuts-title">{texts.look.shortcuts}</h2>
        <Switch
          label={texts.look.letters}
          hint={texts.look.lettersHint}
          on={letters}
          onTurn={(letters) => setLook({ letters })}
        />
        <Switch
          label={texts.look.hints}
          hint={texts.look.hintsHint}
          on={hints}
          onTurn={(hints) => setLook({ hints })}
        />
        <button type="button" className="btn" onClick={() => run("everywhere.sheet")}>
          {texts.look.all} <Kbd keys={keyOf("everywhere.sheet")} hint />
        </button>
      </section>
    </>
  );
}
