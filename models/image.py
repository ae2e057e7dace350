"""A ticket's columns at one moment, comparable, and the names of what differs between two moments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from models.ticket import Ticket

Image = Mapping[str, object]

LEASE: Final = ("lock_holder", "lock_expires_at_ms")
PUBLIC: Final[Mapping[str, str | None]] = {
    "decided_by": "decision",
    "decided_at_ms": "decision",
    "reason": "decision",
    "lock_holder": "lock",
    "lock_expires_at_ms": "lock",
    "created_at_ms": "created_at",
    "updated_at_ms": "updated_at",
    "status_before": None,
}
"""What a column is called outside, where that is another name; None where nobody outside sees it."""


def image_of(ticket: Ticket) -> Image:
    """The columns that events tell; `extra` as bytes, since True equals 1 in Python and not in JSON."""
    columns: dict[str, object] = {column: getattr(ticket, column) for column in (*Ticket.CONTENT, *LEASE)}
    return columns | {"extra": orjson.dumps(ticket.extra, option=orjson.OPT_SORT_KEYS)}


def differing(before: Image, after: Image) -> set[str]:
    """The columns whose values differ."""
    return {column for column, value in after.items() if value != before[column]}


def names_of(columns: set[str]) -> set[str]:
    """The columns as the API calls them, in snake case."""
    return {name for column in columns if (name := PUBLIC.get(column, column)) is not None}


EVERY_NAME: Final = sorted(names_of({*Ticket.CONTENT, *LEASE}) | {"id", "revision"})
"""Of a new ticket everything differs from before."""
