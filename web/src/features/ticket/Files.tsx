import { useRef } from "react";
import { type Uploaded, upload } from "../../api/ask";
import { texts } from "../../texts";
import { bytes } from "../../texts/when";
import { Icon } from "../../ui/Icon";
import type { useAttempt } from "../../ui/Trouble";

const said = texts.ticket.mail;

type File = { id: string; name: string; size: number; url: string };

/** Files of a mail or a reply, to be saved. */
export function Files({ files }: { files: readonly File[] }) {
  if (files.length === 0) return null;
  return (
    <ul className="files" aria-label={said.files}>
      {files.map(({ id, name, size, url }) => (
        <li key={id}>
          <a className="attach" href={url} download={name}>
            <Icon name="file" />
            <span className="clip">{`${name}, ${bytes(size)}`}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Files that are to go with a reply; they are at the desk already. */
export function Enclosed({ files, onChange }: { files: readonly Uploaded[]; onChange: Change }) {
  if (files.length === 0) return null;
  return (
    <ul className="files" aria-label={said.files}>
      {files.map(({ id, name, size }) => (
        <li key={id} className="attach">
          <Icon name="file" />
          <span className="clip">{`${name}, ${bytes(size)}`}</span>
          <button
            type="button"
            className="btn bare icon"
            aria-label={said.leave(name)}
            onClick={() => onChange((files) => files.filter((file) => file.id !== id))}
          >
            <Icon name="x" />
          </button>
        </li>
      ))}
    </ul>
  );
}

type Change = (next: (files: readonly Uploaded[]) => readonly Uploaded[]) => void;

/** Picks files for a reply and sends them to the desk, one after the other. */
export function Enclose({ attempt, busy, onChange }: { attempt: Attempt; busy: boolean; onChange: Change }) {
  const input = useRef<HTMLInputElement>(null);
  const chosen = () => {
    const picked = [...(input.current?.files ?? [])];
    if (input.current) input.current.value = "";
    void attempt(async () => {
      for (const file of picked) {
        const sent = await upload(file);
        onChange((files) => [...files, sent]);
      }
    });
  };
  return (
    <>
      <input ref={input} type="file" multiple hidden aria-label={said.enclose} onChange={chosen} />
      <button type="button" className="btn bare" disabled={busy} onClick={() => input.current?.click()}>
        <Icon name="file" /> {said.enclose}
      </button>
    </>
  );
}

type Attempt = ReturnType<typeof useAttempt>[0];
