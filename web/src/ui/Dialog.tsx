import { type ReactNode, useEffect, useId, useRef } from "react";
import { Icon } from "./Icon";

type Props = {
  title: string;
  /** Whether it stays until it is answered. */
  insistent?: boolean;
  onClose: () => void;
  children: (close: () => void) => ReactNode;
};

/**
 * A native modal dialog: focus begins at what is marked `data-first`, else at the first field; it stays inside, and
 * goes back to where it came from when `close` is called.
 */
export function Dialog({ title, insistent = false, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
    const found = (what: string) => dialog.current?.querySelector<HTMLElement>(what);
    (found("[data-first]") ?? found(":is(input, select, textarea):not([hidden])"))?.focus();
  }, []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={(event) => insistent && event.preventDefault()}
    >
      <div className="d-head">
        <h2 id={id}>{title}</h2>
        {!insistent && (
          <button type="button" className="btn bare square" aria-label="Close" onClick={close}>
            <Icon name="x" />
          </button>
        )}
      </div>
      {children(close)}
    </dialog>
  );
}
