import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import { type Desk, useDesk } from "../../api/desk";
import type { TicketRow } from "../../api/documents";
import { keyOf } from "../../keys/commands";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { copy } from "../../ui/copy";
import { Icon } from "../../ui/Icon";
import { setLook, useLook } from "../../ui/look";
import { Menu } from "../../ui/Menu";
import { Status } from "../../ui/Signs";
import { toast } from "../../ui/toasts";
import type { Present } from "./documents";
import { SubjectField } from "./EditFields";
import type { Acts } from "./useActs";
import type { Edit } from "./useEdit";

type Props = {
  desk: Desk;
  row: TicketRow;
  query: string;
  edit: Edit;
  acts: Acts;
  here: readonly Present[];
  children: ReactNode;
};

/** Which ticket this is, who else is at it, and the way to its neighbours; below it what is known and can be done. */
export function Head({ desk, row, query, edit, acts, here, children }: Props) {
  const title = useRef<HTMLHeadingElement>(null);
  const reading = edit.fields === null;
  useEffect(() => {
    if (reading) title.current?.focus({ preventScroll: true });
  }, [reading]);
  return (
    <header className="t-head">
      <div className="t-line">
        <Link className="btn bare square back" href={`/${query}`} aria-label={texts.ticket.back}>
          <Icon name="left" />
        </Link>
        <span className="num">#{row.number}</span>
        <Dot />
        <span className="clip">
          {texts.words.source[row.source]}, <time dateTime={row.createdAt}>{when(row.createdAt)}</time>
        </span>
        {edit.fields && (
          <>
            <Dot />
            <Status of={row.status} />
          </>
        )}
        <Here present={here} />
        <span className="grow" />
        <Neighbours desk={desk} number={row.number} query={query} />
        <More row={row} edit={edit} acts={acts} />
      </div>
      {edit.fields ? (
        <>
          <h1 className="sr" id="t-title" tabIndex={-1}>
            {texts.ticket.editing(row.number)}
          </h1>
          <SubjectField edit={edit} fields={edit.fields} />
        </>
      ) : (
        <h1 className="t-title" id="t-title" tabIndex={-1} ref={title}>
          <bdi>{row.subject}</bdi>
        </h1>
      )}
      {children}
    </header>
  );
}

function Dot() {
  return (
    <span className="sep" aria-hidden="true">
      ·
    </span>
  );
}

/** "Adaeze looks, bob types." */
function Here({ present }: { present: readonly Present[] }) {
  const typing = present.filter(({ typing }) => typing).map(({ name }) => name);
  const looking = present.filter(({ typing }) => !typing).map(({ name }) => name);
  if (!present.length) return null;
  const { looks, types } = texts.ticket.here;
  return (
    <>
      <Dot />
      <span className="here clip">
        {[looking.length && looks(looking), typing.length && types(typing)].filter(Boolean).join(", ")}
      </span>
    </>
  );
}

/** The tickets before and after this one, as the list has them. */
function Neighbours({ desk, number, query }: { desk: Desk; number: number; query: string }) {
  const order = useDesk(desk, (desk) => desk.state.queue?.order);
  const place = order?.indexOf(number) ?? -1;
  if (place < 0) return null;
  const ways = [
    [texts.ticket.previous, "prev", order?.[place - 1]],
    [texts.ticket.next, "next", order?.[place + 1]],
  ] as const;
  return ways.map(
    ([name, icon, other]) =>
      other !== undefined && (
        <Link key={name} className="btn bare square hide-s" href={`/tickets/${other}${query}`} aria-label={name}>
          <Icon name={icon} />
        </Link>
      ),
  );
}

/** What is done seldom, and how the ticket is looked at. */
function More({ row, edit, acts }: Pick<Props, "row" | "edit" | "acts">) {
  const { aside } = useLook();
  const button = useRef<HTMLButtonElement>(null);
  const copyLink = async () => {
    const link = `${location.origin}/tickets/${row.number}`;
    if (button.current && (await copy(link, button.current))) toast({ text: texts.ticket.linkCopied });
  };
  const items = [
    ...acts.others
      .filter(({ id }) => id !== "ticket.edit")
      .map(({ id, name, run }) => ({ title: name, run, keys: keyOf(id), disabled: acts.busy })),
    ...(edit.fields
      ? []
      : [
          {
            title: texts.ticket.asideShown,
            run: () => setLook({ aside: !aside }),
            keys: keyOf("ticket.history"),
            checked: aside,
          },
        ]),
    { title: texts.ticket.copyLink, run: () => void copyLink() },
  ];
  return (
    <Menu align="end" items={items}>
      <button type="button" className="btn bare square" aria-label={texts.ticket.more} ref={button}>
        <Icon name="more" />
      </button>
    </Menu>
  );
}
