"""Instants as they are stored, in Unix ms, and as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MS: Final = timedelta(milliseconds=1)


@lru_cache(20_000)
def print_instant(value: int) -> str:
    """Unix ms as RFC 3339 in UTC with exactly three decimals: 2026-11-20T08:30:00.000Z."""
    text = (EPOCH + value * MS).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
