"""How lists are read: the indexes that hold them in order, and where a page begins.

docs/decisions/0015-lists-in-order.md says which indexes there are, and why no more.
"""

from __future__ import annotations

from collections.abc import Mapping

from pypika_tortoise.terms import Tuple
from tortoise.expressions import F, Q, RawSQL, ResolveContext
from tortoise.indexes import Index
from tortoise.query_utils import QueryModifier

from models.columns import Part

ORDERS = {"created": ("created_at_ms", "number"), "updated": ("updated_at_ms", "number")}
NOT_CLOSED = "status NOT IN ('CLOSED')"
CLOSED = RawSQL("('CLOSED')")
"""What a query leaves out in these words, with no parameter, so that SQLite sees the index of the rest in it."""

DECIDED = Part("idx_tickets_decided", ("decided_at_ms", "number"), "decided_at_ms IS NOT NULL")
"""The index that holds what was decided between two instants."""


def in_order(*columns: str) -> list[Index]:
    """The indexes that hold the rows which are equal in these columns, in either order."""
    return [Index(fields=[*columns, *order]) for order in ORDERS.values()]


def part_in_order(name: str, where: str) -> list[Index]:
    """The indexes that hold those rows only of which `where` is true, in either order."""
    return [Part(f"idx_tickets_{name}_{order}", columns, where) for order, columns in ORDERS.items()]


class Behind(Q):
    """The rows behind one in an order, by what that one has in the columns of the order.

    They are compared as rows, so that the index begins exactly there: anything else would read all those again that
    share the first column's value.
    """

    def __init__(self, values: Mapping[str, int], *, descending: bool) -> None:
        super().__init__()
        self.values, self.descending = values, descending

    def __bool__(self) -> bool:
        return True

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        own = resolve_context.table  # F alone would not say whose column it is
        terms = (F(name).resolve(resolve_context).term if "__" in name else own[name] for name in self.values)
        columns, values = Tuple(*terms), Tuple(*self.values.values())
        return QueryModifier(where_criterion=columns < values if self.descending else columns > values)
