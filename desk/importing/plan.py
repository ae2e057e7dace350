"""How a row becomes a ticket: its words, times, tags."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from desk.importing.columns import Columns
from desk.importing.rows import Cells, Format, Row, csv_rows, header_of, json_rows
from models.bounds import Json
from models.errors import BadUserInput, InvalidInput
from models.instants import EPOCH, MS
from models.ticket import Priority, Status
from resolvers.imports import ImportedTicket

LAST_MS = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // MS - 1
"""The API's DateTime says the years 1970 to 9998."""
JSON_ENDINGS = frozenset({".jsonl", ".ndjson"})
FORMATS: Final = ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y")
"""Read besides ISO 8601; the month comes first, so a file with the day first needs --time-format."""

SYNONYMS: Final[Mapping[Status, str]] = {
    Status.OPEN: "new to_do todo unassigned reopened",
    Status.PROCESSING: "in_progress pending assigned started on_hold hold waiting",
    Status.CLOSED: "resolved solved done complete completed finished cancelled canceled",
    Status.APPROVED: "accepted granted",
    Status.REJECTED: "denied declined refused",
}


def statuses(given: Sequence[str]) -> dict[str, Status]:
    """What each word means, the given ones before the usual ones. Raises BadUserInput."""
    meaning = {_word(word): status for status, words in SYNONYMS.items() for word in (status, *words.split())}
    for pair in given:
        word, _, name = pair.rpartition("=")
        if not word or name.strip().upper() not in Status.__members__:
            raise BadUserInput(f"{pair!r}: a status value is WORD=STATUS, the status one of {', '.join(Status)}.")
        meaning[_word(word)] = Status(name.strip().upper())
    return meaning


def moment(text: str, format: str | None) -> datetime | None:
    """The time that a text says, with a zone only if it names one; None where it is no time."""
    with suppress(ValueError):  # RFC 3339 allows t and z
        return datetime.strptime(text, format) if format else datetime.fromisoformat(text.upper())
    for known in FORMATS if format is None else ():
        with suppress(ValueError):
            return datetime.strptime(text, known)
    return None


class Plan:
    """How the rows of one file become tickets. Raises BadUserInput where file and mapping do not fit."""

    def __init__(self, file: Path, format: Format | None, columns: Columns) -> None:
        self.columns = columns
        format = format or ("jsonl" if file.suffix.lower() in JSON_ENDINGS else "csv")
        columns.check(header_of(file, format))
        self._read, self._file = json_rows if format == "jsonl" else csv_rows, file
        self._statuses = statuses(columns.status_value)
        self._origin = file.stem if columns.from_ is None else columns.from_
        try:
            self._zone = ZoneInfo(columns.zone) if columns.zone is not None else None
        except (ValueError, LookupError, OSError) as error:
            raise BadUserInput(f"There is no zone {columns.zone!r}; one is America/New_York.") from error

    def rows(self) -> Iterator[Row]:
        return self._read(self._file)

    def ticket(self, row: Row) -> ImportedTicket:
        """The ticket of a row. Raises InvalidInput where it cannot be understood."""
        if row.problem is not None:
            raise InvalidInput("row", row.problem)
        columns, cells = self.columns, row.cells
        return ImportedTicket(
            external_id=f"{self._origin}:{self._own_id(cells)}",
            user_id=next(iter(_texts(cells, (columns.user_id,))), columns.user_id_value or ""),
            subject=" · ".join(_texts(cells, columns.subject)),
            body="\n".join(_texts(cells, columns.body)),
            status=self._status(_text(cells, columns.status)),
            priority=_priority(_text(cells, columns.priority)),
            tags=_tags(cells, columns.tag, columns.tag_separator),
            extra=_extra(cells, columns.extra),
            created_at_ms=self._time(cells, columns.created_at),
            updated_at_ms=self._time(cells, columns.updated_at),
            decided_at_ms=self._time(cells, columns.decided_at),
        )

    def _own_id(self, cells: Cells) -> str:
        if self.columns.external_id is None:
            return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()[:32]
        own = _text(cells, self.columns.external_id)
        if not own.strip():
            raise InvalidInput("externalId", f"{self.columns.external_id} is blank: nothing tells this row apart.")
        return own

    def _status(self, word: str) -> Status:
        if not word.strip():
            return Status.OPEN
        if (status := self._statuses.get(_word(word))) is None:
            raise InvalidInput("status", f"{_shown(word)} is no known status: say --status-value WORD=STATUS.")
        return status

    def _time(self, cells: Cells, column: str | None) -> int | None:
        text = _text(cells, column).strip()
        if column is None or not text:
            return None
        at = moment(text, self.columns.time_format)
        if at is None:
            raise InvalidInput(column, f"{column}: {_shown(text)} is no time in a known form: say --time-format.")
        if at.tzinfo is None and self._zone is None:
            raise InvalidInput(column, f"{column}: {_shown(text)} names no zone: say --zone.")
        at_ms = ((at if at.tzinfo else at.replace(tzinfo=self._zone)) - EPOCH) // MS
        if not 0 <= at_ms <= LAST_MS:
            raise InvalidInput(column, f"{column}: {_shown(text)} is not in the years 1970 to 9998.")
        return at_ms


def _word(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip()).casefold()


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def _plain(column: str, value: Json) -> str:
    """A value of JSON as text. Raises InvalidInput for lists and objects."""
    if isinstance(value, list | dict):
        raise InvalidInput(column, f"{column} is a list or an object, and should be text.")
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _text(cells: Cells, column: str | None) -> str:
    return "" if column is None else _plain(column, cells.get(column))


def _texts(cells: Cells, columns: Sequence[str | None]) -> list[str]:
    """The texts of these columns that are not blank."""
    return [text for column in columns if (text := _text(cells, column)).strip()]


def _priority(word: str) -> Priority:
    if word.strip().upper() not in ("", *Priority):
        raise InvalidInput("priority", f"{_shown(word)} is no priority; there are {', '.join(Priority)}.")
    return Priority(word.strip().upper() or Priority.NORMAL)


def _tags(cells: Cells, columns: Sequence[str], separator: str | None) -> list[str]:
    values = [(column, cells.get(column)) for column in columns]
    several = [(column, item) for column, value in values for item in (value if isinstance(value, list) else [value])]
    texts = [_plain(column, item) for column, item in several]
    return [tag for text in texts for tag in (text.split(separator) if separator else [text]) if tag.strip()]


def _extra(cells: Cells, columns: Sequence[str]) -> dict[str, Json]:
    extra: dict[str, Json] = {}
    for column in columns:
        value = cells.get(column)
        if isinstance(value, dict):
            extra |= value
        elif value not in (None, ""):
            extra[column] = value
    return extra
