"""`guichet import`: tickets of a CSV or JSON Lines file, by a mapping of its columns."""

from __future__ import annotations

import asyncio
import codecs
import csv
import hashlib
import json
import re
import sys
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from uuid_utils.compat import uuid7

from desk.app import wall_clock_ms
from desk.settings import Settings
from models import database
from models.bounds import Json
from models.errors import BadUserInput, GuichetError, InvalidInput
from models.ticket import Priority, Status
from models.work import Caller, World
from resolvers.imports import ImportedTicket, Importer, Taken, take

BATCH = 200
"""Rows per transaction: few enough that a running desk's writers do not wait for long."""
LONGEST_CELL = 2**31 - 1
"""The csv module stops for good at longer cells (its default is 131,072); here a row too long is one row refused."""
TOLD_EVERY = 1_000
"""Rows between two lines of progress where nobody watches a terminal."""
EPOCH, MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
LAST_MS = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // MS - 1
"""The API's DateTime says the years 1970 to 9998."""
NOT_UTF_8 = re.compile("[\udc80-\udcff]")
"""What surrogateescape makes of bytes that are none."""
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

Cells = Mapping[str, Json]
Format = Literal["csv", "jsonl"]


@Parameter(name="*", group="Mapping", negative="", show_default=False, show_env_var=False)
@dataclass(frozen=True)
class Columns:
    """Where the parts of a ticket are in the file; a mapping file has the same names as keys."""

    subject: tuple[str, ...] = ()
    """Column of the subject; given again, the columns are joined by " · "."""
    body: tuple[str, ...] = ()
    """Column of the body; given again, one line each."""
    user_id: str | None = None
    """Column of the requester's id."""
    user_id_value: str | None = None
    """Requester's id for rows that name none."""
    status: str | None = None
    """Column of the status; where it is blank or left out: OPEN."""
    status_value: tuple[str, ...] = ()
    """What a word of the file means, as in "On ice=CLOSED"; may be given again. [status-values] in a mapping file."""
    priority: str | None = None
    """Column of the priority: LOW, NORMAL, HIGH or URGENT."""
    tag: tuple[str, ...] = ()
    """Column of a tag; may be given again."""
    tag_separator: str | None = None
    """What stands between several tags in one column."""
    extra: tuple[str, ...] = ()
    """Column that is kept in extra under its name; may be given again. A JSON object is merged in."""
    created_at: str | None = None
    """Column of the time of creation."""
    updated_at: str | None = None
    """Column of the time of the last change; left out: the latest time of the row."""
    decided_at: str | None = None
    """Column of the time of the approval or rejection (or of the end, for a ticket that is closed)."""
    time_format: str | None = None
    """How times are written, as for strptime; left out: ISO 8601, or month/day/year hour:minute."""
    zone: str | None = None
    """Zone of times that name none, such as America/New_York."""
    external_id: str | None = None
    """Column that tells a row from all others of its origin; left out: a hash of the row, so equal rows are one."""
    from_: str | None = None
    """Origin that the external ids belong to; left out: the file's name without its ending."""

    def named(self) -> list[str]:
        """The columns of the file that the mapping speaks of."""
        several = (*self.subject, *self.body, *self.tag, *self.extra)
        single = (self.user_id, self.status, self.priority, self.created_at, self.updated_at, self.decided_at)
        return [*several, *(name for name in (*single, self.external_id) if name is not None)]

    def check(self, header: Sequence[str]) -> None:
        """Raises BadUserInput where the mapping does not fit a file with these columns."""
        has = f"The file has these columns: {', '.join(header) or 'none'}."
        if not self.subject:
            raise BadUserInput(f"Say which column is the subject: --subject COLUMN. {has}")
        if self.user_id is None and self.user_id_value is None:
            raise BadUserInput(f"Say whose tickets these are: --user-id COLUMN, or --user-id-value TEXT. {has}")
        for name in self.named():
            if (count := header.count(name)) != 1:
                raise BadUserInput(f"There {'is no' if count == 0 else 'are several'} {name!r} in the file. {has}")


OPTIONS: Final = {item.name.rstrip("_").replace("_", "-"): item for item in fields(Columns)}


def with_file(given: Columns, file: Path) -> Columns:
    """The mapping of a TOML file, with what was given on the command line in its place. Raises BadUserInput."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadUserInput(f"{file} is no TOML: {error}") from error
    statuses = table.pop("status-values", {})
    told: dict[str, str | tuple[str, ...]] = {}
    for key, value in table.items():
        if key not in OPTIONS:
            raise BadUserInput(f"{file}: there is no {key!r}; the keys are {', '.join(OPTIONS)}, [status-values].")
        several = isinstance(OPTIONS[key].default, tuple)
        values = value if several and isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            raise BadUserInput(f"{file}: {key} is {'text or a list of texts' if several else 'text'}.")
        told[OPTIONS[key].name] = tuple(values) if several else value
    if not isinstance(statuses, dict):
        raise BadUserInput(f"{file}: status-values is a table.")
    words = (*told.pop("status_value", ()), *(f"{word}={status}" for word, status in statuses.items()))
    told |= {item.name: value for item in fields(Columns) if (value := getattr(given, item.name)) != item.default}
    return replace(Columns(**told), status_value=(*words, *given.status_value))  # type: ignore[arg-type]


# ---------------------------------------------------------------- reading


class Row(NamedTuple):
    """A row of the file: the line that it begins on, what it holds, and why it could not be read, if so."""

    line: int
    cells: Cells
    problem: str | None = None


class Lines:
    """The lines of one row after the other, with a way back: a stray quote costs its line, not all that follow."""

    def __init__(self, text: Iterator[str]) -> None:
        self.start = 1
        self._row: list[str] = []
        self._text = text
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._row.append(self._again.popleft() if self._again else next(self._text))
        return self._row[-1]

    def next_row(self) -> None:
        self.start += len(self._row)
        self._row = []

    def refused(self, problem: str) -> Row:
        """The first line of this row as one that cannot be read; the others are read again."""
        first, *others = self._row
        self._again.extendleft(reversed(others))
        self._row = [first]
        return Row(self.start, {"text": first.rstrip("\r\n")}, problem)


def header_of(file: Path, format: Format) -> list[str]:
    """The columns of the file: the first row of CSV, or every key in JSON Lines. Raises BadUserInput."""
    if format == "jsonl":
        return list(dict.fromkeys(key for row in json_rows(file) if row.problem is None for key in row.cells))
    with file.open(encoding="utf-8-sig", newline="") as text:
        try:
            return next(csv.reader(text, strict=True), [])
        except (csv.Error, UnicodeDecodeError) as error:
            raise BadUserInput(f"The first line of {file} is no CSV in UTF-8: {error}.") from error


def csv_rows(file: Path) -> Iterator[Row]:
    """The rows under the header of a CSV file in UTF-8; blank lines are none."""
    csv.field_size_limit(LONGEST_CELL)
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        lines = Lines(text)
        reader = csv.reader(lines, strict=True)
        header = next(reader, [])
        while True:
            lines.next_row()
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield lines.refused(f"This is no CSV: {error}.")
                continue
            if cells is None:
                return
            if NOT_UTF_8.search("".join(cells)):
                yield lines.refused("This is not UTF-8.")
            elif len(cells) == len(header):
                yield Row(lines.start, dict(zip(header, cells, strict=True)))
            elif cells:
                yield lines.refused(f"There are {len(cells)} cells under {len(header)} columns.")


def json_rows(file: Path) -> Iterator[Row]:
    """The objects of a file with one per line; blank lines are none."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(codecs.BOM_UTF8).strip()
            cells, problem = None, "This is no JSON object."
            try:
                cells = json.loads(text) if text else None
            except (ValueError, RecursionError) as error:
                problem = f"This is no JSON: {error}."
            if isinstance(cells, dict):
                yield Row(number, cells)
            elif text:
                yield Row(number, {"text": text.decode(errors="replace")}, problem)


# ---------------------------------------------------------------- understanding


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


# ---------------------------------------------------------------- doing


@dataclass
class Tally:
    """How many rows were added, were there already, and were rejected."""

    added: int = 0
    known: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        return self.added + self.known + self.rejected


class Rejects:
    """The rows that were not taken, as JSON Lines; the file is made anew, and only if there are any."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.path = path

    def add(self, refused: list[tuple[Row, str]]) -> None:
        """Writes rows with their reasons, in the order of the file."""
        if refused:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as lines:
                for row, reason in sorted(refused, key=lambda each: each[0].line):
                    print(json.dumps({"line": row.line, "reason": reason, "row": row.cells}), file=lines)


async def import_rows(caller: Caller, plan: Plan, rejects: Rejects, progress: Callable[[int], object]) -> Tally:
    """Takes all rows of a file into the open database; `progress` hears how many are done.

    Each batch lasts once it is done, so an import that was killed goes on when it is run again.
    """
    tally, lines, rows = Tally(), dict[str, int](), plan.rows()
    while batch := list(islice(rows, BATCH)):
        refused: list[tuple[Row, str]] = []
        understood: list[tuple[Row, ImportedTicket]] = []
        for row in batch:
            try:
                understood.append((row, plan.ticket(row)))
            except InvalidInput as refusal:
                refused.append((row, refusal.message))
        fates = await take(caller, [ticket for _, ticket in understood])
        for (row, ticket), fate in zip(understood, fates, strict=True):
            if isinstance(fate, InvalidInput):
                refused.append((row, fate.message))
            elif plan.columns.external_id and lines.setdefault(ticket.external_id, row.line) != row.line:
                refused.append((row, f"Line {lines[ticket.external_id]} has the same {plan.columns.external_id}."))
            else:
                tally.added += fate is Taken.ADDED
                tally.known += fate is Taken.KNOWN
        tally.rejected += len(refused)
        rejects.add(refused)
        progress(tally.rows)
    return tally


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], object]]:
    """A bar on the terminal, or a line now and then where stderr is none."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done: done % TOLD_EVERY or print(f"{done:,} of {total:,} rows", file=sys.stderr)
        return
    columns = TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def import_file(
    file: Path,
    /,
    *,
    mapping: Path | None = None,
    format: Format | None = None,
    rejects: Path | None = None,
    columns: Columns = Columns(),
    settings: Settings = Settings(),  # noqa: B008
) -> int:
    """Take tickets over from a CSV or JSON Lines file. Run again, it adds only what is not there yet.

    Exits with 1 when some rows were rejected, and with 2 when file and mapping do not fit.

    Parameters
    ----------
    file
        The file, in UTF-8.
    mapping
        TOML file with the options of the mapping as keys; what is given here goes first.
    format
        Left out: jsonl for files that end in .jsonl or .ndjson, else csv.
    rejects
        Where rows go that cannot be taken, with line and reason; left out: NAME.rejects.jsonl in the data folder.
    """
    path = rejects or settings.data / f"{file.stem}.rejects.jsonl"
    try:
        plan = Plan(file, format, columns if mapping is None else with_file(columns, mapping))
        if path.resolve() in (file.resolve(), mapping and mapping.resolve()):
            raise BadUserInput("The rejects cannot go to a file that is read.")
        refused = Rejects(path)
    except (BadUserInput, OSError) as error:
        return _sorry(str(error), 2)
    try:
        tally = asyncio.run(_into_database(plan, refused, settings))
    except GuichetError as error:
        return _sorry(f"{error} What is in stays in: run the import again.", 1)
    print(f"{tally.added:,} added, {tally.known:,} there already, {tally.rejected:,} rejected")
    if tally.rejected:
        print(f"The rejected rows and why: {path}")
    return 1 if tally.rejected else 0


async def _into_database(plan: Plan, rejects: Rejects, settings: Settings) -> Tally:
    importer = Importer(World(now_ms=wall_clock_ms, new_id=uuid7, bounds=settings.bounds))
    async with database.connected(settings.database):
        if settings.embedded:
            await database.migrate()
        with _progress(sum(1 for _ in plan.rows())) as progress:
            return await import_rows(importer, plan, rejects, progress)


def _sorry(message: str, code: int) -> int:
    print(f"guichet: {message}", file=sys.stderr)
    return code
