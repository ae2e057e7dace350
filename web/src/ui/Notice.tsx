import { type ReactNode, useState } from "react";
import { texts } from "../texts";
import { copy } from "./copy";
import { Icon } from "./Icon";

type Props = {
  kind: "warn" | "bad" | "good";
  children: ReactNode;
  /** The ways out, as buttons. */
  acts?: ReactNode;
  /** The id of the request that failed: whoever runs the desk finds it in the log. */
  id?: string | undefined;
};

const ICONS = { warn: "alert", bad: "alert", good: "check" } as const;

/** What is to be known before going on, where it matters, with the ways out. */
export function Notice({ kind, children, acts, id }: Props) {
  const [copied, setCopied] = useState(false);
  return (
    <div className={`notice ${kind}`} role={kind === "good" ? "status" : "alert"}>
      <Icon name={ICONS[kind]} />
      <div>
        {children}
        {id && <p className="id">{texts.words.askedAs(id)}</p>}
      </div>
      {(acts || id) && (
        <div className="acts">
          {acts}
          {id && (
            <button
              type="button"
              className="btn small"
              onClick={async ({ currentTarget }) => setCopied(await copy(id, currentTarget))}
            >
              {copied ? texts.words.copied : texts.words.copy}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
