"""One page of a list: its rows, their cursors, and whether there is more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows with a cursor each; `has_previous` says that the page began after a cursor."""

    rows: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    as_of: str = ""
