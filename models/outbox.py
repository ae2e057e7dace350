"""Mail that goes out: frozen when it was decided, tried until the other side answers, never sent twice by a machine.

QUEUED ──► SENDING ──► SENT          the server took it
  ▲            ├─────► FAILED        the server will not, for good
  ├────────────┤                     the server will not now
  │            └─────► UNCERTAIN     the line broke after the text had left: a person decides
  └── FAILED, UNCERTAIN              a person has it sent again, the same bytes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from models import statements
from models.attachment import Attachment, digest
from models.errors import InvalidInput
from models.mail import ENTERED, Participant, RawMail, ReceivedMail, SeenMail
from models.message import Delivery, Message, MessageKind
from models.outgoing import OutgoingMail, State
from models.ticket import Ticket
from models.work import Work

WORST_FIRST: Final = (Delivery.FAILED, Delivery.UNCERTAIN, Delivery.QUEUED, Delivery.SENT)
"""Of several recipients the first of these is what a message shows."""


@dataclass(frozen=True)
class Letter:
    """A mail as it goes out: its Message-ID, its sender by the envelope, every byte of it."""

    mail_id: str
    sender: str
    content: bytes


class Recipient(NamedTuple):
    """Somebody whom a letter goes to."""

    address: str
    name: str | None


class Writer(Protocol):
    """Whoever writes the desk's letters."""

    def acknowledgement(self, ticket: Ticket, to: str, thread: Sequence[str], uid: str, now_ms: int) -> Letter:
        """Tells a requester that the ticket is there. `thread`: the Message-IDs so far, the oldest first."""

    def reply(
        self,
        ticket: Ticket,
        message: Message,
        quoted: Message | None,
        to: Sequence[Recipient],
        thread: Sequence[str],
        uid: str,
        files: Sequence[Attachment] = (),
    ) -> Letter:
        """A message to everybody in `to`, with what it answers: an entry of the thread, or the ticket itself.

        Raises InvalidInput for a file that is not there any more.
        """


async def queue(
    work: Work, letter: Letter, ticket: Ticket, recipients: Sequence[str], message: Message | None = None
) -> None:
    """Has a letter sent once this unit is committed, to each recipient by itself."""
    row = RawMail.of(letter.content)
    await RawMail.keep([row])
    mails = [
        OutgoingMail(
            id=work.new_id(),
            ticket_id=ticket.id,
            message_id=message and message.id,
            sender=letter.sender,
            recipient=recipient,
            mail_id=letter.mail_id,
            raw_sha256=row.sha256,
            state=State.QUEUED,
            since_ms=work.now_ms,
            due_ms=work.now_ms,
            steps=[(work.now_ms, State.QUEUED, "")],
            created_at_ms=work.now_ms,
        )
        for recipient in recipients
    ]
    await OutgoingMail.bulk_create(mails)
    if message is not None:
        message.delivery = Delivery.QUEUED


async def acknowledge(work: Work, ticket: Ticket, to: str, thread: Sequence[str]) -> None:
    """Tells the requester of a new ticket that it is there, where mail goes out."""
    if work.writer is not None:
        (ticket.number,) = await statements.next_numbers(work.connection, 1)  # it is part of the letter
        letter = work.writer.acknowledgement(ticket, to, thread, work.new_id().hex, work.now_ms)
        await queue(work, letter, ticket, [to])


async def enclose(work: Work, message: Message, files: Sequence[Attachment]) -> None:
    """Puts files to a new message, in this order."""
    for ordinal, file in enumerate(files, 1):
        file.mail_id, file.ordinal = message.id, ordinal
        await file.save(update_fields=["mail_id", "ordinal"])
    if files:
        work.mails[message.id] = digest(files)


async def answer(
    work: Work, ticket: Ticket, message: Message, to: Sequence[Participant], files: Sequence[Attachment] = ()
) -> None:
    """Sends a message of a held ticket to these of its people, where mail goes out."""
    if work.writer is None or not to:
        return
    came = Message.filter(ticket_id=ticket.id, kind=MessageKind.INCOMING, ordinal__lt=message.ordinal)
    quoted = await came.order_by("-ordinal").first()
    thread, uid = await thread_of(ticket.id), work.new_id().hex
    people = [Recipient(await _answered_at(each), each.name) for each in to]
    letter = work.writer.reply(ticket, message, quoted, people, thread, uid, files)
    await queue(work, letter, ticket, [each.address for each in people], message)


async def _answered_at(person: Participant) -> str:
    """Where somebody wants to be answered, by the last mail that they wrote."""
    wrote = ReceivedMail.filter(ticket_id=person.ticket_id, sender=person.address, automatic=False)
    last = await wrote.order_by("-received_at_ms", "-id").first()
    return (last.reply_to if last else None) or person.address


async def thread_of(ticket_id: UUID) -> list[str]:
    """The Message-IDs of a ticket's mails, those that came and those that went, the oldest first."""
    came = SeenMail.filter(ticket_id=ticket_id, verdict__in=ENTERED, message_id__isnull=False)
    went = OutgoingMail.filter(ticket_id=ticket_id)
    told = [*await came.values_list("at_ms", "message_id"), *await went.values_list("created_at_ms", "mail_id")]
    return list(dict.fromkeys(id for _, id in sorted(told)))


async def settled(work: Work, ticket: Ticket, mail: OutgoingMail) -> None:
    """Writes a mail down that went on, and tells it to everybody who sees its held ticket."""
    await mail.save()
    if mail.message_id is not None:
        states = {each.state.delivery for each in await OutgoingMail.filter(message_id=mail.message_id)}
        worst = next(each for each in WORST_FIRST if each in states)
        await Message.filter(id=mail.message_id).update(delivery=worst)
    ticket.mail_moved(work, of_message=mail.message_id is not None)


async def decide(work: Work, mail: OutgoingMail, ticket: Ticket, *, arrived: bool) -> None:
    """What a person says of a mail that failed, or of which nothing is known: it arrived, or it is to be sent again.

    Raises InvalidInput for one of which there is nothing to decide.
    """
    if mail.state not in (State.FAILED, State.UNCERTAIN):
        raise InvalidInput("id", "This mail is on its way, or arrived.")
    if arrived:
        mail.becomes(State.SENT, work.now_ms, f"{work.actor}: it arrived")
    else:
        mail.since_ms = mail.due_ms = work.now_ms
        mail.becomes(State.QUEUED, work.now_ms, f"{work.actor}: once more")
    await settled(work, ticket, mail)


# ---------------------------------------------------------------- what is heard of it later

SETTLES: Final = {"failed": State.FAILED, "delivered": State.SENT, "relayed": State.SENT, "expanded": State.SENT}
"""What an action of a delivery report (RFC 3464, 2.3.3) makes of a mail; any other is a note."""


async def reported(work: Work, ticket: Ticket, mail_id: str, recipient: str, action: str, words: str) -> None:
    """What a delivery report says of a mail of a held ticket, to that recipient, or to the only one there is."""
    mails = await OutgoingMail.filter(ticket_id=ticket.id, mail_id=mail_id).select_for_update()
    named = [each for each in mails if each.recipient.lower() == recipient]
    for mail in named or (mails if len(mails) == 1 else ()):
        state = SETTLES.get(action)
        if state is State.FAILED or (state is State.SENT and mail.state is State.UNCERTAIN):
            mail.becomes(state, work.now_ms, words)
        else:
            mail.notes(work.now_ms, words)
        await settled(work, ticket, mail)


async def answered(work: Work, ticket: Ticket, mail_ids: Sequence[str], sender: str) -> None:
    """Who answers a mail got it: it is uncertain no more."""
    found = OutgoingMail.filter(ticket_id=ticket.id, state=State.UNCERTAIN, mail_id__in=mail_ids)
    mails = await found.select_for_update() if mail_ids else []
    for mail in mails:
        if mail.recipient.lower() == sender or len(mails) == 1:
            mail.becomes(State.SENT, work.now_ms, f"{sender} answered it")
            await settled(work, ticket, mail)
