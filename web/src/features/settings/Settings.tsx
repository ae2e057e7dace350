import { useEffect, useRef } from "react";
import type { Viewer } from "../../api/access";
import { ask } from "../../api/ask";
import { useAnswer } from "../../api/useAnswer";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { OwnAccess } from "./documents";
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
      <title>Settings · Guichet</title>
      <h1 className="title" tabIndex={-1} ref={title}>
        Settings
      </h1>
      <Trouble text={trouble} />
      {own && (
        <>
          <Password name={viewer.name} hasPassword={own.viewer.hasPassword} onSet={again} />
          <section aria-labelledby="sessions-title">
            <h2 id="sessions-title">Sessions</h2>
            <p className="quiet">
              Signs you out here and in every other browser. Tokens go on: they are for programs, and end one by one.
            </p>
            <Trouble text={notLeft} />
            <button type="button" className="btn" disabled={leaving} onClick={() => attempt(onSignOutEverywhere)}>
              Sign out everywhere
            </button>
          </section>
          <Tokens tokens={own.tokens} onChanged={again} />
          {viewer.role === "ADMIN" && <People me={viewer.name} />}
        </>
      )}
    </main>
  );
}
