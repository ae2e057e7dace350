"""Statements that Tortoise builds once for each kind of question, and for each database."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from models.account import Role
from models.prepared import Prepared, kept
from models.ticket import Ticket
from resolvers.policies import visible
from resolvers.viewer import Sight

STAND_INS: Final[dict[str, Any]] = {
    "own": "\0own",
    "user_id": "\0user_id",
    "assignee": "\0assignee",
    "tag": "\0tag",
    "created_after_ms": -(2**62),
    "created_before_ms": -(2**62) + 1,
    "decided_by": "\0decided_by",
    "decided_after_ms": -(2**62) + 4,
    "decided_before_ms": -(2**62) + 5,
    "major": -(2**62) + 2,
    "minor": -(2**31),
    "now": -(2**62) + 3,
}
"""What a statement is built with in the place of what callers give: texts and numbers that no row can have."""


def somebody(role: Role) -> Sight:
    """The sight of a role, for a statement that serves everybody who has it."""
    return Sight(role, STAND_INS["own"], None)


@kept
def ticket_with_id(role: Role) -> Prepared:
    """The statement for one ticket, given its `id` as text."""
    id = UUID(int=0)
    return Prepared(visible(somebody(role)).filter(id=id).values_list(*Ticket.places()), STAND_INS | {"id": id})
