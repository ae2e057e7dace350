"""Under which tags a ticket is found."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.bounds import COLUMN_CHARS
from models.lists import in_order
from models.prepared import Prepared, kept
from models.statements import Runs
from models.ticket import Ticket

NOBODY: Final = UUID(int=0)


class TicketTag(Model):
    """One tag of one ticket, and what lists are ordered by, so that an index holds a tag's tickets in order."""

    id = fields.BigIntField(primary_key=True)
    ticket_id: UUID
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", on_delete=fields.RESTRICT, related_name="tagged", db_index=True
    )
    tag = fields.CharField(max_length=COLUMN_CHARS)
    created_at_ms = fields.BigIntField()
    updated_at_ms = fields.BigIntField()
    number = fields.IntField()

    class Meta:
        table = "ticket_tags"
        indexes = in_order("tag")

    @classmethod
    def of(cls, ticket: Ticket) -> list[TicketTag]:
        """The rows that a ticket has to have."""
        ordered = {"created_at_ms": ticket.created_at_ms, "updated_at_ms": ticket.updated_at_ms}
        return [cls(ticket_id=ticket.id, tag=tag, number=ticket.number, **ordered) for tag in ticket.tags]


@kept
def _moving() -> Prepared:
    moved = TicketTag.filter(ticket_id=NOBODY).update(updated_at_ms=-1)
    return Prepared(moved, {"ticket_id": NOBODY, "updated_at_ms": -1})


async def write_tags(connection: Runs, changed: Iterable[tuple[Ticket, set[str]]], created: Container[UUID]) -> None:
    """Follows what changed in tickets, each with the names of its columns that did."""
    rows: list[TicketTag] = []
    for ticket, columns in changed:
        if "tags" in columns:
            if ticket.id not in created:
                await TicketTag.filter(ticket_id=ticket.id).delete()
            rows += TicketTag.of(ticket)
        elif "updated_at_ms" in columns and ticket.tags:
            moved = {"ticket_id": str(ticket.id), "updated_at_ms": ticket.updated_at_ms}
            await _moving().run(connection, moved)
    if rows:
        await TicketTag.bulk_create(rows)
