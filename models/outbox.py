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
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.bounds import ADDRESS_CHARS
from models.columns import JsonColumn
from models.errors import BadUserInput
from models.mail import MESSAGE_ID_CHARS, Participant, RawMail
from models.message import Delivery, Message
from models.ticket import Ticket
from models.work import Work

MOST_STEPS: Final = 100
"""Steps of a mail that are remembered, the newest."""
STEP_CHARS: Final = 1_000
"""Longest word of a server that is remembered with a step."""


class State(StrEnum):
    """Where a mail is on its way; SENDING is told as QUEUED."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    UNCERTAIN = "UNCERTAIN"

    @property
    def delivery(self) -> Delivery:
        return Delivery.QUEUED if self is State.SENDING else Delivery(self)


WORST_FIRST: Final = (Delivery.FAILED, Delivery.UNCERTAIN, Delivery.QUEUED, Delivery.SENT)
"""Of several recipients the first of these is what a message shows."""


class OutgoingMail(Model):
    """One mail to one recipient: an acknowledgement of its ticket, or a message of it (`message_id`).

    Every attempt sends the same bytes (`raw_sha256`) under the same Message-ID (`mail_id`).
    """

    id = fields.UUIDField(primary_key=True)
    ticket_id = fields.UUIDField(db_index=True)
    message_id: UUID | None = fields.UUIDField(null=True, db_index=True)
    sender = fields.CharField(max_length=ADDRESS_CHARS)
    """Of the envelope: where reports about it go."""
    recipient = fields.CharField(max_length=ADDRESS_CHARS, db_index=True)
    mail_id = fields.CharField(max_length=MESSAGE_ID_CHARS, db_index=True)
    raw_sha256 = fields.CharField(max_length=64, db_index=True)
    state = fields.CharEnumField(State, max_length=16)
    attempts = fields.IntField(default=0)
    """Attempts that ended with an answer."""
    since_ms = fields.BigIntField()
    """Since when it is tried; some days later it is given up."""
    due_ms = fields.BigIntField()
    """When it is tried next, while it is queued."""
    holder = fields.CharField(max_length=40, null=True)
    """The attempt that is sending it, or was the last to."""
    until_ms = fields.BigIntField(default=0)
    """Until when that attempt is believed to live without another word of it."""
    steps = JsonColumn[list[list[object]]](default=list)
    """What happened to it: time (Unix ms), state, and the other side's words."""
    created_at_ms = fields.BigIntField()

    class Meta:
        table = "outgoing_mails"
        indexes = (("state", "due_ms"),)

    def becomes(self, state: State, now_ms: int, told: str = "") -> None:
        """Goes on to a state, and remembers it."""
        self.state = state
        self.notes(now_ms, told)

    def notes(self, now_ms: int, told: str) -> None:
        """Remembers what was heard of it, in the state that it is in."""
        self.steps = [*self.steps, [now_ms, self.state.delivery, told[:STEP_CHARS]]][-MOST_STEPS:]


@dataclass(frozen=True)
class Letter:
    """A mail as it goes out: its Message-ID, its sender by the envelope, every byte of it."""

    mail_id: str
    sender: str
    content: bytes


class Writer(Protocol):
    """Whoever writes the desk's letters."""

    def acknowledgement(self, ticket: Ticket, to: str, thread: Sequence[str], uid: str, now_ms: int) -> Letter:
        """Tells a requester that the ticket is there. `thread`: the Message-IDs so far, the oldest first."""

    def reply(
        self, ticket: Ticket, message: Message, quoted: Message | None, to: Sequence[Participant], thread: Sequence[str],
        uid: str,
    ) -> Letter:
        """A message to everybody in `to`, with what it answers: an entry of the thread, or the ticket itself."""


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
            steps=[[work.now_ms, State.QUEUED, ""]],
            created_at_ms=work.now_ms,
        )
        for recipient in recipients
    ]
    await OutgoingMail.bulk_create(mails)
    if message is not None:
        message.delivery = Delivery.QUEUED


async def settled(work: Work, ticket: Ticket, mail: OutgoingMail) -> None:
    """Writes a mail down that went on, and tells it to everybody who sees its held ticket."""
    await mail.save()
    if mail.message_id is not None:
        states = {each.state.delivery for each in await OutgoingMail.filter(message_id=mail.message_id)}
        worst = next(each for each in WORST_FIRST if each in states)
        await Message.filter(id=mail.message_id).update(delivery=worst)
    ticket.mail_moved(work)


async def decide(work: Work, mail: OutgoingMail, ticket: Ticket, *, arrived: bool) -> None:
    """What a person says of a mail that failed, or of which nothing is known: it arrived, or it is to be sent again.

    Raises BadUserInput for one of which there is nothing to decide.
    """
    if mail.state not in (State.FAILED, State.UNCERTAIN):
        raise BadUserInput("This mail is on its way, or arrived.")
    if arrived:
        mail.becomes(State.SENT, work.now_ms, f"{work.actor}: it arrived")
    else:
        mail.since_ms = mail.due_ms = work.now_ms
        mail.becomes(State.QUEUED, work.now_ms, f"{work.actor}: once more")
    await settled(work, ticket, mail)
