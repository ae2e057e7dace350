import { useEffect, useRef } from "react";
import type { Viewer } from "../../api/access";
import { ask } from "../../api/ask";
import { texts } from "../../texts";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { useAnswer } from "../../ui/useAnswer";
import { OwnAccess } from "./documents";
import { Look } from "./Look";
import { Password } from "./Password";
import { People } from "./People";
import { Tokens } from "./Tokens";

const readOwn = () => ask(OwnAccess, {});

type Props = { viewer: Viewer; onSignOutEverywhere: () => Promise<void> };

/** One's own ways in, and for admins everybody's. */
export function Settings({ viewer, onSignOutEverywhere }: Props) {
  const [own, trouble, again] = useAnswer(readOwn);
  const [attempt, notLeft, leaving] = useAttempt();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <main className="settings">
      <title>{texts.words.page(texts.settings.title)}</title>
      <h1 className="title" tabIndex={-1} ref={title}>
        {texts.settings.title}
      </h1>
      <Trouble text={trouble} />
      <Look />
      {own && (
        <>
          <Password name={viewer.name} hasPassword={own.viewer.hasPassword} onSet={again} />
          <section aria-labelledby="sessions-title">
            <h2 id="sessions-title">{texts.settings.sessions}</h2>
            <p className="quiet">{texts.settings.sessionsHint}</p>
            <Trouble text={notLeft} />
            <button type="button" className="btn" disabled={leaving} onClick={() => attempt(onSignOutEverywhere)}>
              {texts.settings.everywhere}
            </button>
          </section>
          <Tokens tokens={own.tokens} onChanged={again} />
          {viewer.role === "ADMIN" && <People me={viewer.name} />}
        </>
      )}
    </main>
  );
}
