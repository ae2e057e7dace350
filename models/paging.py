"""Many rows, a page at a time: each behind the last of the one before, so that nothing is read twice or skipped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

PAGE = 200
"""Rows read at once."""

M = TypeVar("M", bound=Model)


async def pages(rows: QuerySet[M], key: str, size: int = PAGE) -> AsyncIterator[list[M]]:
    """All rows of a query in the order of a unique column, at most `size` at once."""
    first = rows.order_by(key).limit(size)
    page = await first
    while page:
        yield page
        page = await first.filter(**{f"{key}__gt": getattr(page[-1], key)})
