import { settled } from "../../api/act";
import type { Desk } from "../../api/desk";
import type { Message, Outgoing } from "../../api/documents";
import { type OpenTicket, withOutgoing } from "../../api/state";
import { texts } from "../../texts";
import { Delivery, Way } from "../../ui/Delivery";

const said = texts.ticket.delivery;

/** What became of a message that went out by mail, for each recipient; without one, of what acknowledged the ticket. */
export function Deliveries({ desk, open, message }: { desk: Desk; open: OpenTicket; message?: Message }) {
  const mails = open.outgoing.filter(({ messageId }) => messageId === (message?.id ?? null));
  const settle = async (mail: Outgoing, arrived: boolean) => {
    const known = await settled(mail.id, arrived);
    desk.answeredMail(open.number, ({ outgoing }) => ({ outgoing: withOutgoing(outgoing, [known]) }));
  };
  if (!mails.length)
    return (
      message?.delivery && (
        <p className="ways">
          <Way of={message.delivery} />
        </p>
      )
    );
  return (
    <ul className="ways" aria-label={said.list}>
      {mails.map((mail) => (
        <li key={mail.id}>
          <Delivery mail={mail} onSettle={(arrived) => settle(mail, arrived)}>
            {!message && said.acknowledgement}
          </Delivery>
        </li>
      ))}
    </ul>
  );
}
