"""The journal: one row per change, append-only, in the order of one clock, the head."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.bounds import COLUMN_CHARS
from models.columns import JsonColumn
from models.database import quick
from models.prepared import Prepared, kept
from models.stored import Stored

if TYPE_CHECKING:
    from models.message import Message


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
    DELIVERY_CHANGED = "DELIVERY_CHANGED"
    PARTICIPANTS_CHANGED = "PARTICIPANTS_CHANGED"
    ERASED = "ERASED"
    PRUNED = "PRUNED"
    """The journal's own, of no ticket: nobody follows it."""

    # of accounts: for admins to read, and for open sockets to look again who they are
    ACCOUNT_CREATED = "ACCOUNT_CREATED"
    ROLE_CHANGED = "ROLE_CHANGED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    ACCOUNT_ENABLED = "ACCOUNT_ENABLED"
    ACCOUNT_ERASED = "ACCOUNT_ERASED"
    PASSWORD_SET = "PASSWORD_SET"
    CODE_CREATED = "CODE_CREATED"
    TOKEN_CREATED = "TOKEN_CREATED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    SIGNED_IN = "SIGNED_IN"
    SIGNED_OUT = "SIGNED_OUT"


LOCK_KINDS = frozenset({EventKind.LOCKED, EventKind.LOCK_RENEWED, EventKind.UNLOCKED, EventKind.LOCK_EXPIRED})
"""Kinds that touch nothing but the lease."""

MAIL_KINDS = frozenset({EventKind.DELIVERY_CHANGED, EventKind.PARTICIPANTS_CHANGED})
"""Kinds that touch nothing but what goes out by mail, and to whom."""

PLAIN_KINDS = LOCK_KINDS | MAIL_KINDS
"""Kinds that leave all of a ticket's content as it was."""

ENDING = frozenset(
    {
        EventKind.ROLE_CHANGED,
        EventKind.ACCOUNT_DISABLED,
        EventKind.ACCOUNT_ERASED,
        EventKind.PASSWORD_SET,
        EventKind.TOKEN_REVOKED,
        EventKind.SIGNED_OUT,
    }
)
"""Kinds after which somebody who is signed in may be no longer, or with other rights."""

REWRITING = frozenset({EventKind.ERASED, EventKind.ACCOUNT_ERASED})
"""Kinds that rewrite what happened before them."""

PERSONAL: Final = ("user_id", "subject", "body", "tags", "extra", "reason")
"""What of a ticket's content is about a person, and can be erased; the rest are facts, which stay."""

PERSONAL_OF_ACCOUNT: Final = ("name", "user_id", "address")
"""The same of an account's."""


class Head(Model):
    """The one row that numbers all events: taken last in a transaction, so positions are dense and in commit order.

    `journal_id` is random and made with the database: a cursor of another journal is noticed by it. `pruned` is the
    position up to which events were taken out: a cursor before it is noticed, too.
    """

    id = fields.IntField(primary_key=True)
    journal_id = fields.BinaryField()
    position = fields.BigIntField()
    nonce = fields.BinaryField()
    pruned = fields.BigIntField(db_default=0)

    class Meta:
        table = "journal_head"


def new_journal_id() -> bytes:
    """The identity of a journal: eight random bytes."""
    return secrets.token_bytes(8)


class Event(Stored):
    """What happened to a ticket or an account, for ever: who, when, which fields, and how it was right after.

    Events of the lease and of notes change no content; they refer to the event of the same ticket that holds it
    (`content_revision`). `content_hash` is sha256(salt + what is personal), so that this can be erased and a chain
    over the hashes still verifies; the salt goes with it, or whoever guesses a text could prove it. `nonce` is part of
    the event's cursor: a database restored and grown past its old head is told apart by it.
    """

    position = fields.BigIntField(primary_key=True, generated=False)
    ticket_id: UUID | None = fields.UUIDField(null=True)
    account_id: UUID | None = fields.UUIDField(null=True)
    user_id = fields.CharField(max_length=COLUMN_CHARS, null=True)
    kind = fields.CharEnumField(EventKind, max_length=24)
    actor = fields.CharField(max_length=200)
    at_ms = fields.BigIntField()
    changed = JsonColumn[list[str]]()
    revision = fields.IntField(null=True)
    content_revision = fields.IntField(null=True)
    content: str | None = fields.TextField(null=True)
    content_hash: bytes = fields.BinaryField(null=True)  # none is without
    salt: bytes | None = fields.BinaryField(null=True)
    nonce = fields.BinaryField()
    lock_holder = fields.CharField(max_length=200, null=True)
    lock_expires_at_ms = fields.BigIntField(null=True)
    message_id: UUID | None = fields.UUIDField(null=True)
    note = fields.BooleanField(default=False)
    reason: str | None = fields.TextField(null=True)

    class Meta:
        table = "events"
        indexes = (
            ("ticket_id", "position"),
            ("ticket_id", "revision"),
            ("user_id", "position"),
            ("account_id", "position"),
        )

    def keep(self, content: object, message: Message | None, mail: str | None) -> None:
        """Stores the content, if any, and the salted hash of all that is personal, message and mail among it."""
        self.content = None if content is None else orjson.dumps(content).decode()
        self.salt = secrets.token_bytes(16)
        self.content_hash = self.hashed(message, mail)

    def hashed(self, message: Message | None, mail: str | None) -> bytes:
        """What `content_hash` has to be, while the salt is there; `mail` is the digest of what came in with it."""
        personal = [self.user_id, self.actor, self.reason, self.personal, message.digest if message else None]
        personal += [mail] if mail is not None else []
        return hashlib.sha256((self.salt or b"") + orjson.dumps(personal)).digest()

    @property
    def personal(self) -> dict[str, object] | None:
        """What of the content is about a person."""
        content = self.told
        return None if content is None else {name: content.get(name) for name in self._private}

    @property
    def entered(self) -> UUID | None:
        """The ticket or the message that began with this event, which a mail may be."""
        return self.message_id or (self.ticket_id if self.kind is EventKind.CREATED else None)

    @property
    def told(self) -> dict[str, object] | None:
        """The content, where the event has its own."""
        return None if self.content is None else cast("dict[str, object]", orjson.loads(self.content))

    def fact(self, name: str) -> Any:
        """One value of the content, where the event has its own."""
        return (self.told or {}).get(name)

    @property
    def _private(self) -> tuple[str, ...]:
        return PERSONAL_OF_ACCOUNT if self.account_id else PERSONAL

    @property
    def record(self) -> bytes:
        """What the chain runs over: every fact in the clear, what is personal by its hash."""
        facts = {name: value for name, value in (self.told or {}).items() if name not in self._private}
        times = [self.at_ms, self.lock_holder, self.lock_expires_at_ms]
        counts = [self.revision, self.content_revision, self.changed, facts]
        ticket, message = self.ticket_id and str(self.ticket_id), self.message_id and str(self.message_id)
        what = [self.position, self.kind, ticket, message, self.note]
        if self.account_id is not None:
            what.append(str(self.account_id))
        return orjson.dumps([what, times, counts, bytes(self.nonce).hex(), bytes(self.content_hash).hex()])


@kept
def _between(size: int) -> Prepared:
    found = Event.filter(position__gt=-1, position__lte=-2).order_by("position").limit(size)
    return Prepared(found.values_list(*Event.places()), {"after": -1, "last": -2})


async def between(after: int, last: int, size: int) -> list[Event]:
    """The next events behind a position up to another one, at most `size`, as they are stored."""
    records = await _between(size).rows(quick(), {"after": after, "last": last})
    return [Event.of(record) for record in records]


@kept
def _ended() -> Prepared:
    found = Event.filter(position__gt=-1, position__lte=-2, kind__in=ENDING)
    return Prepared(found.values_list("account_id"), {"after": -1, "last": -2})


async def ended(after: int, last: int) -> set[UUID]:
    """Accounts that something of ENDING happened to behind a position, up to another one."""
    return {UUID(str(id)) for (id,) in await _ended().rows(quick(), {"after": after, "last": last})}


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
