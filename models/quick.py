"""SQLite read in the thread of the loop: for what takes less than the way to another thread."""

from __future__ import annotations

import logging
import mmap
import sqlite3
import sys
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Any, Final

from tortoise.backends.sqlite.client import SqliteClient

from models.statements import READ_HEAD, HeadRead

STATEMENTS_KEPT: Final = 512
"""Prepared statements that the quick connection keeps."""
QUICK_PRAGMAS: Final = {"query_only": 1, "busy_timeout": 100, "cache_size": -32_768}
"""Milliseconds, and kibibytes of the file that it keeps."""
HEADER: Final = 48
"""Bytes of the WAL index's header, which is there twice."""
VERSION: Final = (3_007_000).to_bytes(4, sys.byteorder)
"""How it begins, in the one format that there is."""


class WalIndex:
    """What tells that something was committed to a file, without asking SQLite.

    Every commit changes the first 48 bytes of the WAL index, the file whose name ends in `-shm`, and their copy behind
    them, before it is acknowledged (https://www.sqlite.org/walformat.html, 2.3.1). SQLite compares the same bytes when
    a read begins, but takes a lock for it and gives it back: two calls of the system, more than a small read else is.

    A connection must have read from the file: while it is open, SQLite makes no other index.
    It is to be closed behind the last connection of this process: whoever closes a file loses all locks on it that the
    process has (fcntl(2)).
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-shm")
        self._file: FileIO | None = None
        self._map: mmap.mmap | None = None

    def header(self) -> bytes | None:
        """What is the same again only while nothing is committed; None where that cannot be told."""
        if self._map is None:
            self._map = self._opened()
        both = self._map[: 2 * HEADER] if self._map is not None else b""
        header = both[:HEADER]
        return header if both[HEADER:] == header and header.startswith(VERSION) else None  # else it is being written

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        if self._file is not None:
            self._file.close()

    def _opened(self) -> mmap.mmap | None:
        try:
            if self._file is None:
                self._file = FileIO(str(self._path))
            return mmap.mmap(self._file.fileno(), 2 * HEADER, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # there is none, or it is empty
            return None


class Quick:
    """A connection that only reads."""

    capabilities = SqliteClient.capabilities
    log = logging.getLogger("tortoise.db_client")

    def __init__(self, file: Path, *, peeks: bool) -> None:
        self._file, self._peeks = file, peeks
        self._opened: sqlite3.Connection | None = None
        self._index: WalIndex | None = None
        self._head: tuple[bytes, HeadRead] | None = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = sqlite3.connect(self._file, isolation_level=None, cached_statements=STATEMENTS_KEPT)
            for pragma, value in QUICK_PRAGMAS.items():
                self._opened.execute(f"PRAGMA {pragma}={value}")
        return self._opened

    async def execute_query(self, query: str, values: Sequence[Any] | None = None) -> tuple[int, list[tuple[Any, ...]]]:
        """Runs a statement that returns rows. Raises sqlite3.OperationalError."""
        rows = self._run(query, values or ())
        return len(rows), rows

    def head(self) -> HeadRead:
        """The journal's head, read only if something was committed since the last time.

        Raises sqlite3.OperationalError.
        """
        seen = self._seen()
        if seen is not None and self._head is not None and self._head[0] == seen:
            return self._head[1]
        head = self._read_head()
        self._head = None if seen is None else (seen, head)
        if self._peeks and self._index is None:
            self._index = WalIndex(self._file)
        return head

    def snapshot(self, query: str, values: Sequence[Any]) -> tuple[HeadRead, list[tuple[Any, ...]]]:
        """The head and the rows of a statement, as of one instant. Raises sqlite3.OperationalError."""
        if (seen := self._seen()) is not None:
            rows, head = self._run(query, values), self.head()
            if self._seen() == seen:
                return head, rows
        self._connection.execute("BEGIN")
        try:
            return self._read_head(), self._run(query, values)
        finally:
            self._connection.execute("COMMIT")

    def _seen(self) -> bytes | None:
        return self._index.header() if self._index is not None else None

    def _read_head(self) -> HeadRead:
        (row,) = self._run(READ_HEAD[False], ())
        return HeadRead(*row)

    def _run(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        self.log.debug("%s: %s", query, values)
        return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Closes the connection; behind all others, since it closes the WAL index as well."""
        if self._opened is not None:
            self._opened.close()
        if self._index is not None:
            self._index.close()
