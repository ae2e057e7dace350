import { texts } from "../texts";
import { Dialog } from "../ui/Dialog";
import { Trouble, useAttempt } from "../ui/Trouble";

type Props = { count: number; onLeave: () => Promise<void>; onClose: () => void };

/** Asks before signing out throws drafts away. */
export function Leaving({ count, onLeave, onClose }: Props) {
  const [attempt, trouble, busy] = useAttempt();
  return (
    <Dialog title={texts.drafts.leaveTitle} onClose={onClose}>
      {(close) => (
        <>
          <div className="d-body">
            <p className="quiet">{texts.drafts.leaveText(count)}</p>
            <Trouble text={trouble} />
          </div>
          <div className="d-foot">
            <span className="grow" />
            <button type="button" className="btn" data-first onClick={close}>
              {texts.drafts.stay}
            </button>
            <button type="button" className="btn primary" disabled={busy} onClick={() => attempt(onLeave)}>
              {texts.drafts.leave}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
