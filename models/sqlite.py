"""Tortoise's SQLite engine, changed: a transaction begins as a writer, and gives the connection back whatever fails.

A transaction that begins as a reader and then writes fails at once when another process wrote in between, whatever
the busy timeout says; one that begins IMMEDIATE waits for its turn. Tortoise's own keeps its lock for ever when BEGIN
fails (a full disk is enough), and leaves the transaction open when COMMIT does.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections

STATEMENTS_KEPT: Final = 512
"""Prepared statements that the quick connection keeps."""
QUICK_PRAGMAS: Final = {"query_only": 1, "busy_timeout": 100, "cache_size": -32_768}
"""Milliseconds, and kibibytes of the file that it keeps."""


class Writer(SqliteTransactionWrapper):
    """A transaction that holds the database's one write lock from its first statement on."""

    how = "IMMEDIATE"

    async def begin(self) -> None:
        await self._connection.execute(f"BEGIN {self.how}")

    async def commit(self) -> None:
        try:
            await super().commit()
        except BaseException:
            await self.rollback()
            raise

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Writer(self))

    async def execute_script(self, query: str) -> None:
        """Runs statement after statement: sqlite3's own way would commit the transaction first."""
        for statement in _statements(query):
            await self._connection.execute(statement)


class Snapshot(Writer):
    """A transaction that sees the database as it was at its first look, and keeps nobody from writing."""

    how = "DEFERRED"


class Turn(SqliteTransactionContext):
    """The time in which a transaction has the connection."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast("TransactionalDBClient", self.connection)


class Client(SqliteClient):
    """A connection whose transactions are writers, or snapshots where it may only read."""

    def _in_transaction(self) -> TransactionContext:
        kind = Snapshot if "query_only" in self.pragmas else Writer
        return Turn(kind(self), self._lock)


class Quick:
    """A connection that only reads, in the thread of the loop: for what takes less than the way to another thread."""

    capabilities = SqliteClient.capabilities
    log = logging.getLogger("tortoise.db_client")

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened: sqlite3.Connection | None = None

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

    def snapshot(self, *statements: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """The rows of some statements, all as of one instant. Raises sqlite3.OperationalError."""
        self._connection.execute("BEGIN")
        try:
            return [self._run(query, values) for query, values in statements]
        finally:
            self._connection.execute("COMMIT")

    def _run(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        self.log.debug("%s: %s", query, values)
        return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


client_class = Client
