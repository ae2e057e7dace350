"""Small words that the whole schema uses."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import strawberry
from strawberry import UNSET
from strawberry.types.unset import UnsetType

from resolvers.context import Context

Info: TypeAlias = strawberry.Info[Context, None]

T = TypeVar("T")


def given(value: T | UnsetType | None) -> T | None:
    """An argument as the resolvers take it: left out and null are the same."""
    return None if isinstance(value, UnsetType) else value


def column(name: str, description: str) -> Any:
    """A field that is a column of the row under another name."""

    def read(root: object) -> object:
        return getattr(root, name)

    read.column = name  # type: ignore[attr-defined]  # for whoever has the row as it is stored
    return strawberry.field(resolver=read, description=description)


__all__ = ["UNSET", "Info", "column", "given"]
