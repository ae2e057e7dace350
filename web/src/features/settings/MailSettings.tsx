import { Fragment, useState } from "react";
import { ask } from "../../api/ask";
import type { ResultOf } from "../../api/graphql";
import { texts } from "../../texts";
import { Icon } from "../../ui/Icon";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { useAnswer } from "../../ui/useAnswer";
import { CheckMail, MailSettings as Read } from "./documents";

const said = texts.settings.mail;
const read = () => ask(Read, {});
type Finding = ResultOf<typeof CheckMail>["checkMail"][number];

/** How mail comes and goes, for admins, and whether that works. */
export function MailSettings() {
  const [answer, trouble] = useAnswer(read);
  const [attempt, failed, busy] = useAttempt();
  const [found, setFound] = useState<readonly Finding[]>([]);
  const check = () => void attempt(async () => setFound((await ask(CheckMail, {})).checkMail));
  const settings = answer?.mailSettings;
  return (
    <section className="set" id="mail" aria-labelledby="mail-title">
      <div className="head">
        <h2 id="mail-title">{said.title}</h2>
        {settings && (
          <button type="button" className="btn" disabled={busy} onClick={check}>
            {said.check}
          </button>
        )}
      </div>
      <Trouble text={trouble ?? failed} />
      {answer && !settings && <p className="quiet">{said.none}</p>}
      {settings && (
        <dl className="dl">
          {settings.map(({ name, value }) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
      )}
      <div role="status">
        {found.length > 0 && (
          <ul className="tried" aria-label={said.found}>
            {found.map(({ what, words, works }) => (
              <li key={what + words}>
                <span className={works ? "sent good" : "sent bad"}>
                  <Icon name={works ? "check" : "alert"} />
                  {works ? said.works : said.fails}
                </span>
                <b>{what}</b>
                <span>{words}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
