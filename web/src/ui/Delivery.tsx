import type { ReactNode } from "react";
import { texts } from "../texts";
import { when } from "../texts/when";
import { Icon } from "./Icon";
import { Notice } from "./Notice";
import { Trouble, useAttempt } from "./Trouble";

const said = texts.ticket.delivery;

type State = "QUEUED" | "SENT" | "FAILED" | "UNCERTAIN";
type Step = { at: string; delivery: State; words: string };
type Mail = { recipient: string; delivery: State; nextTryAt: string | null; rawUrl: string; steps: readonly Step[] };

type Props = {
  mail: Mail;
  /** What stands before it: which mail it is. */
  children?: ReactNode;
  /** Decides that it arrived, or that it is sent again. May raise an Error. */
  onSettle: (arrived: boolean) => Promise<void>;
};

/** Where a mail is on its way: in a line, or as a notice where a person has to decide. */
export function Delivery({ mail, children, onSettle }: Props) {
  const { recipient, delivery } = mail;
  const [attempt, trouble, busy] = useAttempt();
  const settle = (arrived: boolean) => () => void attempt(() => onSettle(arrived));
  if (delivery === "QUEUED" || delivery === "SENT") return <OnItsWay mail={mail}>{children}</OnItsWay>;

  const uncertain = delivery === "UNCERTAIN";
  return (
    <Notice
      kind={uncertain ? "warn" : "bad"}
      acts={
        <>
          {uncertain && (
            <button type="button" className="btn small" disabled={busy} onClick={settle(true)}>
              {said.arrived}
            </button>
          )}
          <button type="button" className="btn small" disabled={busy} onClick={settle(false)}>
            {said.again}
          </button>
        </>
      }
    >
      {children}
      <strong>
        {said[delivery]}
        {(uncertain ? said.at : said.to)(recipient)}
        {said.ends}
      </strong>{" "}
      {mail.steps.at(-1)?.words}
      <details className="way">
        <summary>{said.how}</summary>
        <Steps mail={mail} />
      </details>
      <Trouble text={trouble} />
    </Notice>
  );
}

/** Where it is, as sign and word. */
export function Way({ of }: { of: State }) {
  return (
    <span className={of === "SENT" ? "sent good" : "sent"}>
      <Icon name={of === "SENT" ? "check" : "mail"} />
      {said[of]}
    </span>
  );
}

function OnItsWay({ mail, children }: Pick<Props, "mail" | "children">) {
  const { recipient, delivery, nextTryAt, steps } = mail;
  const last = steps.at(-1);
  const sent = delivery === "SENT";
  return (
    <details className="way">
      <summary>
        {children}
        <Way of={delivery} />
        {said.to(recipient)}
        {!sent && nextTryAt && last?.words && said.next(nextTryAt, last.words)}
        {sent && last && <time dateTime={last.at}>{when(last.at)}</time>}
      </summary>
      <Steps mail={mail} />
    </details>
  );
}

function Steps({ mail: { steps, rawUrl } }: Pick<Props, "mail">) {
  return (
    <>
      <ol>
        {steps.map(({ at, delivery, words }, place) => (
          <li key={place}>
            <time dateTime={at}>{when(at)}</time>
            <span>{words || (delivery === "QUEUED" ? said.queued : said[delivery])}</span>
          </li>
        ))}
      </ol>
      <a href={rawUrl} download>
        {texts.ticket.mail.raw}
      </a>
    </>
  );
}
