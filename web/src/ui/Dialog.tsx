import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { texts } from "../texts";
import { Icon } from "./Icon";

type Props = {
  title: string;
  /** Whether it stays until it is answered. */
  insistent?: boolean;
  className?: string;
  onClose: () => void;
  children: (close: () => void) => ReactNode;
};

type Foot = { close: () => void; busy?: boolean; children: ReactNode };

/**
 * A native modal dialog: focus begins at what is marked `data-first`, else at the first field; it stays inside, and
 * goes back to where it came from, or to the head of the page if that is gone. Ctrl+Enter sends its form.
 */
export function Dialog({ title, insistent = false, className, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    const found = (what: string) => dialog.current?.querySelector<HTMLElement>(what);
    (found("[data-first]") ?? found(":is(input, select, textarea):not([hidden])"))?.focus();
    return () => focusBack(opener);
  }, []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={(event) => insistent && event.preventDefault()}
      onKeyDown={send}
    >
      <div className="d-head">
        <h2 id={id}>{title}</h2>
        {!insistent && (
          <button type="button" className="btn bare square" aria-label={texts.words.close} onClick={close}>
            <Icon name="x" />
          </button>
        )}
      </div>
      {children(close)}
    </dialog>
  );
}

/** The foot of a dialog with a form: out of it, or on; `children` say what the form does. */
export function SendOrCancel({ close, busy = false, children }: Foot) {
  return (
    <div className="d-foot">
      <span className="grow" />
      <button type="button" className="btn" onClick={close}>
        {texts.words.cancel}
      </button>
      <button type="submit" className="btn primary" disabled={busy}>
        {children}
      </button>
    </div>
  );
}

/** Ctrl+Enter sends the form that somebody writes in. */
export function send(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = (event.target as HTMLElement).closest("form") ?? event.currentTarget.querySelector("form");
  event.preventDefault();
  event.stopPropagation();
  form?.requestSubmit();
}

/** Gives the focus back to who opened something; to the heading of the page where that went away meanwhile. */
export function focusBack(opener: HTMLElement | null): void {
  if (opener?.isConnected && opener !== document.body) opener.focus();
  else document.querySelector<HTMLElement>("main h1[tabindex='-1']")?.focus();
}
