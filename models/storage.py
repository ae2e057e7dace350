"""The database as files: backed up while it is in use, put back, and rid of what was erased."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient

from models import statements
from models.database import file_of, is_sqlite, primary
from models.errors import BadUserInput, Unavailable
from models.event import new_journal_id

PATIENCE_S = 60.0
"""How long a file operation waits for writers and readers that are in its way."""
PAUSE_S = 0.05
TABLES = ("tickets", "events", "messages", "decisions", "user_tickets", "accounts", "idempotency")
"""A file without one of these is no desk."""
LOG_IN_USE = "It is erased from the tables, but a reader keeps the old log: end it, and run guichet erase again."
IN_USE = "Somebody uses this database: stop the desk first."


def back_up(url: str, target: Path) -> int:
    """Writes a copy of the SQLite database as it is now, while others read and write; returns its size, bytes.

    It is on the disk when done.
    Raises BadUserInput where there is something already, or the database is none of SQLite's.
    """
    if not is_sqlite(url):
        raise BadUserInput("This is for the built-in database; of PostgreSQL, make a backup with pg_dump.")
    if target.exists():
        raise BadUserInput(f"{target} is there already.")
    if not target.parent.is_dir():
        raise BadUserInput(f"There is no folder {target.parent}.")
    if not file_of(url).exists():
        raise BadUserInput(f"There is no {file_of(url)}.")
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(file_of(url), timeout=PATIENCE_S)) as source:
        source.execute("VACUUM INTO ?", [str(part)])
    _settle(part, target)
    return target.stat().st_size


def restore(source: Path, url: str, *, replace: bool) -> None:
    """Puts a backup in the place of the SQLite database, as a journal of its own: every cursor from before is RESYNC.

    Raises BadUserInput where the file is no backup or would replace a desk unasked, and Unavailable while a desk uses
    the database.
    """
    if not is_sqlite(url):
        raise BadUserInput(
            "This is for the built-in database; restore PostgreSQL with pg_restore, then renew the journal."
        )
    target = file_of(url)
    _check(source)
    if target.exists():
        if not replace:
            raise BadUserInput(f"There is a desk in {target}: say --replace to lose it.")
        _end_use(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with closing(_read_only(source)) as old, closing(sqlite3.connect(part)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")
        with new:
            new.execute("UPDATE journal_head SET journal_id = ?", [new_journal_id()])
    for left in ("-wal", "-shm", "-journal"):  # SQLite would play another file's log over this one
        target.with_name(f"{target.name}{left}").unlink(missing_ok=True)
    _settle(part, target)


async def scrub() -> None:
    """Rewrites the files of the open database, so that what was erased stands in none of them.

    PostgreSQL's log and backups keep it until they are gone. Raises Unavailable where others are in the way too long.
    """
    connection = primary()
    if statements.on_postgres(connection):
        tables = [model._meta.db_table for model in Tortoise.apps["models"].values()]
        for table in [*tables, "search"]:
            await connection.execute_query(f'VACUUM (FULL, ANALYZE) "{table}"')
        return
    await connection.execute_query("INSERT INTO search(search) VALUES ('rebuild')")
    await connection.execute_query("PRAGMA secure_delete = ON")
    await connection.execute_query("VACUUM")
    try:
        await asyncio.wait_for(_truncate_log(connection), PATIENCE_S)
    except TimeoutError:
        raise Unavailable(LOG_IN_USE) from None


async def _truncate_log(connection: BaseDBAsyncClient) -> None:
    while (await connection.execute_query_dict("PRAGMA wal_checkpoint(TRUNCATE)"))[0]["busy"]:  # noqa: ASYNC110
        await asyncio.sleep(PAUSE_S)  # a reader still looks at the log


def _check(source: Path) -> None:
    try:
        with closing(_read_only(source)) as backup:
            found = backup.execute("PRAGMA integrity_check").fetchone()[0]
            for table in TABLES:
                backup.execute(f"SELECT 1 FROM {table}").fetchone()
            if backup.execute("SELECT count(*) FROM journal_head").fetchone() != (1,):
                found = "it has no journal"
    except (sqlite3.DatabaseError, OSError) as error:
        raise BadUserInput(f"{source} is no backup of a desk: {error}.") from error
    if found != "ok":
        raise BadUserInput(f"{source} is damaged: {found}.")


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _end_use(path: Path) -> None:
    """Leaves the write-ahead log's mode, which succeeds where nobody else has the file open, and removes the log."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        raise Unavailable(IN_USE) from None
    except sqlite3.DatabaseError:
        return  # damaged: it is to be lost anyway
    if mode != "delete":
        raise Unavailable(IN_USE)


def _settle(part: Path, target: Path) -> None:
    """Gives a file its name once all of it is on the disk."""
    _sync(part)
    part.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
