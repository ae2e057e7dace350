import { useState } from "react";
import { Problem } from "../../api/act";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { bytes, when } from "../../texts/when";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { type DeadLetter, RetryDeadLetter } from "./documents";

const said = texts.settings.dead;

/** Mails that could not be taken in, each with its reason, the bytes as they came, and another try. */
export function DeadLetters({ letters }: { letters: DeadLetter[] }) {
  return (
    <section className="set" id="dead" aria-labelledby="dead-title">
      <h2 id="dead-title">{said.title}</h2>
      <p className="quiet">{said.lede}</p>
      <ul className="letters">
        {letters.map((letter) => (
          <Letter key={letter.id} letter={letter} />
        ))}
      </ul>
    </section>
  );
}

function Letter({ letter: { id, mailbox, key, reason, size, at, rawUrl, retrying } }: { letter: DeadLetter }) {
  const [asked, setAsked] = useState(retrying);
  const [attempt, trouble, busy] = useAttempt();
  const retry = () =>
    void attempt(async () => {
      const { outcome } = await ask(RetryDeadLetter, { id });
      if (outcome.__typename === "NotFound") throw new Problem(outcome.__typename, outcome.message);
      setAsked(true);
    });
  return (
    <li>
      <span className="grow">
        <b>{said.named(mailbox, key)}</b> <span className="quiet">{`${when(at)}, ${bytes(size)}`}</span>
        <br />
        {reason}
        <Trouble text={trouble} />
      </span>
      {rawUrl && (
        <a className="btn bare" href={rawUrl} download>
          {texts.ticket.mail.raw}
        </a>
      )}
      <button type="button" className="btn" disabled={busy || asked} onClick={retry}>
        {asked ? said.retrying : said.retry}
      </button>
    </li>
  );
}
