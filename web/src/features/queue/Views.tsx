import { memo } from "react";
import { Link, useLocation } from "wouter";
import { saying } from "../../api/filter";
import { texts } from "../../texts";
import { number } from "../../texts/when";
import { VIEWS } from "./views";

type Props = { search: string; counts: readonly number[] | null };

/** The lists that everybody has, each with how many tickets it holds now. */
export const Views = memo(function Views({ search, counts }: Props) {
  const [path] = useLocation();
  const days = new URLSearchParams(search).get("days");
  return (
    <nav className="views" aria-label={texts.queue.views}>
      {VIEWS.map(([name, query], place) => (
        <Link
          key={name}
          href={path + saying(query, "days", days)}
          aria-current={same(saying(search, "days", null), query) ? "page" : undefined}
        >
          {name} {counts && <span>{number(counts[place] ?? 0)}</span>}
        </Link>
      ))}
    </nav>
  );
});

/** Whether two addresses say the same, however it is written. */
function same(search: string, other: string): boolean {
  return new URLSearchParams(search).toString() === new URLSearchParams(other).toString();
}
