"""Whole lists kept in memory in their order, and moved by the journal: what the live queue is answered from.

The journal tells of each ticket what it is right after an event. So a list that was read once at a position is, with
the events behind that applied, exactly what the database would say at theirs.
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from models import database, statements
from models.event import REWRITING
from models.replica import Read
from models.statements import HeadRead

MOST_EVENTS = 1_000
"""Events that are applied to a list at once; after more it is read anew."""
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

    def has(self, ticket: Mapping[str, Any]) -> bool:
        return (
            (self.status is None or ticket["status"] in self.status)
            and (self.priority is None or ticket["priority"] in self.priority)
            and (self.assignee is None or ticket["assignee"] == self.assignee)
            and (not self.unassigned or ticket["assignee"] is None)
        )


class Rows:
    """The tickets of a list, oldest first: when each was made (Unix ms), and its number."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._made = array("q", (row[0] for row in rows))
        self._numbers = array("i", (row[1] for row in rows))

    def __len__(self) -> int:
        return len(self._numbers)

    def put(self, made_ms: int, number: int, *, belongs: bool) -> None:
        """Takes a ticket in or out."""
        behind = bisect_right(self._made, made_ms)
        at = bisect_left(self._numbers, number, bisect_left(self._made, made_ms, 0, behind), behind)
        there = at < behind and self._numbers[at] == number
        if belongs and not there:
            self._made.insert(at, made_ms)
            self._numbers.insert(at, number)
        elif there and not belongs:
            del self._made[at], self._numbers[at]

    def first(self, count: int, *, descending: bool) -> list[int]:
        numbers = self._numbers
        return numbers[: -count - 1 : -1].tolist() if descending else numbers[:count].tolist()


class Kept:
    """One list as of a position; without rows, one that was too long there."""

    def __init__(self, belongs: Belongs) -> None:
        self._belongs = belongs
        self.turn = asyncio.Lock()
        self.head: HeadRead | None = None
        self.rows: Rows | None = None

    def begin(self, head: HeadRead, rows: Sequence[Any]) -> None:
        self.head, self.rows = head, Rows(rows) if len(rows) <= LONGEST_KEPT else None

    async def follow(self, head: HeadRead) -> bool:
        """Goes on to a head, or stays where it is further; False where the journal does not lead from here to there."""
        here = self.head
        if here is None or here.journal_id != head.journal_id:
            return False
        there = max(here, head, key=lambda each: each.position)
        news = there.position - here.position
        if (news == 0 and here.nonce == head.nonce) or (self.rows is None and news <= MOST_EVENTS):
            return True
        if news > MOST_EVENTS:
            return False
        read = await statements.contents(database.quick(), here.position, there.position)
        events = statements.steps(read, here, there)
        if events is None or any(kind in REWRITING for _, _, kind, _ in events):
            return False
        self._apply(events)
        self.head = there
        return True

    def _apply(self, events: Sequence[Any]) -> None:
        assert self.rows is not None
        for *_, content in events:
            if content is not None:
                ticket = orjson.loads(content)
                self.rows.put(ticket["created_at_ms"], ticket["number"], belongs=self._belongs.has(ticket))


class Queues:
    """The lists that a process keeps."""

    def __init__(self) -> None:
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
            return (kept.head, kept.rows) if kept.rows is not None else None

    def _make_room(self) -> None:
        while len(self._kept) > MOST_KEPT or sum(len(each.rows or ()) for each in self._kept.values()) > MOST_KEPT_ROWS:
            self._kept.popitem(last=False)
