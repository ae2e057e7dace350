import { Link, useLocation } from "wouter";
import type { Viewer } from "../../api/access";
import { daysOf, saying } from "../../api/filter";
import { texts } from "../../texts";
import { Empty } from "../../ui/Empty";
import { choosing, chosenOf, type Facet, facetsOf, wordsOf } from "./facets";
import { VIEWS } from "./views";

type Props = { search: string; viewer: Viewer; counts: readonly number[] | null };

const MINE = "?assignee=me";

/** Why the list is empty, and the ways out of that. */
export function Nothing({ search, viewer, counts }: Props) {
  const [path] = useLocation();
  const days = daysOf(search, viewer);
  const narrowed = narrowing(search);
  const count = (query: string) => counts?.[VIEWS.findIndex(([, each]) => each === query)] ?? 0;
  const mine = narrowed.length === 1 && saying(search, "days", null) === MINE;
  const [nobodys, open] = [count("?assignee=nobody"), count("")];
  const older = days !== null && (
    <Link className="btn" href={path + saying(search, "days", "ANY")}>
      {texts.queue.older}
    </Link>
  );

  if (mine && nobodys > 0)
    return (
      <Empty
        title={texts.queue.nothingForYou}
        acts={
          <>
            <Link className="btn" href={path + saying(search, "assignee", "nobody")}>
              {texts.queue.showNobodys}
            </Link>
            {older}
          </>
        }
      >
        {texts.queue.nobodyHas(nobodys)}
      </Empty>
    );
  if (narrowed.length === 0)
    return (
      <Empty title={texts.queue.nothing} acts={older}>
        {days === null ? texts.queue.nothingFits : texts.queue.nothingYoung(days)}
      </Empty>
    );
  return (
    <Empty
      icon="filter"
      title={texts.queue.nothing}
      acts={
        <>
          {narrowed.map(({ words, without }) => (
            <Link key={words} className="btn" href={path + without}>
              {texts.queue.drop(words)}
            </Link>
          ))}
          <Link className="btn" href={path + saying("", "days", new URLSearchParams(search).get("days"))}>
            {texts.queue.showAllOpen}
          </Link>
          {older}
        </>
      }
    >
      {days === null ? texts.queue.nothingFits : texts.queue.nothingYoung(days)}{" "}
      {open > 0 && texts.queue.withoutFilters(open)}
    </Empty>
  );
}

/** What narrows the list, each in words and with the address without it. */
function narrowing(search: string): { words: string; without: string }[] {
  const { shown, others } = facetsOf([]);
  const said = new URLSearchParams(search);
  const chosen = [...shown, ...others].filter(({ key }) => key !== "status" && said.has(key));
  const text = said.get("search");
  return [
    ...chosen.map((facet) => ({ words: inWords(search, facet), without: choosing(search, facet, []) })),
    ...(text ? [{ words: text, without: saying(search, "search", null) }] : []),
  ];
}

function inWords(search: string, facet: Facet): string {
  const words = wordsOf(facet, chosenOf(search, facet));
  return facet.many ? words : `${texts.queue.facet[facet.key]} ${words}`;
}
