import { useState } from "react";
import type { Mail } from "../../api/documents";
import { texts } from "../../texts";
import { Files } from "./Files";

const said = texts.ticket.mail;

/** What a mail was beside its text: who wrote it, what is doubtful of it, its files, and all of it in a frame. */
export function ByMail({ mail, title }: { mail: Mail; title: string }) {
  const [whole, setWhole] = useState(false);
  const { from, automatic, unconfirmed, unread, attachments } = mail;
  return (
    <div className="by-mail">
      <p className="meta">
        {from && <span>{from.name ? `${from.name} <${from.address}>` : from.address}</span>}
        {automatic && <span className="tag">{said.automatic}</span>}
        {unconfirmed && <span className="tag">{said.unconfirmed}</span>}
        {unread && <span>{unread}</span>}
      </p>
      <Files files={attachments} />
      <p className="t-acts">
        <button type="button" className="btn bare small" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? said.less : said.whole}
        </button>
        {mail.rawUrl && (
          <a className="btn bare small" href={mail.rawUrl} download>
            {said.raw}
          </a>
        )}
      </p>
      {whole && (
        <iframe
          className="whole"
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          src={mail.wholeUrl}
          title={title}
        />
      )}
    </div>
  );
}
