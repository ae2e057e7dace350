"""Tickets in the order of their making, in little memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any


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

    def between(self, after_ms: int | None, before_ms: int | None) -> array[int]:
        """The numbers of the tickets made between two instants (Unix ms), both exclusive; None where it has no end."""
        begin = 0 if after_ms is None else bisect_right(self._made, after_ms)
        return self._numbers[begin : None if before_ms is None else bisect_left(self._made, before_ms)]

    def until(self, ms: int) -> int:
        """How many were made at an instant (Unix ms) or before."""
        return bisect_right(self._made, ms)

    def made_at(self, place: int) -> int | None:
        """When the ticket at a place was made (Unix ms), the oldest's is 0; None behind the last."""
        return self._made[place] if place < len(self._made) else None
