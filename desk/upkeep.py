"""What an operator does to a whole desk: verify, prune, erase, back up and restore, export."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from cyclopts import App

from desk.settings import Settings
from desk.terminal import existing, opened, operator, run, sorry
from models import database, law, storage
from models.attachment import Files
from models.errors import BadUserInput
from models.law import Kept, Verdict
from resolvers import erasure, journal, transfer

PROBLEMS_TOLD = 50
journals = App(name="journal", help="The journal: what happened, for ever or until it is pruned.")


def add_to(app: App) -> None:
    """Makes these commands part of `guichet`."""
    for command in (verify, erase, backup, restore, export, journals):
        app.command(command)


def verify(*, expect: str | None = None, settings: Settings = Settings()) -> int:  # noqa: B008
    """Compare everything that the desk holds with its journal, and the journal with its chain of hashes.

    Works beside a running desk. Ends with 1 and says where, if anything differs.

    Parameters
    ----------
    expect
        POSITION:HASH that an earlier run printed: says whether history was changed since.
    """

    async def look() -> int:
        kept = _kept(expect) if expect is not None else None
        async with existing(settings), database.snapshot():
            verdict = await law.verify(await database.head(), kept)
        return _tell(verdict)

    return run(look())


def _kept(text: str) -> Kept:
    position, _, digits = text.partition(":")
    if not position.isdecimal() or not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise BadUserInput("A hash is kept as POSITION:HASH, the way that verify prints it.")
    return Kept(int(position), bytes.fromhex(digits))


def _tell(verdict: Verdict) -> int:
    head, found = verdict.head, verdict.problems
    for problem in found[:PROBLEMS_TOLD]:
        print(problem)
    if len(found) > PROBLEMS_TOLD:
        print(f"… and {len(found) - PROBLEMS_TOLD:,} more")
    print(f"journal {head.journal_id.hex()}: {verdict.events:,} events, {verdict.tickets:,} tickets")
    if head.pruned:
        print(f"pruned up to event {head.pruned}; the checkpoint stands for what was before")
    sealed = verdict.sealed
    tail = f"; {sealed.position + 1} to {head.position} are not sealed yet" if head.position > sealed.position else ""
    print(f"sealed up to event {sealed.position}{tail}")
    if found:
        return sorry(f"{len(found):,} things differ")
    print(f"nothing differs. Keep this elsewhere, for --expect: {sealed.position}:{sealed.hash.hex()}")
    return 0


@journals.command
def prune(*, before: str, settings: Settings = Settings()) -> int:  # noqa: B008
    """Take old events out of the journal; what `verify` and others need stays, signed off as a checkpoint.

    Tickets and their messages stay. A cursor from before gets RESYNC.

    Parameters
    ----------
    before
        Day or time (ISO 8601), such as 2026-01-31 or 2026-01-31T12:00:00+01:00; UTC where it has no zone.
    """

    async def cut() -> int:
        before_ms = _ms(before)
        async with existing(settings):
            through, count = await journal.prune(operator(settings), before_ms)
        print(f"{count:,} events taken out, up to event {through}")
        return 0

    return run(cut())


def _ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadUserInput(f"{text} is no day or time in the way of ISO 8601.") from error
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


@journals.command
def renew(*, settings: Settings = Settings()) -> int:  # noqa: B008
    """Give the journal a new identity, after PostgreSQL was restored from a backup: every cursor gets RESYNC."""

    async def name() -> int:
        async with existing(settings):
            await journal.renew(operator(settings))
        print("the journal has a new identity; clients read their snapshots again")
        return 0

    return run(name())


def erase(*, user: str, reason: str | None = None, settings: Settings = Settings()) -> int:  # noqa: B008
    """Erase a person: the content of their tickets, messages and history, their name and their accounts.

    Works beside a running desk. What was interrupted is completed by another run.

    Parameters
    ----------
    user
        The user id.
    reason
        Kept with the events that sign this off; name nobody in it.
    """

    async def wipe() -> int:
        async with existing(settings):
            erased = await erasure.erase(operator(settings), user, reason, Files(settings.data))
            await storage.scrub()
        print(f"{erased.tickets:,} tickets and {erased.accounts:,} accounts erased; the database's files are rewritten")
        left = [path.name for path in settings.data.glob("*.rejects.jsonl")]
        if left:
            print(f"Rows that an import could not take are not looked at: {', '.join(left)}")
        return 0

    return run(wipe())


def backup(file: Path, /, *, settings: Settings = Settings()) -> int:  # noqa: B008
    """Write a copy of the built-in database, as it is now, while the desk is running.

    Parameters
    ----------
    file
        Where to; nothing may be there yet.
    """

    async def copy() -> int:
        size = storage.back_up(settings.database, file)
        print(f"{file}: {size:,} bytes")
        return 0

    return run(copy())


def restore(file: Path, /, *, replace: bool = False, settings: Settings = Settings()) -> int:  # noqa: B008
    """Put a backup in the place of the built-in database. The desk must not be running.

    The journal gets a new identity: every cursor from before gets RESYNC.

    Parameters
    ----------
    file
        What `guichet backup` wrote.
    replace
        Lose the desk that is there.
    """

    async def put_back() -> int:
        storage.restore(file, settings.database, replace=replace)
        async with opened(settings):
            head = await database.head()
        print(f"restored up to event {head.position}; clients read their snapshots again")
        return 0

    return run(put_back())


def export(file: Path, /, *, settings: Settings = Settings()) -> int:  # noqa: B008
    """Write the whole desk with its history as lines of JSON, for `guichet import` into an empty desk of either kind.

    Parameters
    ----------
    file
        Where to; nothing may be there yet.
    """

    async def write() -> int:
        if file.exists():  # noqa: ASYNC240
            raise BadUserInput(f"{file} is there already.")
        count = 0
        async with existing(settings), database.snapshot():
            lines = transfer.export(await database.head())
            with file.open("xb") as out:
                async for line in lines:
                    count += 1
                    out.write(line)
        print(f"{file}: {count - 2:,} rows")
        return 0

    return run(write())
