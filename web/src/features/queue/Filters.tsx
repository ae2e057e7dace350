import { type FormEvent, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import type { Viewer } from "../../api/access";
import { daysOf, PRIORITIES, STATUSES, saying } from "../../api/filter";
import { Icon } from "../../ui/Icon";
import { named } from "../../ui/words";

const VIEWS = [
  ["Undecided", ""],
  ["Mine", "?assignee=me"],
  ["Nobody’s", "?assignee=nobody"],
  ["Urgent", "?priority=URGENT"],
  ["Decided", "?status=APPROVED,REJECTED&order=UPDATED_DESC"],
  ["All", "?status=ANY"],
] as const;

type Option = readonly [value: string, name: string];

const STATUS_NAMES: Option[] = STATUSES.map((status) => [status, named(status)]);
const PRIORITY_NAMES: Option[] = PRIORITIES.map((priority) => [priority, named(priority)]);
const ORDER_NAMES: Option[] = [
  ["", "Newest first"],
  ["CREATED_ASC", "Oldest first"],
  ["UPDATED_DESC", "Changed last"],
  ["UPDATED_ASC", "Changed longest ago"],
];

/** What the list shows. The address says it; these only write the address. */
export function Filters({ search, viewer }: { search: string; viewer: Viewer }) {
  const [path, go] = useLocation();
  const said = new URLSearchParams(search);
  const say = (key: string, value: string) => go(path + saying(search, key, value || null));
  const [text, setText] = useState(said.get("search") ?? "");
  useEffect(() => setText(new URLSearchParams(search).get("search") ?? ""), [search]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    say("search", text.trim());
  };

  return (
    <>
      {viewer.role !== "CUSTOMER" && (
        <nav className="views" aria-label="Views">
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
      <form className="bar" aria-label="Filter" onSubmit={submit}>
        <Choice
          label="Status"
          value={said.get("status") ?? ""}
          options={
            viewer.role === "CUSTOMER"
              ? [["", "Any status"], ...STATUS_NAMES]
              : [["", "Undecided"], ["ANY", "Any status"], ...STATUS_NAMES]
          }
          onChoose={(value) => say("status", value)}
        />
        <Choice
          label="Priority"
          value={said.get("priority") ?? ""}
          options={[["", "Any priority"], ...PRIORITY_NAMES]}
          onChoose={(value) => say("priority", value)}
        />
        <span className="search">
          <Icon name="search" />
          <input
            className="input"
            type="search"
            aria-label="Search"
            placeholder="Search"
            maxLength={200}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </span>
        <Choice
          label="Order"
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
        title={days === null ? "Show the last days only" : "Show older tickets too"}
        onClick={() => go(path + saying(search, "days", days === null ? null : "ANY"))}
      >
        {`Last ${days ?? daysOf("", viewer)} days`} {days !== null && <Icon name="x" />}
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
