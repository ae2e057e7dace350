"""`guichet import`: tickets of a CSV or JSON Lines file, by a mapping of its columns."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from desk.importing.columns import Columns, with_file
from desk.importing.plan import Plan
from desk.importing.rows import Format, Row
from desk.settings import Settings
from desk.terminal import opened, operator, run, sorry
from models.errors import BadUserInput, GuichetError, InvalidInput
from models.work import Caller
from resolvers import transfer
from resolvers.imports import ImportedTicket, Taken, take
from resolvers.journal import Sealer

BATCH_ROWS, BATCH_CHARS = 100, 500_000
"""Largest transaction: a tenth of a second, so that a running desk's writers do not wait for long."""
PAUSE_S = 0.025
"""Between two transactions: SQLite's waiters look every 25 ms at first, and would starve if they never met a gap."""
TOLD_EVERY = 1_000
"""Rows between two lines of progress where nobody watches a terminal."""


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
    tally, lines = Tally(), dict[str, int]()
    for batch in _batches(plan.rows()):
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
        await asyncio.sleep(PAUSE_S)
    return tally


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch, chars = list[Row](), 0
    for row in rows:
        batch.append(row)
        chars += len(str(row.cells))
        if len(batch) == BATCH_ROWS or chars > BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], object]]:
    """A bar on the terminal, or a line now and then where stderr is none."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("", total=total)
            yield lambda done: bar.update(task, completed=done)
        return
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done >= told + TOLD_EVERY:
            told = done
            print(f"{done:,} of {total:,} rows", file=sys.stderr)

    yield tell


def import_file(
    file: Path,
    /,
    *,
    mapping: Path | None = None,
    format: Format | None = None,
    rejects: Path | None = None,
    columns: Columns = Columns(),  # noqa: B008
    settings: Settings = Settings(),  # noqa: B008
) -> int:
    """Take tickets over from a CSV or JSON Lines file. Run again, it adds only what is not there yet.

    What `guichet export` wrote fills an empty desk, with all its history.

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
    if _is_export(file):
        return run(_whole_desk(file, settings))
    path = rejects or settings.data / f"{file.stem}.rejects.jsonl"
    try:
        plan = Plan(file, format, columns if mapping is None else with_file(columns, mapping))
        if path.resolve() in (file.resolve(), mapping and mapping.resolve()):
            raise BadUserInput("The rejects cannot go to a file that is read.")
        refused = Rejects(path)
    except (BadUserInput, OSError) as error:
        return sorry(str(error), 2)
    try:
        tally = asyncio.run(_into_database(plan, refused, settings))
    except GuichetError as error:
        return sorry(f"{error} Run the import again: it goes on where it stopped.", 1)
    except OSError as error:  # the data folder, or the rejects in it
        return sorry(f"{error.filename or 'the database'}: {error.strerror or error}", 1)
    print(f"{tally.added:,} added, {tally.known:,} there already, {tally.rejected:,} rejected")
    if tally.rejected:
        print(f"The rejected rows and why: {path}")
    return 1 if tally.rejected else 0


def _is_export(file: Path) -> bool:
    try:
        with file.open("rb") as lines:
            return transfer.is_export(lines.readline())
    except OSError:
        return False  # said below, as of every file that cannot be read


async def _whole_desk(file: Path, settings: Settings) -> int:
    async with opened(settings):
        count = await transfer.take_over(operator(settings), file)
    print(f"{count:,} rows; clients read their snapshots again")
    return 0


async def _into_database(plan: Plan, rejects: Rejects, settings: Settings) -> Tally:
    async with opened(settings):
        caller = operator(settings, "import")
        with _progress(sum(1 for _ in plan.rows())) as progress:
            tally = await import_rows(caller, plan, rejects, progress)
        await Sealer().seal_all(caller)  # else the desk would be busy with it when it begins
        return tally
