import { Link, useLocation } from "wouter";
import { type Desk, useDesk } from "../api/desk";
import { texts } from "../texts";
import { Mark } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Avatar } from "../ui/Signs";
import { Connection } from "./Connection";

/** The customers' top bar: who is here, the way out, and whether the link is lost. */
export function PlainTop({ desk, onSignOut }: { desk: Desk; onSignOut: () => void }) {
  const paused = useDesk(desk, (desk) => desk.link.state === "paused");
  const [, go] = useLocation();
  const { name } = desk.viewer;
  return (
    <header className="plain-top">
      <div>
        <Link className="brand" href="/">
          <Mark />
          <span>{texts.words.guichet}</span>
        </Link>
        <span className="grow" />
        {paused && <Connection desk={desk} />}
        <span className="quiet hide-s">{name}</span>
        <Menu
          align="end"
          items={[
            { title: texts.bar.settings, icon: "gear", run: () => go("/settings") },
            { title: texts.bar.signOut, icon: "left", run: onSignOut },
          ]}
        >
          <button type="button" className="btn bare account" aria-label={texts.bar.account(name)}>
            <Avatar of={name} me={name} />
          </button>
        </Menu>
      </div>
    </header>
  );
}
