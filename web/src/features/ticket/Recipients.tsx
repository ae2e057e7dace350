import { type KeyboardEvent, useState } from "react";
import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import type { Desk } from "../../api/desk";
import type { Participant, TicketRow } from "../../api/documents";
import { texts } from "../../texts";
import { Icon } from "../../ui/Icon";
import { Trouble, useAttempt } from "../../ui/Trouble";
import { AddParticipant, RemoveParticipant } from "./documents";
import type { Recipients as Of } from "./recipients";

const said = texts.ticket.composer;

type Props = { desk: Desk; row: TicketRow; of: Of; onChoose: (chosen: readonly string[]) => void };

/** Who takes part by mail: who of them gets this reply, who gets none, and somebody else. */
export function Recipients({ desk, row, of: { known, chosen, unconfirmed }, onChoose }: Props) {
  const [address, setAddress] = useState("");
  const [attempt, trouble, busy] = useAttempt();
  const { id, number } = row;
  const change = (verb: typeof AddParticipant | typeof RemoveParticipant, address: string) =>
    attempt(async () => {
      const { participants } = taken((await ask(verb, { id, address })).outcome, "Ticket");
      desk.answeredMail(number, () => ({ participants }));
    });
  const add = async () => {
    if (address && !busy && (await change(AddParticipant, address))) setAddress("");
  };
  const byKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // it is in the form of the reply
    void add();
  };
  const turn = (address: string) =>
    onChoose(chosen.includes(address) ? chosen.filter((each) => each !== address) : [...chosen, address]);
  const remove = (address: string) => (
    <button
      type="button"
      className="btn bare square small"
      aria-label={said.remove(address)}
      disabled={busy}
      onClick={() => void change(RemoveParticipant, address)}
    >
      <Icon name="x" />
    </button>
  );

  return (
    <div className="people-by-mail">
      {known.length > 0 && (
        <ul aria-label={said.gets}>
          {known.map((person) => (
            <li key={person.address}>
              <button
                type="button"
                className="pick"
                aria-pressed={chosen.includes(person.address)}
                onClick={() => turn(person.address)}
              >
                <span className="mark">{chosen.includes(person.address) && <Icon name="check" />}</span>
                <span className="clip">{named(person)}</span>
                {person.requester && <span className="quiet">{said.requester}</span>}
              </button>
              {remove(person.address)}
            </li>
          ))}
        </ul>
      )}
      {unconfirmed.length > 0 && (
        <ul aria-label={said.getsNone}>
          {unconfirmed.map((person) => (
            <li key={person.address}>
              <span className="grow">
                {named(person)} <span className="quiet">{said.signed}</span>
              </span>
              <button
                type="button"
                className="btn small"
                aria-label={said.addOf(person.address)}
                disabled={busy}
                onClick={() => void change(AddParticipant, person.address)}
              >
                {said.add}
              </button>
              {remove(person.address)}
            </li>
          ))}
        </ul>
      )}
      <Trouble text={trouble} />
      <div className="beside">
        <input
          className="input"
          inputMode="email"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          aria-label={said.address}
          placeholder={said.address}
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          onKeyDown={byKey}
        />
        <button type="button" className="btn" disabled={busy || !address} onClick={() => void add()}>
          {said.add}
        </button>
      </div>
    </div>
  );
}

function named({ name, address }: Participant): string {
  return name ? `${name} <${address}>` : address;
}
