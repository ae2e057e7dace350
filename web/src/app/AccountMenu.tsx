import { useRef } from "react";
import { Link } from "wouter";
import type { Viewer } from "../api/access";
import { Avatar } from "../ui/Signs";
import { Trouble, useAttempt } from "../ui/Trouble";
import { named } from "../ui/words";

type Props = { viewer: Viewer; query: string; onSignOut: () => Promise<void> };

/** Who is signed in, and what they may do with that: settings, and leaving. */
export function AccountMenu({ viewer, query, onSignOut }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const [attempt, trouble, busy] = useAttempt();
  return (
    <>
      <button type="button" className="btn bare account" popoverTarget="account" aria-label={`${viewer.name}, account`}>
        <Avatar of={viewer.name} me={viewer.name} />
        <span className="hide-s">{viewer.name}</span>
      </button>
      <div ref={menu} id="account" popover="auto" className="menu">
        <p className="quiet">
          {viewer.name}, {named(viewer.role).toLowerCase()}
        </p>
        <Link className="btn bare" href={`/settings${query}`} onClick={() => menu.current?.hidePopover()}>
          Settings
        </Link>
        <button type="button" className="btn bare" disabled={busy} onClick={() => attempt(onSignOut)}>
          Sign out
        </button>
        <Trouble text={trouble} />
      </div>
    </>
  );
}
