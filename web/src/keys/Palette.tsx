import { Command as Menu, useCommandState } from "cmdk";
import { Fragment, useEffect, useEffectEvent, useRef, useState } from "react";
import { texts } from "../texts";
import { focusBack } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Kbd } from "../ui/Kbd";
import type { Group } from "./commands";
import { available } from "./registry";

/** A ticket that the palette found, and what choosing it does. */
export type FoundTicket = { number: number; subject: string; run: () => void };
export type Find = (typed: string) => Promise<readonly FoundTicket[]>;

const PAUSE_MS = 150;
const TICKET = "ticket/";
const GROUPS: readonly Group[] = ["ticket", "queue", "writing", "everywhere"];

/** Everything that can be done now, found by a few letters of its name, and tickets by their number or words. */
export function Palette({ find, onClose }: { find: Find; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const found = useRef(available().filter(({ hidden }) => !hidden)).current;
  const [typed, setTyped] = useState("");
  const tickets = useFound(find, typed);
  const opener = useRef(document.activeElement as HTMLElement | null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector("input")?.focus(); // cmdk's own frame would have it
  }, []);
  const close = () => dialog.current?.close();
  const choose = (run: () => unknown) => {
    close();
    onClose();
    focusBack(opener.current);
    void run();
  };

  return (
    <dialog ref={dialog} className="palette" aria-label={texts.keys.palette} onClose={onClose}>
      <Menu
        label={texts.keys.ask}
        loop
        filter={fitting}
        onKeyDown={(event) => event.ctrlKey && event.key === "k" && close()}
      >
        <div className="ask">
          <Icon name="search" />
          <Menu.Input placeholder={texts.keys.ask} value={typed} onValueChange={setTyped} />
        </div>
        <Menu.List label={texts.keys.results}>
          <Menu.Empty className="group">{texts.keys.nothing}</Menu.Empty>
          {GROUPS.filter((group) => found.some((command) => command.group === group)).map((group) => (
            <Menu.Group key={group} heading={<span className="group">{texts.keys.group[group]}</span>}>
              {found
                .filter((command) => command.group === group)
                .map(({ id, title, icon = "next", keys: [key], run }) => (
                  <Menu.Item key={id} value={id} keywords={[title]} onSelect={() => choose(run)}>
                    <Icon name={icon} />
                    <span>
                      <Marked text={title} typed={typed} />
                    </span>
                    <span>{key && <Kbd keys={key} />}</span>
                  </Menu.Item>
                ))}
            </Menu.Group>
          ))}
          {tickets.length > 0 && (
            <Menu.Group heading={<span className="group">{texts.keys.tickets}</span>}>
              {tickets.map(({ number, subject, run }) => (
                <Menu.Item key={number} value={TICKET + number} onSelect={() => choose(run)}>
                  <Icon name="inbox" />
                  <span className="clip">
                    #{number}{" "}
                    <bdi>
                      <Marked text={subject} typed={typed} />
                    </bdi>
                  </span>
                </Menu.Item>
              ))}
            </Menu.Group>
          )}
        </Menu.List>
        <p className="end">
          <span>
            <Kbd keys="ArrowUp" /> <Kbd keys="ArrowDown" /> {texts.keys.choose}
          </span>
          <span>
            <Kbd keys="Enter" /> {texts.keys.run}
          </span>
          <Count />
        </p>
      </Menu>
    </dialog>
  );
}

/** What is found for what was typed, once somebody paused. */
function useFound(find: Find, typed: string): readonly FoundTicket[] {
  const [found, setFound] = useState<readonly FoundTicket[]>([]);
  const look = useEffectEvent(find);
  useEffect(() => {
    let over = false;
    const timer = setTimeout(async () => {
      const tickets = typed ? await look(typed) : [];
      if (!over) setFound(tickets);
    }, PAUSE_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [typed]);
  return found;
}

/**
 * Whether every word that was typed begins a word of the title: cmdk's own measure also finds what nobody meant.
 * Tickets were found by the desk.
 */
function fitting(id: string, typed: string, [title = ""]: string[] = []): number {
  if (id.startsWith(TICKET)) return 1;
  const words = title.toLowerCase().split(/\s+/);
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)))
    ? 1
    : 0;
}

/** A text, with those beginnings of its words marked that were typed. */
function Marked({ text, typed }: { text: string; typed: string }) {
  const parts = typed.toLowerCase().split(/\s+/);
  return text.split(/(\s+)/).map((word, place) => {
    const begun = parts.filter((part) => word.toLowerCase().startsWith(part));
    const length = Math.max(0, ...begun.map((part) => part.length));
    return (
      <Fragment key={place}>
        {length > 0 && <mark>{word.slice(0, length)}</mark>}
        {word.slice(length)}
      </Fragment>
    );
  });
}

function Count() {
  const count = useCommandState(({ filtered }) => filtered.count);
  return <span role="status">{texts.keys.found(count)}</span>;
}
