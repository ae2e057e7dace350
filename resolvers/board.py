"""The figures of the desk, kept in memory: in which of them each ticket counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from models.statements import HeadRead
from models.ticket import UNDECIDED
from resolvers.following import Following
from resolvers.rows import Rows

MOST_TICKETS = 100_000
"""Tickets that are undecided, or were made or decided in the days that are counted; of more there are no figures."""
QUARTER_MS: Final = 900_000
"""What is counted together, so that it can be told since anybody's midnight: every zone's lies on a quarter."""


class Standing(NamedTuple):
    """All of a ticket that figures depend on."""

    created_at_ms: int
    status: str
    priority: str
    assignee: str | None
    decided_at_ms: int | None
    decided_by: str | None


class InHand(NamedTuple):
    """Undecided tickets that are counted together."""

    status: str
    priority: str
    assignee: str | None


class Decided(NamedTuple):
    """Decisions that are counted together; `quarter_ms` is when their quarter of an hour began."""

    quarter_ms: int
    outcome: str
    by: str | None


class Board(Following):
    """What is counted of the undecided tickets, and of those that were made or decided since an instant (Unix ms)."""

    def begin(self, head: HeadRead, rows: Sequence[Any], since_ms: int) -> None:
        """Counts anew: number and Standing of each ticket, column by column, `MOST_TICKETS` and one more."""
        self.head, self.since_ms, self.fits = head, since_ms, len(rows) <= MOST_TICKETS
        self.in_hand, self.came, self.decided = Counter[InHand](), Counter[int](), Counter[Decided]()
        self._standing = {row[0]: Standing(*row[1:]) for row in rows} if self.fits else {}
        for ticket in self._standing.values():
            for counter, key in self._places(ticket):
                counter[key] += 1
        made = sorted((it.created_at_ms, number) for number, it in self._standing.items() if it.status in UNDECIDED)
        self.waiting = Rows(made)
        self.unassigned = Rows([row for row in made if self._standing[row[1]].assignee is None])

    def take(self, ticket: Mapping[str, Any]) -> None:
        self._put(ticket["number"], Standing(*(ticket[name] for name in Standing._fields)))

    def _put(self, number: int, now: Standing) -> None:
        before = self._standing.pop(number, None)
        if before is not None:
            self._count(number, before, -1)
        if any(True for _ in self._places(now)):
            self._standing[number] = now
            self._count(number, now, 1)

    def _count(self, number: int, ticket: Standing, by: int) -> None:
        for counter, key in self._places(ticket):
            counter[key] += by
            if not counter[key]:
                del counter[key]
        undecided = by > 0 and ticket.status in UNDECIDED
        self.waiting.put(ticket.created_at_ms, number, belongs=undecided)
        self.unassigned.put(ticket.created_at_ms, number, belongs=undecided and ticket.assignee is None)

    def _places(self, ticket: Standing) -> Iterator[tuple[Counter[Any], Hashable]]:
        """Where a ticket counts."""
        made_ms, status, priority, assignee, decided_ms, by = ticket
        if status in UNDECIDED:
            yield self.in_hand, InHand(status, priority, assignee)
        if made_ms >= self.since_ms:
            yield self.came, quarter(made_ms)
        if decided_ms is not None and decided_ms >= self.since_ms:
            yield self.decided, Decided(quarter(decided_ms), status, by)


def quarter(ms: int) -> int:
    """When the quarter of an hour began in which an instant lies (both Unix ms)."""
    return ms - ms % QUARTER_MS
