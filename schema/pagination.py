"""Connections: an edge with a cursor for each row, and whether there is more."""

from __future__ import annotations

import strawberry

from schema.scalars import Cursor


@strawberry.type(description="Where a page begins and ends, and whether there is more.")
class PageInfo:
    start_cursor: Cursor | None = strawberry.field(description="Cursor of the first row; null for an empty page.")
    end_cursor: Cursor | None = strawberry.field(description="Cursor of the last row: `after` for the next page.")
    has_next_page: bool = strawberry.field(description="Whether rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether `after` was given.")


def page_length(first: int | None) -> int:
    """`first` as given, 50 where it was left out or null."""
    return 50 if first is None else first
