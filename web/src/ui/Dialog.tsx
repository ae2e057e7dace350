import { type ReactNode, useEffect, useId, useRef } from "react";
import { Icon } from "./Icon";

/** A native modal dialog: focus stays inside and goes back to where it came from. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <div className="d-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="btn bare square" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="x" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
