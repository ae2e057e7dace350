import { type FormEvent, memo, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { saying } from "../../api/filter";
import { keyOf } from "../../keys/commands";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { type Item, Menu } from "../../ui/Menu";
import { choosing, chosenOf, type Facet, facetsOf, toggled, wordsOf } from "./facets";

type Props = { search: string; assignees: readonly string[] };

/** What the list shows. The address says it; these only write the address. */
export const Filters = memo(function Filters({ search, assignees }: Props) {
  const [path, go] = useLocation();
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState<Facet | null>(null);
  const add = useRef<HTMLButtonElement>(null);
  const { shown, others } = facetsOf(assignees);
  const show = (search: string) => go(path + search);
  const chosen = (facet: Facet) => chosenOf(search, facet);
  useCommands(
    { "queue.filter": { when: () => add.current?.checkVisibility() ?? false, run: () => setOpen(true) } },
    [],
  );
  const lineOf = (facet: Facet): Item => {
    const title = texts.queue.facet[facet.key];
    return facet.options
      ? { title, items: options(search, facet, show) }
      : { title: texts.queue.byText(title), run: () => setAsking(facet) };
  };

  return (
    <search className="bar" aria-label={texts.queue.filter}>
      <div className="chips">
        {[...shown, ...others.filter((facet) => chosen(facet).length)].map((facet) => (
          <Chip key={facet.key} facet={facet} search={search} onShow={show} onAsk={() => setAsking(facet)} />
        ))}
        <span className="chip add">
          <Menu open={open} onOpenChange={setOpen} items={[...shown, ...others].map(lineOf)}>
            <button type="button" ref={add} aria-keyshortcuts={keyOf("queue.filter")}>
              <Icon name="plus" /> {texts.queue.filter} <Kbd keys={keyOf("queue.filter")} hint />
            </button>
          </Menu>
        </span>
      </div>
      <Search search={search} onSearch={(text) => show(saying(search, "search", text || null))} />
      {asking && (
        <AskText
          name={texts.queue.facet[asking.key]}
          value={chosen(asking)[0] ?? ""}
          onAnswer={(text) => show(choosing(search, asking, text ? [text] : []))}
          onClose={() => setAsking(null)}
        />
      )}
    </search>
  );
});

type Showing = (search: string) => void;

/** The values of a facet as a menu: any, one of them, or several. */
function options(search: string, facet: Facet, show: Showing): Item[] {
  const chosen = chosenOf(search, facet);
  const any = { title: texts.queue.all, checked: chosen.length === 0, run: () => show(choosing(search, facet, [])) };
  const values = (facet.options ?? []).map(([value, title]) => ({
    title,
    checked: chosen.includes(value),
    stays: facet.many ?? false,
    run: () => show(toggled(search, facet, value)),
  }));
  return [any, ...values];
}

type ChipProps = { facet: Facet; search: string; onShow: Showing; onAsk: () => void };

/** What the list is narrowed to in one respect; another press takes that away. */
function Chip({ facet, search, onShow, onAsk }: ChipProps) {
  const name = texts.queue.facet[facet.key];
  const chosen = chosenOf(search, facet);
  const inside = (
    <>
      <span className="key">{name}</span> {wordsOf(facet, chosen) || texts.queue.any[facet.key]}
    </>
  );
  return (
    <span className="chip">
      {facet.options ? (
        <Menu items={options(search, facet, onShow)}>
          <button type="button">{inside}</button>
        </Menu>
      ) : (
        <button type="button" onClick={onAsk}>
          {inside}
        </button>
      )}
      {chosen.length > 0 && (
        <button
          type="button"
          aria-label={texts.queue.unfilter(name)}
          onClick={() => onShow(choosing(search, facet, []))}
        >
          <Icon name="x" />
        </button>
      )}
    </span>
  );
}

/** Words to look for in subject, text and thread. */
function Search({ search, onSearch }: { search: string; onSearch: (text: string) => void }) {
  const said = new URLSearchParams(search).get("search") ?? "";
  const [text, setText] = useState(said);
  useEffect(() => setText(said), [said]);
  const field = useRef<HTMLInputElement>(null);
  useCommands(
    {
      "queue.search": {
        when: () => field.current?.checkVisibility() ?? false,
        run: () => field.current?.focus(),
      },
    },
    [],
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(text.trim());
  };
  return (
    <form className="search" onSubmit={submit}>
      <Icon name="search" />
      <input
        className="input"
        type="search"
        ref={field}
        aria-label={texts.queue.search}
        placeholder={texts.queue.search}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
}

type AskProps = { name: string; value: string; onAnswer: (text: string) => void; onClose: () => void };

/** Asks for a value that cannot be chosen from a list. */
function AskText({ name, value, onAnswer, onClose }: AskProps) {
  const [text, setText] = useState(value);
  return (
    <Dialog title={name} onClose={onClose}>
      {(close) => (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            close();
            onAnswer(text.trim());
          }}
        >
          <div className="d-body">
            <input
              className="input"
              aria-label={name}
              maxLength={128}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
          <div className="d-foot">
            <span className="grow" />
            <button type="submit" className="btn primary">
              {texts.queue.apply}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
