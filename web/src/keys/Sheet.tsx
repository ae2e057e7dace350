import { Link } from "wouter";
import { texts } from "../texts";
import { Dialog } from "../ui/Dialog";
import { Kbd } from "../ui/Kbd";
import { type CommandId, commands, type Group, groupOf } from "./commands";

const GROUPS: readonly Group[] = ["queue", "ticket", "writing", "everywhere"];
const WITH_KEYS = (Object.keys(commands) as CommandId[]).filter((id) => commands[id].keys.length > 0);

/** Every key and what it does, wherever somebody is. */
export function Sheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={texts.keys.sheet} className="sheet" onClose={onClose}>
      {(close) => (
        <>
          <div className="cols">
            {GROUPS.map((group) => (
              <div key={group}>
                <h3 className="h2">{texts.keys.group[group]}</h3>
                <dl className="keys">
                  {WITH_KEYS.filter((id) => groupOf(id) === group).map((id) => (
                    <div key={id}>
                      <dt>{texts.keys.title[id]}</dt>
                      <dd>
                        {commands[id].keys.map((key) => (
                          <Kbd key={key} keys={key} />
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </div>
            ))}
          </div>
          <div className="d-foot">
            <span className="grow">{texts.keys.notInFields}</span>
            <Link className="btn" href="/settings" onClick={close}>
              {texts.keys.switch}
            </Link>
          </div>
        </>
      )}
    </Dialog>
  );
}
