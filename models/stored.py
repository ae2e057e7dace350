"""Rows as the database gave them: a column becomes a Python value when it is first looked at.

Tortoise makes a model of a row in 10 µs; most of what an answer shows of it are columns that need no converting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Self

from tortoise.models import Model


class Stored(Model):
    """A model of which copies can be read so. They are for showing: what a unit of work changes, it loads whole."""

    stored: Sequence[Any]
    """The columns as stored, each in its place; only such copies have it."""

    class Meta:
        abstract = True

    @classmethod
    @cache
    def places(cls) -> Mapping[str, int]:
        """The columns, and where in a record each one is."""
        return {column: place for place, column in enumerate(cls._meta.fields_db_projection)}

    @classmethod
    def of(cls, record: Sequence[Any], **more: object) -> Self:
        """A copy with this record, and with attributes beside its columns."""
        row = cls.__new__(cls)
        object.__setattr__(row, "__dict__", {"stored": record, **more})
        return row

    @classmethod
    def whole(cls, record: Sequence[Any]) -> Self:
        """The row of this record, to be changed and saved."""
        return cls._init_from_db(**dict(zip(cls.places(), record, strict=True)))

    def __getattr__(self, name: str) -> Any:
        """What is not there yet: a column of the record."""
        place = None if name.startswith("_") else type(self).places().get(name)
        if place is None or "stored" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        value = vars(self)[name] = self._meta.fields_map[name].to_python_value(self.stored[place])
        return value
