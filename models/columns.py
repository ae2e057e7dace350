"""Columns and indexes that Tortoise does not have."""

from __future__ import annotations

from typing import TypeVar

from tortoise import fields
from tortoise.indexes import Index

T = TypeVar("T")


class JsonColumn(fields.JSONField[T]):
    """JSON kept as it was written: PostgreSQL's jsonb would reorder keys and turn 1e16 into an integer."""

    class _db_postgres:  # noqa: N801  # Tortoise looks for this name
        SQL_TYPE = "JSON"


class Part(Index):
    """An index of those rows only of which `where` is true: SQL without parameters, which a query has to repeat."""

    def __init__(self, name: str, fields: tuple[str, ...], where: str) -> None:
        super().__init__(name=name, fields=fields)
        self.extra = f" WHERE {where}"
