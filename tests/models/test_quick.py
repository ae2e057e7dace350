"""The head of an SQLite file, read only where something was committed, is the one that it has."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from models import database
from models.quick import HEADER, VERSION, WalIndex
from tests.support.processes import Worker
from tests.support.sql import statements


@pytest.fixture
async def file(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Path]:
    """A desk's file that this process has open, and looked at."""
    file = tmp_path / "guichet.db"
    file.write_bytes((sqlite_template / "guichet.db").read_bytes())
    async with database.connected(f"sqlite://{file}", peeks=True):
        for _ in range(2):
            await database.head()
        yield file


@pytest.fixture
def other(file: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection to it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def advance(connection: sqlite3.Connection) -> int:
    (position,) = connection.execute("UPDATE journal_head SET position = position + 1 RETURNING position").fetchone()
    assert isinstance(position, int)
    return position


async def test_a_head_that_nothing_was_committed_to_is_not_read_again(file: Path, other: sqlite3.Connection) -> None:
    advance(other)
    with statements(looks=True) as sent:
        heads = await asyncio.gather(*(database.head() for _ in range(3)))
    assert len(sent) == 1
    assert heads[0] is heads[1] is heads[2]


async def test_each_commit_is_seen_at_once(file: Path, other: sqlite3.Connection) -> None:
    log = file.with_name(f"{file.name}-wal")
    for number in range(50):
        position = advance(other)
        assert (await database.head()).position == position
        if number % 10 == 9:
            other.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if number % 20 == 9 else 'RESTART'})")
            assert number % 20 != 9 or log.stat().st_size == 0
            assert (await database.head()).position == position


async def test_what_is_not_committed_is_not_seen(file: Path, other: sqlite3.Connection) -> None:
    before = (await database.head()).position
    other.execute("BEGIN IMMEDIATE")
    advance(other)
    assert (await database.head()).position == before
    other.execute("ROLLBACK")
    assert (await database.head()).position == before
    assert advance(other) == (await database.head()).position == before + 1


async def test_what_processes_commit_that_come_and_go_is_seen(file: Path) -> None:
    for _ in range(2):
        before = (await database.head()).position
        worker = await Worker.start("tests.races.working", f"sqlite://{file}", "writes", "u-1", "10")
        await worker.ready()
        await worker.end()
        assert (await database.head()).position == before + 10


def test_looking_takes_nothing_from_the_locks_that_this_process_has(file: Path) -> None:
    """Who finds this one free begins the index anew (UNIX_SHM_DMS in SQLite's os_unix.c)."""
    taking = f"import fcntl; fcntl.lockf(open('{file}-shm', 'rb+'), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)"
    tried = subprocess.run([sys.executable, "-c", taking], capture_output=True, text=True, check=False)
    assert "BlockingIOError" in tried.stderr


@pytest.mark.parametrize(
    "index",
    [b"", bytes(2 * HEADER), (VERSION + bytes(HEADER - 4)) + (VERSION + bytes(HEADER - 5) + b"x"), b"x" * 2 * HEADER],
    ids=["empty", "not begun", "half written", "of another format"],
)
def test_an_index_that_tells_nothing_is_none(index: bytes, tmp_path: Path) -> None:
    file = tmp_path / "guichet.db"
    file.with_name("guichet.db-shm").write_bytes(index)
    with closing(WalIndex(file)) as found:
        assert found.header() is None
    with closing(WalIndex(tmp_path / "other.db")) as missing:
        assert missing.header() is None
