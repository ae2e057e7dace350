import { Link, useLocation } from "wouter";
import { type Desk, useDesk } from "../api/desk";
import { keyOf } from "../keys/commands";
import { run } from "../keys/registry";
import { texts } from "../texts";
import { Icon, Mark } from "../ui/Icon";
import { Kbd } from "../ui/Kbd";
import { type Item, Menu } from "../ui/Menu";
import { Avatar } from "../ui/Signs";
import { Connection } from "./Connection";

/** What of the desk is in front. */
export type Page = "queue" | "dashboard" | "settings";

type Props = { desk: Desk; query: string; page: Page; onSignOut: () => void };

/** Pages of their own: what they are for is found by whoever looks for it. */
const PAGES: readonly Item[] = [
  { title: texts.bar.reference, icon: "file", run: () => location.assign("/docs") },
  { title: texts.bar.explorer, icon: "search", run: () => location.assign("/graphql") },
];

/** Who is here, where to go, and whether the page is live. */
export function TopBar({ desk, query, page, onSignOut }: Props) {
  const paused = useDesk(desk, (desk) => desk.link.state === "paused");
  const [, go] = useLocation();
  const { viewer } = desk;
  return (
    <header className={paused ? "top is-paused" : "top"}>
      <Link className="brand" href={`/${query}`}>
        <Mark />
        <span>{texts.words.guichet}</span>
      </Link>
      <nav aria-label={texts.bar.pages}>
        <ul>
          <li>
            <Link href={`/${query}`} aria-current={page === "queue" ? "page" : undefined}>
              {texts.bar.queue}
            </Link>
          </li>
          <li className="dash">
            <Link href="/dashboard" aria-current={page === "dashboard" ? "page" : undefined}>
              {texts.bar.dashboard}
            </Link>
          </li>
          <li className="wide">
            <a href="/graphql">{texts.bar.explorer}</a>
          </li>
        </ul>
      </nav>
      {!paused && <span className="grow" />}
      {paused && <Connection desk={desk} />}
      <button
        type="button"
        className={paused ? "jumpbox is-icon" : "jumpbox"}
        aria-haspopup="dialog"
        onClick={() => run("everywhere.palette")}
      >
        <Icon name="search" />
        <span>{texts.bar.search}</span>
        <Kbd keys={keyOf("everywhere.palette")} hint />
      </button>
      <Link className="btn new" href={`/new${query}`}>
        <Icon name="plus" /> <span>{texts.bar.newTicket}</span>
      </Link>
      {!paused && <Connection desk={desk} />}
      <Menu
        align="end"
        label={texts.bar.who(viewer.name, texts.words.role[viewer.role])}
        items={[
          { title: texts.bar.settings, icon: "gear", run: () => go(`/settings${query}`) },
          ...PAGES,
          { title: texts.bar.signOut, icon: "left", run: onSignOut },
        ]}
      >
        <button type="button" className="btn bare account" aria-label={texts.bar.account(viewer.name)}>
          <Avatar of={viewer.name} me={viewer.name} />
        </button>
      </Menu>
    </header>
  );
}
