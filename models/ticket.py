"""What a ticket is: its row, its life, and the verbs that change it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, cast

import orjson
from tortoise import fields

from models import lists
from models.bounds import COLUMN_CHARS, NAME_CHARS, Json
from models.columns import JsonColumn
from models.errors import InvalidTransition
from models.event import Event, EventKind
from models.lock import Lease
from models.message import Message, MessageKind

if TYPE_CHECKING:
    from models.work import Work


class Status(StrEnum):
    OPEN = "OPEN"
    PROCESSING = "PROCESSING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CLOSED = "CLOSED"


class Outcome(StrEnum):
    """A status that is a decision."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class Priority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class Source(StrEnum):
    API = "API"
    WEB = "WEB"
    MAIL = "MAIL"
    IMPORT = "IMPORT"


#          OPEN ──► PROCESSING ──┬──► APPROVED ─┐
#            └───────────────────┼──► REJECTED ─┼─ reopen: back to where it was
#                                └──► CLOSED  ──┘
MAY_BECOME: Mapping[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.PROCESSING, Status.APPROVED, Status.REJECTED, Status.CLOSED}),
    Status.PROCESSING: frozenset({Status.APPROVED, Status.REJECTED, Status.CLOSED}),
}
UNDECIDED = frozenset({Status.OPEN, Status.PROCESSING})
"""Exactly the statuses of tickets without a status before."""
DECIDED = frozenset({Status.APPROVED, Status.REJECTED})


def left_of(user_id: str) -> dict[str, Json]:
    """What is personal in a ticket whose requester was erased, under a user id that says nothing."""
    return {"user_id": user_id, "subject": "Erased", "body": "", "tags": [], "extra": {}, "reason": None}


class Ticket(Lease):
    """One request of a requester, with its life and its lease.

    A row loaded for its event (`as_of`) is the ticket as it was; only rows held by a unit of work change.
    """

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField(unique=True)
    user_id = fields.CharField(max_length=COLUMN_CHARS)
    subject = fields.CharField(max_length=COLUMN_CHARS)
    body = fields.TextField()
    status = fields.CharEnumField(Status, max_length=16)
    status_before: Status | None = fields.CharEnumField(Status, max_length=16, null=True)  # type: ignore[assignment]
    priority = fields.CharEnumField(Priority, max_length=16)
    assignee = fields.CharField(max_length=NAME_CHARS, null=True)
    tags = JsonColumn[list[str]]()
    extra = JsonColumn[dict[str, Json]]()
    source = fields.CharEnumField(Source, max_length=16)
    awaiting_reply = fields.BooleanField()
    decided_by = fields.CharField(max_length=200, null=True)
    decided_at_ms = fields.BigIntField(null=True)
    reason: str | None = fields.TextField(null=True)
    version = fields.IntField(default=1)
    revision = fields.IntField(default=1)
    content_revision = fields.IntField(default=1)
    message_count = fields.IntField(default=0)
    external_id = fields.CharField(max_length=200, null=True, unique=True)
    created_at_ms = fields.BigIntField()
    updated_at_ms = fields.BigIntField()

    judged_at_ms = 0
    """The instant (Unix ms) at which this copy was read: its lease is judged then."""

    OWN: ClassVar[frozenset[str]] = frozenset(
        ["subject", "body", "status", "priority", "assignee", "tags", "extra", "decided_by", "decided_at_ms", "reason"]
    )
    """Columns whose change makes a new version."""

    CONTENT: ClassVar[tuple[str, ...]] = [
        "number",
        "user_id",
        "subject",
        "body",
        "status",
        "status_before",
        "priority",
        "assignee",
        "tags",
        "extra",
        "source",
        "awaiting_reply",
        "decided_by",
        "decided_at_ms",
        "reason",
        "version",
        "created_at_ms",
        "updated_at_ms",
    ]  # type: ignore[assignment]
    """Columns that an event keeps: the ticket but its lease and revision, which the event has itself."""

    ALWAYS_SAVED: ClassVar = {
        "version",
        "revision",
        "content_revision",
        "message_count",
        "updated_at_ms",
        "lock_holder",
        "lock_expires_at_ms",
        "lock_token",
    }
    """Columns that are written with every change, beside those that differ."""

    class Meta:
        table = "tickets"
        indexes = [
            *(index for columns in ([], ["status"], ["assignee"], ["user_id"]) for index in lists.in_order(*columns)),
            *lists.part_in_order("undecided", "status_before IS NULL"),
            *lists.part_in_order("not_closed", lists.NOT_CLOSED),
            lists.DECIDED,
        ]

    @classmethod
    def open(
        cls,
        work: Work,
        *,
        user_id: str,
        subject: str,
        body: str = "",
        priority: Priority = Priority.NORMAL,
        tags: list[str] | None = None,
        extra: dict[str, Json] | None = None,
        source: Source,
    ) -> Ticket:
        """A new ticket, written down with CREATED. It awaits a reply: it is the requester's first word."""
        ticket = cls(
            id=work.new_id(),
            user_id=user_id,
            subject=subject,
            body=body,
            status=Status.OPEN,
            priority=priority,
            tags=tags or [],
            extra=extra or {},
            source=source,
            awaiting_reply=True,
            created_at_ms=work.now_ms,
            updated_at_ms=work.now_ms,
        )
        work.create(ticket)
        return ticket

    @classmethod
    def as_of(cls, event: Event) -> Ticket:
        """The ticket as it was right after an event, its lease judged at that instant."""
        ticket = cls(
            id=event.ticket_id,
            revision=event.revision,
            content_revision=event.content_revision,
            lock_holder=event.lock_holder,
            lock_expires_at_ms=event.lock_expires_at_ms,
            **orjson.loads(event.content or "{}"),
        )
        ticket.judged_at_ms = event.at_ms
        return ticket

    @property
    def holder(self) -> str | None:
        return self.holder_at(self.judged_at_ms)

    def update(self, work: Work, changes: Mapping[str, object]) -> None:
        """Sets the named columns; what is the same already makes no event."""
        for column, value in changes.items():
            setattr(self, column, value)
        work.happened(EventKind.UPDATED, self)

    def start(self, work: Work) -> None:
        """Begins the work; a ticket of nobody becomes the actor's."""
        self._become(Status.PROCESSING)
        self.assignee = self.assignee or work.actor
        work.happened(EventKind.PROCESSING_STARTED, self)

    def approve(self, work: Work, reason: str | None = None) -> None:
        self._decide(work, Status.APPROVED, reason)

    def reject(self, work: Work, reason: str) -> None:
        self._decide(work, Status.REJECTED, reason)

    def close(self, work: Work) -> None:
        """Ends the ticket without a decision, and frees its lock in the same event."""
        self._settle(Status.CLOSED)
        work.happened(EventKind.CLOSED, self)

    def reopen(self, work: Work) -> None:
        """Goes back to the status before; a decision is withdrawn with it."""
        if self.status_before is None:
            raise InvalidTransition(self.status, Status.OPEN)
        if self.status in DECIDED:
            work.withdrew(self)
        self.status, self.status_before = self.status_before, None
        self.decided_by = self.decided_at_ms = self.reason = None
        work.happened(EventKind.REOPENED, self)

    def receive(self, work: Work, text: str) -> Message:
        """Takes a message of the requester, whoever holds the lock; a closed ticket opens again."""
        self.awaiting_reply = True
        message = work.say(self, MessageKind.INCOMING, text)
        if self.status is Status.CLOSED:
            self.reopen(work)
        return message

    def receive_mail(self, work: Work, text: str, html: str | None, *, by_machine: bool, by_member: bool) -> Message:
        """Takes a message that came by mail. Nobody has to reply to a machine's; only that of a person who takes part
        opens a closed ticket again."""
        self.awaiting_reply |= not by_machine
        message = work.say(self, MessageKind.INCOMING, text, html)
        if self.status is Status.CLOSED and by_member and not by_machine:
            self.reopen(work)
        return message

    def answer(self, work: Work, text: str) -> Message:
        """Answers the requester."""
        self.awaiting_reply = False
        return work.say(self, MessageKind.REPLY, text)

    def note(self, work: Work, text: str) -> Message:
        """Adds a note among agents; nobody else learns of it, and no lock is in its way."""
        return work.say(self, MessageKind.NOTE, text)

    def mail_moved(self, work: Work, *, of_message: bool) -> None:
        """Says that a mail of its thread went on, or its acknowledgement."""
        work.happened(EventKind.DELIVERY_CHANGED, self, beside="messages" if of_message else "acknowledgement")

    def people_changed(self, work: Work) -> None:
        """Says that somebody else takes part by mail now."""
        work.happened(EventKind.PARTICIPANTS_CHANGED, self, beside="participants")

    def erase(self, work: Work, user_id: str, reason: str | None) -> None:
        """Takes out what is personal, whoever holds the lock: the facts stay, under a user id that says nothing."""
        work.renames(self, user_id)
        for column, value in left_of(user_id).items():
            setattr(self, column, value)
        work.happened(EventKind.ERASED, self, reason=reason)

    def content(self) -> dict[str, Json]:
        return {column: cast("Json", getattr(self, column)) for column in self.CONTENT}

    def _decide(self, work: Work, outcome: Status, reason: str | None) -> None:
        self._settle(outcome)
        self.decided_by, self.decided_at_ms, self.reason = work.actor, work.now_ms, reason
        work.decided(self)
        work.happened(EventKind(outcome), self)

    def _settle(self, status: Status) -> None:
        self._become(status)
        self.awaiting_reply = False
        self.free()

    def _become(self, status: Status) -> None:
        if status not in MAY_BECOME.get(self.status, frozenset()):
            raise InvalidTransition(self.status, status)
        if status is not Status.PROCESSING:
            self.status_before = self.status
        self.status = status
