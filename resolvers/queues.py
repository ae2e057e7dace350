"""Whole lists kept in memory in their order, and moved by the journal: what the live queue is answered from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from models.replica import Read
from models.statements import HeadRead
from resolvers.board import Board
from resolvers.following import Following
from resolvers.rows import Rows

LONGEST_KEPT = 100_000
"""Rows of the longest list that is kept, twelve bytes each."""
MOST_KEPT = 1_000
MOST_KEPT_ROWS: Final = 1_000_000
"""Lists, and rows of all of them, that a process keeps; the least recently asked for goes first."""

Begin = Callable[[], Awaitable[Read[Sequence[Any]]]]
"""Reads a list, oldest first: when each ticket was made (Unix ms) and its number, `LONGEST_KEPT` and one more."""


class Belongs(NamedTuple):
    """Which tickets are in a list, where an event's content tells; None where any will do."""

    status: frozenset[str] | None
    priority: frozenset[str] | None
    assignee: str | None
    unassigned: bool
    decided_by: str | None = None
    decided_after_ms: int | None = None
    decided_before_ms: int | None = None

    def has(self, ticket: Mapping[str, Any]) -> bool:
        return (
            (self.status is None or ticket["status"] in self.status)
            and (self.priority is None or ticket["priority"] in self.priority)
            and (self.assignee is None or ticket["assignee"] == self.assignee)
            and (not self.unassigned or ticket["assignee"] is None)
            and (self.decided_by is None or ticket["decided_by"] == self.decided_by)
            and self._in_days(ticket["decided_at_ms"])
        )

    def _in_days(self, decided_at_ms: int | None) -> bool:
        after, before = self.decided_after_ms, self.decided_before_ms
        if decided_at_ms is None:
            return after is None and before is None
        return (after is None or decided_at_ms > after) and (before is None or decided_at_ms < before)


class Kept(Following):
    """One list as of a position."""

    def __init__(self, belongs: Belongs) -> None:
        super().__init__()
        self._belongs = belongs
        self.rows = Rows(())

    def begin(self, head: HeadRead, rows: Sequence[Any]) -> None:
        self.head, self.fits = head, len(rows) <= LONGEST_KEPT
        self.rows = Rows(rows if self.fits else ())

    def take(self, ticket: Mapping[str, Any]) -> None:
        self.rows.put(ticket["created_at_ms"], ticket["number"], belongs=self._belongs.has(ticket))


class Queues:
    """The lists that a process keeps, and its figures."""

    def __init__(self) -> None:
        self.board = Board()
        self._kept: OrderedDict[Belongs, Kept] = OrderedDict()

    async def get(self, belongs: Belongs, head: HeadRead, begin: Begin) -> Read[Rows] | None:
        """A list at a head, or further, and where; None where it is too long to be kept.

        The rows are the list itself: they are to be looked at before anything else is waited for.
        """
        kept = self._kept.get(belongs)
        if kept is None:
            kept = self._kept[belongs] = Kept(belongs)
        self._kept.move_to_end(belongs)
        async with kept.turn:
            if not await kept.follow(head):
                kept.begin(*await begin())
                self._make_room()
            assert kept.head is not None
            return (kept.head, kept.rows) if kept.fits else None

    def _make_room(self) -> None:
        while len(self._kept) > MOST_KEPT or sum(len(each.rows) for each in self._kept.values()) > MOST_KEPT_ROWS:
            self._kept.popitem(last=False)
