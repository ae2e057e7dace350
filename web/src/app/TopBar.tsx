import { Link, useRoute } from "wouter";
import type { Viewer } from "../api/access";
import type { Link as Connection } from "../api/desk";
import { Icon, Mark } from "../ui/Icon";
import { when } from "../ui/words";
import { AccountMenu } from "./AccountMenu";

type Props = { viewer: Viewer; link: Connection; query: string; onSignOut: () => Promise<void> };

/** Who is here, where to go, and whether the page is live. */
export function TopBar({ viewer, link, query, onSignOut }: Props) {
  const customer = viewer.role === "CUSTOMER";
  const [onSettings] = useRoute("/settings");
  return (
    <header className={link.up ? "top" : "top is-paused"}>
      <Link className="brand" href={`/${query}`}>
        <Mark />
        <span>Guichet</span>
      </Link>
      <nav aria-label="Pages">
        <ul>
          <li>
            <Link href={`/${query}`} aria-current={onSettings ? undefined : "page"}>
              {customer ? "My requests" : "Queue"}
            </Link>
          </li>
          {!customer && (
            <li className="wide">
              <a href="/graphql">Explorer</a>
            </li>
          )}
        </ul>
      </nav>
      <span className="grow" />
      <Link className="btn" href={`/new${query}`}>
        <Icon name="plus" /> {customer ? "New request" : "New ticket"}
      </Link>
      {link.up ? (
        <p className="live" role="status" aria-label="Connection: live">
          <i className="dot" aria-hidden="true" />
          <span>Live</span>
        </p>
      ) : (
        <p className="paused" role="status">
          <Icon name="off" />
          <span>
            <strong>Paused since {when(link.since)}</strong>, trying again
          </span>
        </p>
      )}
      <AccountMenu viewer={viewer} query={query} onSignOut={onSignOut} />
    </header>
  );
}
