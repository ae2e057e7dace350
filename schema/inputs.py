"""What callers send in."""

from __future__ import annotations

from typing import TypeVar

import strawberry
from strawberry import ID, UNSET, Maybe, Some
from strawberry.scalars import JSON

from resolvers.filters import TicketFilter
from resolvers.tickets import NewTicket
from schema.cost import SWEEP
from schema.scalars import DateTime
from schema.types.enums import Priority, Status
from schema.words import given

T = TypeVar("T", Status, Priority)


@strawberry.input(description="A new ticket.")
class CreateTicketInput:
    subject: str = strawberry.field(description="1 to 200 characters, not blank.")
    user_id: ID | None = strawberry.field(
        default=UNSET,
        description="The requester, 1 to 128 characters. Required of agents, partners and admins;"
        " a customer's own is implied, another's is FORBIDDEN.",
    )
    body: str = strawberry.field(default="", description="At most 100,000 bytes of UTF-8.")
    priority: Priority = strawberry.field(default=Priority.NORMAL, description="How urgent it is.")
    tags: list[str] = strawberry.field(
        default_factory=list, description="At most 20 of 1 to 50 characters; trimmed, repeats dropped."
    )
    extra: JSON = strawberry.field(
        default_factory=dict, description="A JSON object of at most 64,000 bytes, 32 levels and 1,000 keys."
    )

    def as_new(self) -> NewTicket:
        return NewTicket(given(self.user_id), self.subject, self.body, self.priority, self.tags, self.extra)


@strawberry.input(
    description="Changes of a ticket. A field left out stays as it is; null is refused, but for the assignee."
)
class UpdateTicketInput:
    subject: Maybe[str | None] = strawberry.field(description="1 to 200 characters, not blank.")
    body: Maybe[str | None] = strawberry.field(description="At most 100,000 bytes of UTF-8.")
    priority: Maybe[Priority | None] = strawberry.field(description="How urgent it is.")
    assignee: Maybe[str | None] = strawberry.field(
        description="Name of an active agent or admin; null assigns the ticket to nobody."
    )
    tags: Maybe[list[str] | None] = strawberry.field(
        description="Replaced whole: at most 20 of 1 to 50 characters; trimmed, repeats dropped."
    )
    extra: Maybe[JSON | None] = strawberry.field(
        description="Replaced whole: an object of at most 64,000 bytes, 32 levels and 1,000 keys."
    )

    def as_changes(self) -> dict[str, object]:
        """The fields that were given, null among them."""
        return {name: field.value for name, field in vars(self).items() if isinstance(field, Some)}


@strawberry.input(
    name="TicketFilter", description="Narrows a list; fields are combined with and, values of a list with or."
)
class TicketFilterInput:
    status: list[Status] | None = strawberry.field(default=UNSET, description="In one of these.")
    priority: list[Priority] | None = strawberry.field(default=UNSET, description="Of one of these.")
    assignee: Maybe[str | None] = strawberry.field(description="Of this account; null: assigned to nobody.")
    user_id: ID | None = strawberry.field(default=UNSET, description="Of this requester.")
    tag: str | None = strawberry.field(default=UNSET, description="With exactly this tag.")
    search: str | None = strawberry.field(
        default=UNSET,
        directives=[SWEEP],
        description="Every word must be the start of a word in the subject, the body or a message that the viewer"
        " may see; case and accents do not matter. At most 200 characters.",
    )
    locked: bool | None = strawberry.field(default=UNSET, description="Locked now, or free now.")
    awaiting_reply: bool | None = strawberry.field(default=UNSET, description="Waiting for an agent, or not.")
    created_after: DateTime | None = strawberry.field(default=UNSET, description="Made later than this.")
    created_before: DateTime | None = strawberry.field(default=UNSET, description="Made earlier than this.")
    decided_after: DateTime | None = strawberry.field(
        default=UNSET, description="Approved or rejected later than this, and not reopened."
    )
    decided_before: DateTime | None = strawberry.field(
        default=UNSET, description="Approved or rejected earlier than this, and not reopened."
    )
    decided_by: str | None = strawberry.field(
        default=UNSET, description='Approved or rejected by this account, or "rule:…", and not reopened.'
    )

    def as_filter(self) -> TicketFilter:
        assignee = self.assignee.value if self.assignee else None
        return TicketFilter(
            status=_several(self.status),
            priority=_several(self.priority),
            assignee=assignee,
            unassigned=bool(self.assignee) and assignee is None,
            user_id=given(self.user_id),
            tag=given(self.tag),
            search=given(self.search),
            locked=given(self.locked),
            awaiting_reply=given(self.awaiting_reply),
            created_after_ms=given(self.created_after),
            created_before_ms=given(self.created_before),
            decided_after_ms=given(self.decided_after),
            decided_before_ms=given(self.decided_before),
            decided_by=given(self.decided_by),
        )


def _several(values: list[T] | None) -> tuple[T, ...] | None:
    return tuple(values) if isinstance(values, list) else None
