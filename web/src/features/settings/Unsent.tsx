import { useCallback, useState } from "react";
import { Link } from "wouter";
import { settled } from "../../api/act";
import { ask } from "../../api/ask";
import type { Outgoing } from "../../api/documents";
import { texts } from "../../texts";
import { Delivery } from "../../ui/Delivery";
import { useAnswer } from "../../ui/useAnswer";
import { NumberOf } from "./documents";

const said = texts.settings.outbox;

/** Mails that failed, or of which nobody knows, each with what can be done about it and the way to its ticket. */
export function Unsent({ mails }: { mails: readonly Outgoing[] }) {
  return (
    <section className="set" id="unsent" aria-labelledby="unsent-title">
      <h2 id="unsent-title">{said.title}</h2>
      <p className="quiet">{said.lede}</p>
      <ul className="ways">
        {mails.map((mail) => (
          <Mail key={mail.id} first={mail} />
        ))}
      </ul>
    </section>
  );
}

function Mail({ first }: { first: Outgoing }) {
  const [mail, setMail] = useState(first);
  const id = mail.ticketId;
  const [answer] = useAnswer(useCallback(() => ask(NumberOf, { id }), [id]));
  const ticket = answer?.ticket;
  return (
    <li>
      <Delivery mail={mail} onSettle={async (arrived) => setMail(await settled(mail.id, arrived))}>
        {ticket && (
          <>
            <Link href={`/tickets/${ticket.number}`}>
              {`#${ticket.number} `}
              <bdi>{ticket.subject}</bdi>
            </Link>{" "}
          </>
        )}
      </Delivery>
    </li>
  );
}
