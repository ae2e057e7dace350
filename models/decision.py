"""Decisions, kept for ever, and the latest approved ticket of each user."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import statements
from models.bounds import COLUMN_CHARS, Json
from models.columns import JsonColumn
from models.ticket import Status, Ticket


class Decision(Model):
    """One approval or rejection: who, when, why, and the ticket's `extra` at that moment.

    Kept when a reopening withdraws it.
    """

    id = fields.UUIDField(primary_key=True)
    ticket_id: UUID
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", on_delete=fields.RESTRICT, related_name=False, db_index=True
    )
    user_id = fields.CharField(max_length=COLUMN_CHARS)
    outcome = fields.CharEnumField(Status, max_length=16)
    decided_by = fields.CharField(max_length=200)
    decided_at_ms = fields.BigIntField()
    reason: str | None = fields.TextField(null=True)
    extra = JsonColumn[dict[str, Json]]()
    withdrawn_at_ms = fields.BigIntField(null=True)

    class Meta:
        table = "decisions"
        indexes = (("user_id", "decided_at_ms"),)


class UserTicket(Model):
    """The latest approved ticket of a user, maintained in the transaction that approves or reopens."""

    user_id = fields.CharField(max_length=COLUMN_CHARS, primary_key=True)
    ticket_id: UUID
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", on_delete=fields.RESTRICT, related_name=False, db_index=True
    )
    extra = JsonColumn[dict[str, Json]]()
    created_at_ms = fields.BigIntField(db_index=True)
    updated_at_ms = fields.BigIntField(db_index=True)

    COLUMNS: ClassVar[list[str]] = ["ticket_id", "extra", "updated_at_ms"]

    class Meta:
        table = "user_tickets"


async def settle(
    connection: BaseDBAsyncClient,
    users: Collection[str],
    withdrawn: Collection[UUID],
    made: Sequence[Decision],
    ms: int,
) -> None:
    """Writes what a unit of work decided and withdrew at `ms` (Unix ms), and what follows for these users."""
    await statements.hold_users(connection, users)
    if withdrawn:
        await Decision.filter(ticket_id__in=withdrawn, withdrawn_at_ms=None).update(withdrawn_at_ms=ms)
    await Decision.bulk_create(made)
    for user_id in sorted(users):
        await _refresh_user_ticket(user_id, ms)


async def _refresh_user_ticket(user_id: str, now_ms: int) -> None:
    """Points `user_tickets` at the standing approval with the latest decision time, or at none.

    The caller holds the user (`statements.hold_users`), so that two approvals cannot overlook each other.
    """
    latest = (
        await Decision.filter(user_id=user_id, outcome=Status.APPROVED, withdrawn_at_ms=None)
        .order_by("-decided_at_ms", "-id")
        .first()
    )
    row = await UserTicket.get_or_none(user_id=user_id)
    if latest is None:
        if row is not None:
            await row.delete()
    elif row is None:
        await UserTicket.create(
            user_id=user_id,
            ticket_id=latest.ticket_id,
            extra=latest.extra,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
    elif row.ticket_id != latest.ticket_id or row.extra != latest.extra:
        row.ticket_id, row.extra, row.updated_at_ms = latest.ticket_id, latest.extra, now_ms
        await row.save(update_fields=UserTicket.COLUMNS)
