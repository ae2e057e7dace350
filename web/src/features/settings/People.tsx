import { useCallback, useEffect, useState } from "react";
import type { Person as Account } from "../../api/access";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { Avatar } from "../../ui/Signs";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { People as Page } from "./documents";
import { NewPerson } from "./NewPerson";
import { Person } from "./Person";

/** Everybody who can sign in, for admins. */
export function People({ me }: { me: string }) {
  const [people, setPeople] = useState<Account[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [attempt, trouble, busy] = useAttempt();
  const [making, setMaking] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const open = people.find(({ name }) => name === opened);

  const read = useCallback(
    (after: string | null) =>
      void attempt(async () => {
        const { edges, pageInfo } = (await ask(Page, { after })).accounts;
        setPeople((before) => [...(after ? before : []), ...edges.map(({ node }) => node)]);
        setNext(pageInfo.hasNextPage ? pageInfo.endCursor : null);
      }),
    [attempt],
  );
  useEffect(() => read(null), [read]);
  const changed = (person: Account) => {
    setPeople((before) => before.map((each) => (each.name === person.name ? person : each)));
  };

  return (
    <section className="set" id="people" aria-labelledby="people-title">
      <div className="head">
        <h2 id="people-title">{texts.settings.people.title}</h2>
        <button type="button" className="btn" onClick={() => setMaking(true)}>
          {texts.settings.people.make}
        </button>
      </div>
      <Trouble text={trouble} />
      <ul className="people">
        {people.map((person) => (
          <li key={person.name}>
            <Avatar of={person.name} me={me} />
            <b className="clip">{person.name}</b>
            <span className="quiet clip">
              {[texts.words.role[person.role], person.userId].filter(Boolean).join(" ")}
              {!person.active && texts.settings.people.disabled}
            </span>
            <button
              type="button"
              className="btn bare"
              aria-label={texts.settings.people.changeOf(person.name)}
              onClick={() => setOpened(person.name)}
            >
              {texts.settings.people.change}
            </button>
          </li>
        ))}
      </ul>
      {next && (
        <button type="button" className="btn" disabled={busy} onClick={() => read(next)}>
          {texts.words.more}
        </button>
      )}
      {making && <NewPerson onMade={() => read(null)} onClose={() => setMaking(false)} />}
      {open && <Person person={open} me={me} onChanged={changed} onClose={() => setOpened(null)} />}
    </section>
  );
}
