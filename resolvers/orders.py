"""In which order a list of tickets is, and from where on it is read."""

from __future__ import annotations

from collections.abc import Set
from enum import Enum
from typing import Any, Final

from tortoise.expressions import Q

from models.lists import Behind
from resolvers.cursors import ListCursor

BOTH: Final = frozenset({"gt", "lt"})


class Order(Enum):
    """How a list is ordered: a column, and whether it descends. Rows of the same instant follow their number.

    `of` says whose columns these are, where the list is read along the index of another table.
    """

    CREATED_DESC = ("created_at_ms", True)
    CREATED_ASC = ("created_at_ms", False)
    UPDATED_DESC = ("updated_at_ms", True)
    UPDATED_ASC = ("updated_at_ms", False)

    @property
    def column(self) -> str:
        return self.value[0]

    @property
    def descending(self) -> bool:
        return self.value[1]

    @property
    def by_making(self) -> bool:
        return self.column == "created_at_ms"

    def columns(self, of: str) -> tuple[str, str]:
        return f"{of}{self.column}", f"{of}number"

    def terms(self, of: str) -> list[str]:
        return [f"-{column}" if self.descending else column for column in self.columns(of)]

    def after(self, cursor: ListCursor, of: str) -> Q:
        """The rows behind a cursor; the index begins there."""
        return Behind(
            dict(zip(self.columns(of), (cursor.major, cursor.minor), strict=True)), descending=self.descending
        )

    def made(self, after_ms: int | None, before_ms: int | None, of: str, *, begun: bool) -> Q:
        """The rows made between two instants, in a list that begins there, or behind a cursor where it has `begun`.

        What is not to begin or end the list is told as what it is not: SQLite would take that for the beginning, or
        walk the index of another order and sort.
        """
        left = {"lt" if self.descending else "gt"} if begun else set()
        return days(f"{of}created_at_ms", after_ms, before_ms, left if self.by_making else BOTH)


def days(column: str, after_ms: int | None, before_ms: int | None, left: Set[str] = BOTH) -> Q:
    """The rows of which a column lies between two instants; the ends that are `left` are told as what they are not."""
    terms = []
    for compared, opposite, ms in (("gt", "lte", after_ms), ("lt", "gte", before_ms)):
        told: dict[str, Any] = {f"{column}__{opposite if compared in left else compared}": ms}
        if ms is not None:
            terms.append(~Q(**told) if compared in left else Q(**told))
    return Q(*terms)
