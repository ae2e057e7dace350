import { useEffect, useRef } from "react";
import { type Viewer, worksHere } from "../../api/access";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { useAnswer } from "../../ui/useAnswer";
import { Contents } from "./Contents";
import { DeadLetters } from "./DeadLetters";
import { DeadLetters as DeadLettersRead, OwnAccess, Unsent as UnsentRead } from "./documents";
import { Look, Shortcuts } from "./Look";
import { MailSettings } from "./MailSettings";
import { Password } from "./Password";
import { People } from "./People";
import { Tokens } from "./Tokens";
import { Unsent } from "./Unsent";

const said = texts.settings;
const readOwn = () => ask(OwnAccess, {});
const readDead = async () => (await ask(DeadLettersRead, {})).deadLetters.edges.map(({ node }) => node);
const readUnsent = async () => {
  const { failed, uncertain } = await ask(UnsentRead, {});
  return [...uncertain.edges, ...failed.edges].map(({ node }) => node);
};
const readNone = async () => [];

type Props = { viewer: Viewer; onSignOutEverywhere: () => Promise<void> };

/** How the page looks here, one's own ways in, and for admins everybody's. */
export function Settings({ viewer, onSignOutEverywhere }: Props) {
  const [own, trouble, again] = useAnswer(readOwn);
  const [attempt, notLeft, leaving] = useAttempt();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const [dead] = useAnswer(worksHere(viewer) ? readDead : readNone);
  const [unsent] = useAnswer(worksHere(viewer) ? readUnsent : readNone);
  const keyed = viewer.role !== "CUSTOMER";
  const admin = viewer.role === "ADMIN";
  const parts = [
    ["look", texts.look.title],
    ...(keyed ? [["shortcuts", texts.look.shortcuts] as const] : []),
    ...(own ? [["password", said.password.title] as const, ["tokens", said.tokens.title] as const] : []),
    ...(own && admin ? [["people", said.people.title] as const] : []),
    ...(admin ? [["mail", said.mail.title] as const] : []),
    ...(unsent?.length ? [["unsent", said.outbox.title] as const] : []),
    ...(dead?.length ? [["dead", said.dead.title] as const] : []),
    ["account", said.account],
  ] as const;
  return (
    <div className="page settings">
      <title>{texts.words.page(said.title)}</title>
      <div className="wrap">
        <Contents parts={parts} />
        <main>
          <div className="head-row">
            <h1 className="title" tabIndex={-1} ref={title}>
              {said.title}
            </h1>
            <p className="quiet">{texts.look.lede}</p>
          </div>
          <Trouble text={trouble} />
          <Look />
          {keyed && <Shortcuts />}
          {own && (
            <>
              <Password name={viewer.name} hasPassword={own.viewer.hasPassword} onSet={again} />
              <Tokens tokens={own.tokens} onChanged={again} />
              {admin && <People me={viewer.name} />}
            </>
          )}
          {admin && <MailSettings />}
          {unsent && unsent.length > 0 && <Unsent mails={unsent} />}
          {dead && dead.length > 0 && <DeadLetters letters={dead} />}
          <section className="set" id="account" aria-labelledby="account-title">
            <h2 id="account-title">{said.account}</h2>
            <dl className="dl">
              <dt>{said.name}</dt>
              <dd>{viewer.name}</dd>
              <dt>{said.role}</dt>
              <dd>{texts.words.role[viewer.role]}</dd>
            </dl>
            <p className="quiet">{said.sessionsHint}</p>
            <Trouble text={notLeft} />
            <p className="t-acts">
              <button type="button" className="btn" disabled={leaving} onClick={() => attempt(onSignOutEverywhere)}>
                {said.everywhere}
              </button>
            </p>
          </section>
        </main>
      </div>
    </div>
  );
}
