"""Columns that Tortoise does not have."""

from __future__ import annotations

from typing import TypeVar

from tortoise import fields

T = TypeVar("T")


class JsonColumn(fields.JSONField[T]):
    """JSON kept as it was written: PostgreSQL's jsonb would reorder keys and turn 1e16 into an integer."""

    class _db_postgres:  # noqa: N801  # Tortoise looks for this name
        SQL_TYPE = "JSON"
