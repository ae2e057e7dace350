"""The journal: one row per change, append-only, in the order of one clock, the head."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.bounds import COLUMN_CHARS
from models.columns import JsonColumn


class EventKind(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    LOCKED = "LOCKED"
    LOCK_RENEWED = "LOCK_RENEWED"
    UNLOCKED = "UNLOCKED"
    LOCK_EXPIRED = "LOCK_EXPIRED"
    PROCESSING_STARTED = "PROCESSING_STARTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    MESSAGE_ADDED = "MESSAGE_ADDED"


LOCK_KINDS = frozenset({EventKind.LOCKED, EventKind.LOCK_RENEWED, EventKind.UNLOCKED, EventKind.LOCK_EXPIRED})
"""Kinds that touch nothing but the lease."""


class Head(Model):
    """The one row that numbers all events: taken last in a transaction, so positions are dense and in commit order.

    `journal_id` is random and made with the database: a cursor of another journal is noticed by it.
    """

    id = fields.IntField(primary_key=True)
    journal_id = fields.BinaryField()
    position = fields.BigIntField()
    nonce = fields.BinaryField()

    class Meta:
        table = "journal_head"


class Event(Model):
    """What happened to a ticket, for ever: who, when, which fields, and the ticket right after.

    Events of the lease and of notes change no content; they refer to the event of the same ticket that holds it
    (`content_revision`). `content_hash` is sha256(salt + content), so that content can be erased and a chain over
    the hashes still verifies. `nonce` is part of the event's cursor: a database restored and grown past its old head
    is told apart by it.
    """

    position = fields.BigIntField(primary_key=True, generated=False)
    ticket_id: UUID | None = fields.UUIDField(null=True)
    user_id = fields.CharField(max_length=COLUMN_CHARS, null=True)
    kind = fields.CharEnumField(EventKind, max_length=24)
    actor = fields.CharField(max_length=200)
    at_ms = fields.BigIntField()
    changed = JsonColumn[list[str]]()
    revision = fields.IntField(null=True)
    content_revision = fields.IntField(null=True)
    content: str | None = fields.TextField(null=True)
    content_hash = fields.BinaryField(null=True)
    salt = fields.BinaryField(null=True)
    nonce = fields.BinaryField()
    lock_holder = fields.CharField(max_length=200, null=True)
    lock_expires_at_ms = fields.BigIntField(null=True)
    message_id: UUID | None = fields.UUIDField(null=True)
    note = fields.BooleanField(default=False)
    reason: str | None = fields.TextField(null=True)

    class Meta:
        table = "events"
        indexes = (("ticket_id", "position"), ("ticket_id", "revision"), ("user_id", "position"))

    def keep(self, content: object) -> None:
        """Stores the content beside its salted hash."""
        text = orjson.dumps(content)
        self.salt = secrets.token_bytes(16)
        self.content, self.content_hash = text.decode(), hashlib.sha256(self.salt + text).digest()


async def read(events: QuerySet[Event]) -> list[Event]:
    """Reads events whole: those without content get it from the event of their ticket that holds it."""
    rows = await events
    await fill(rows)
    return rows


async def fill(rows: Sequence[Event]) -> None:
    """Gives events without content that of the event of their ticket that holds it."""
    lacking = [row for row in rows if row.content is None]
    if not lacking:
        return
    held = {(row.ticket_id, row.revision): row.content for row in rows if row.content}
    wanted = {(row.ticket_id, row.content_revision) for row in lacking} - held.keys()
    if wanted:
        tickets, revisions = {ticket for ticket, _ in wanted}, {revision for _, revision in wanted}
        found = Event.filter(ticket_id__in=tickets, revision__in=revisions, content__isnull=False)
        held |= {(row.ticket_id, row.revision): row.content or "" for row in await found}
    for row in lacking:
        row.content = held[row.ticket_id, row.content_revision]
