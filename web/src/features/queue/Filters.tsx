import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import type { Viewer } from "../../api/access";
import { daysOf, PRIORITIES, STATUSES, saying } from "../../api/filter";
import { useCommands } from "../../keys/registry";
import { texts } from "../../texts";
import { Icon } from "../../ui/Icon";

const VIEWS = [
  [texts.queue.view.undecided, ""],
  [texts.queue.view.mine, "?assignee=me"],
  [texts.queue.view.nobodys, "?assignee=nobody"],
  [texts.queue.view.urgent, "?priority=URGENT"],
  [texts.queue.view.decided, "?status=APPROVED,REJECTED&order=UPDATED_DESC"],
  [texts.queue.view.all, "?status=ANY"],
] as const;

type Option = readonly [value: string, name: string];

const STATUS_NAMES: Option[] = STATUSES.map((status) => [status, texts.words.status[status]]);
const PRIORITY_NAMES: Option[] = PRIORITIES.map((priority) => [priority, texts.words.priority[priority]]);
const ORDER_NAMES: Option[] = Object.entries(texts.queue.orders);

/** What the list shows. The address says it; these only write the address. */
export function Filters({ search, viewer }: { search: string; viewer: Viewer }) {
  const [path, go] = useLocation();
  const said = new URLSearchParams(search);
  const say = (key: string, value: string) => go(path + saying(search, key, value || null));
  const [text, setText] = useState(said.get("search") ?? "");
  useEffect(() => setText(new URLSearchParams(search).get("search") ?? ""), [search]);
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
    say("search", text.trim());
  };

  return (
    <>
      {viewer.role !== "CUSTOMER" && (
        <nav className="views" aria-label={texts.queue.views}>
          {VIEWS.map(([name, query]) => (
            <Link
              key={name}
              href={path + saying(query, "days", said.get("days"))}
              aria-current={same(saying(search, "days", null), query) ? "page" : undefined}
            >
              {name}
            </Link>
          ))}
        </nav>
      )}
      <form className="bar" aria-label={texts.queue.filter} onSubmit={submit}>
        <Choice
          label={texts.queue.status}
          value={said.get("status") ?? ""}
          options={
            viewer.role === "CUSTOMER"
              ? [["", texts.queue.anyStatus], ...STATUS_NAMES]
              : [["", texts.queue.undecided], ["ANY", texts.queue.anyStatus], ...STATUS_NAMES]
          }
          onChoose={(value) => say("status", value)}
        />
        <Choice
          label={texts.queue.priority}
          value={said.get("priority") ?? ""}
          options={[["", texts.queue.anyPriority], ...PRIORITY_NAMES]}
          onChoose={(value) => say("priority", value)}
        />
        <span className="search">
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
        </span>
        <Choice
          label={texts.queue.order}
          value={said.get("order") ?? ""}
          options={ORDER_NAMES}
          onChoose={(value) => say("order", value)}
        />
      </form>
    </>
  );
}

/** How far back the list looks: one press shows everything, another no more than before. */
export function Window({ search, viewer }: { search: string; viewer: Viewer }) {
  const [path, go] = useLocation();
  const days = daysOf(search, viewer);
  if (viewer.role === "CUSTOMER") return null;
  return (
    <span className={days === null ? "chip add" : "chip"}>
      <button
        type="button"
        aria-pressed={days !== null}
        title={days === null ? texts.queue.onlyDays : texts.queue.olderToo}
        onClick={() => go(path + saying(search, "days", days === null ? null : "ANY"))}
      >
        {texts.queue.days(days ?? daysOf("", viewer))} {days !== null && <Icon name="x" />}
      </button>
    </span>
  );
}

/** Whether two addresses say the same, however it is written. */
function same(search: string, other: string): boolean {
  return new URLSearchParams(search).toString() === new URLSearchParams(other).toString();
}

type ChoiceProps = { label: string; value: string; options: Option[]; onChoose: (value: string) => void };

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  const known = options.some(([option]) => option === value);
  return (
    <select className="select" aria-label={label} value={value} onChange={(event) => onChoose(event.target.value)}>
      {!known && <option value={value}>{value}</option>}
      {options.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </select>
  );
}
