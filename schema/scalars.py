"""The scalars of the contract: an instant, any JSON, an opaque position."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from models.instants import EPOCH, MS, print_instant

DateTime = NewType("DateTime", int)
"""An instant in Unix ms; on the wire RFC 3339."""
Cursor = NewType("Cursor", str)

RFC_3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)
FIRST, LAST = EPOCH, datetime(9998, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


def parse_instant(value: object) -> int:
    """RFC 3339 with a zone to Unix ms, finer digits cut off. Raises GraphQLError outside 1970 to 9998."""
    match = RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise GraphQLError("A DateTime is RFC 3339 with a zone, like 2026-11-20T08:30:00.000Z.")
    date, time, fraction, sign, hours, minutes = match.groups()
    try:
        instant = datetime.fromisoformat(f"{date}T{time}.{(fraction or '')[:3].ljust(3, '0')}+00:00")
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            instant += -offset if sign == "+" else offset
    except (ValueError, OverflowError) as error:
        raise GraphQLError("There is no such instant in the calendar.") from error
    if not FIRST <= instant <= LAST:
        raise GraphQLError("A DateTime lies in the years 1970 to 9998.")
    return (instant - EPOCH) // MS


def parse_cursor(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError("A Cursor is a string that was given out here.")
    return value


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339: printed in UTC with exactly three decimals and Z;"
        " taken with a zone only, years 1970 to 9998, finer than a millisecond cut off.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=print_instant,
        parse_value=parse_instant,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value. Integers lie within ±2^53, so that JavaScript reads them whole.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="An opaque position in the journal or in a list. Keep it as it is and give it back.",
        serialize=str,
        parse_value=parse_cursor,
    ),
}
