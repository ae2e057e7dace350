"""One page of a list: its rows, a cursor for each, and whether there is more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Self, TypeVar

T = TypeVar("T")


class Edge(NamedTuple, Generic[T]):
    """A row in a page; its cursor is made when somebody asks for it."""

    node: T
    cursor_of: Callable[[T], object]

    @property
    def cursor(self) -> str:
        return str(self.cursor_of(self.node))


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows with a cursor each; `has_previous_page` says that the page began after a cursor."""

    rows: Sequence[T]
    cursor_of: Callable[[T], object]
    has_next_page: bool
    has_previous_page: bool
    as_of: str = ""

    @classmethod
    def of(cls, read: Sequence[T], size: int, cursor_of: Callable[[T], object], after: object, as_of: str = "") -> Self:
        """A page of `size` rows, of which one more than that was read to see whether there is more."""
        return cls(read[:size], cursor_of, len(read) > size, after is not None, as_of)

    @property
    def edges(self) -> list[Edge[T]]:
        cursor_of = self.cursor_of
        return [Edge(row, cursor_of) for row in self.rows]

    @property
    def page_info(self) -> Self:
        return self

    @property
    def start_cursor(self) -> str | None:
        return str(self.cursor_of(self.rows[0])) if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        return str(self.cursor_of(self.rows[-1])) if self.rows else None
