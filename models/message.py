"""An entry of a ticket's thread."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from models.ticket import Ticket


class MessageKind(StrEnum):
    INCOMING = "INCOMING"
    REPLY = "REPLY"
    NOTE = "NOTE"


class Delivery(StrEnum):
    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"
    UNCERTAIN = "UNCERTAIN"


class Message(Model):
    """A message of the requester (INCOMING), an answer to them (REPLY) or a note among agents (NOTE).

    `ordinal` counts the messages of its ticket from 1.
    """

    id = fields.UUIDField(primary_key=True)
    ticket_id: UUID
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", on_delete=fields.RESTRICT, related_name=False
    )
    ordinal = fields.IntField()
    kind = fields.CharEnumField(MessageKind, max_length=16)
    author = fields.CharField(max_length=200)
    text = fields.TextField()
    html: str | None = fields.TextField(null=True)
    created_at_ms = fields.BigIntField()
    delivery: Delivery | None = fields.CharEnumField(Delivery, max_length=16, null=True)  # type: ignore[assignment]

    @property
    def digest(self) -> str:
        """The SHA-256 of what was said, by whom and when, as hexadecimal digits: what its event vouches for."""
        said = [str(self.id), self.ordinal, self.kind, self.author, self.text, self.html, self.created_at_ms]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()

    class Meta:
        table = "messages"
        unique_together = (("ticket_id", "ordinal"),)
