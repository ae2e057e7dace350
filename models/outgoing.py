"""A mail that goes out, and where it is on its way."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.bounds import ADDRESS_CHARS, MESSAGE_ID_CHARS
from models.columns import JsonColumn
from models.message import Delivery

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
    steps = JsonColumn[list[tuple[int, str, str]]]()
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
        self.steps = [*self.steps, (now_ms, self.state.delivery, told[:STEP_CHARS])][-MOST_STEPS:]
