import { keyOf } from "../../keys/commands";
import { Kbd } from "../../ui/Kbd";
import type { Act, Acts } from "./useActs";

type Props = {
  acts: Acts;
  of: readonly Act[];
  /** Which of them is the one to press, if any. */
  primary?: Act["id"];
};

/** Actions as words with their keys. Those that another's lock forbids look so, and say why when they are pressed. */
export function Buttons({ acts, of, primary }: Props) {
  return of.map(({ id, name, run }) => (
    <button
      key={id}
      type="button"
      className={id === primary && !acts.locked ? "btn primary" : "btn"}
      disabled={acts.busy}
      aria-disabled={acts.locked}
      aria-keyshortcuts={keyOf(id)}
      onClick={run}
    >
      {name} <Kbd keys={keyOf(id)} hint />
    </button>
  ));
}
