"""Tortoise's SQLite engine, changed: writers share their commits, and whatever fails gives the connection back.

A transaction that begins as a reader and then writes fails at once when another process wrote in between, whatever
the busy timeout says; one that begins IMMEDIATE waits for its turn. Tortoise's own keeps its lock for ever when BEGIN
fails (a full disk is enough), and leaves the transaction open when COMMIT does. What may wait (BEGIN, COMMIT) runs in
aiosqlite's thread, the statements between them in the loop's: the way to a thread costs more than most of them.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

TURN: Final = "turn"
MOST_TOGETHER: Final = 64
"""Writers who share a commit at most: a refused one waits for as many."""


class Inline(SqliteTransactionWrapper):
    """A transaction whose statements run in the thread of the loop: once it has begun, each takes microseconds."""

    @property
    def _raw(self) -> sqlite3.Connection:
        return self._connection._conn

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        before = self._raw.total_changes
        rows = self._run(query, values)
        return (self._raw.total_changes - before) or len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in self._run(query, values)]

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        self._run(query, values)
        (row,) = self._raw.execute("SELECT last_insert_rowid()").fetchone()
        return cast("int", row)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        self.log.debug("%s: %s", query, values)
        with _translated():
            self._raw.executemany(query, values)

    async def execute_script(self, query: str) -> None:
        """Runs statement after statement: sqlite3's own way would commit the transaction first."""
        for statement in _statements(query):
            self._run(statement, None)

    def _run(self, query: str, values: list[Any] | None) -> list[sqlite3.Row]:
        self.log.debug("%s: %s", query, values)
        with _translated():
            return self._raw.execute(query.replace("\x00", "'||CHAR(0)||'"), values or ()).fetchall()

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(type(self)(self))


class Writers:
    """Those who write share one commit, and its way to the disk, while others wait behind them.

    The transaction holds the database's one write lock from its beginning. Each has a savepoint in it and is answered
    when the commit is done, or failed for all of them; a refusal, too, which may rest on what another wrote before.
    """

    def __init__(self, client: Client) -> None:
        self._client, self._lock = client, client._lock
        self._waiting = self._members = 0
        self._commit: asyncio.Future[None] | None = None

    async def enter(self) -> None:
        """Takes the turn of one writer, in the transaction that is open, or in a new one."""
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            if self._commit is None:
                await self._connection.execute("BEGIN IMMEDIATE")
                self._commit, self._members = asyncio.get_running_loop().create_future(), 0
            self._connection._conn.execute(f"SAVEPOINT {TURN}")
            self._members += 1
        except BaseException as error:
            if self._commit is not None:
                await self._end(error)
            self._lock.release()
            raise

    async def leave(self, refusal: BaseException | None) -> None:
        """Ends the turn, of which nothing is kept after a refusal, and waits for the commit. Raises what failed."""
        commit, lost = self._commit, None
        assert commit is not None
        try:
            self._connection._conn.execute(f"RELEASE {TURN}" if refusal is None else f"ROLLBACK TO {TURN}")
        except sqlite3.Error as error:  # a full disk may have rolled back everything
            lost = refusal if isinstance(refusal, OperationalError) else error
        if lost is not None or not self._waiting or self._members >= MOST_TOGETHER:
            await self._end(lost)
        self._lock.release()
        await commit

    async def _end(self, lost: BaseException | None) -> None:
        """Commits; tells everybody whether it was."""
        commit, self._commit = self._commit, None
        assert commit is not None
        try:
            if lost is not None:
                raise lost
            await self._connection.commit()
        except BaseException as error:
            with suppress(sqlite3.Error):
                await self._connection.rollback()
            commit.set_exception(error)
            commit.exception()  # heard, should nobody wait for it
        else:
            commit.set_result(None)

    @property
    def _connection(self) -> aiosqlite.Connection:
        return cast("aiosqlite.Connection", self._client._connection)


class Turn(SqliteTransactionContext):
    """The turn of one writer."""

    connection: Inline

    async def __aenter__(self) -> TransactionalDBClient:
        client = cast("Client", self.connection._parent)
        if client._connection is None:
            await client.create_connection(with_db=True)
        await client.writers.enter()
        self.connection._connection = cast("aiosqlite.Connection", client._connection)
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast("TransactionalDBClient", self.connection)

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        get_connections().reset(self.token)
        with _translated():
            await cast("Client", self.connection._parent).writers.leave(exc_val)


class Snapshot(SqliteTransactionWrapper):
    """A transaction that sees the database as it was at its first look, and keeps nobody from writing."""

    async def begin(self) -> None:
        await self._connection.execute("BEGIN DEFERRED")

    async def commit(self) -> None:
        try:
            await super().commit()
        except BaseException:
            await self.rollback()
            raise


class SnapshotContext(SqliteTransactionContext):
    """The time in which a snapshot has the connection."""

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
    """A connection whose transactions are turns of writers, or snapshots where it may only read."""

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self.writers = Writers(self)

    async def create_connection(self, with_db: bool) -> None:
        if self._connection is None:
            opened = await aiosqlite.connect(self.filename, isolation_level=None, check_same_thread=False)
            opened._conn.row_factory = sqlite3.Row
            try:
                for pragma, value in self.pragmas.items():
                    await opened.execute(f"PRAGMA {pragma}={value}")
            except BaseException:
                await opened.close()  # its thread would keep the process from ending
                raise
            self._connection = opened

    def _in_transaction(self) -> TransactionContext:
        if "query_only" in self.pragmas:
            return SnapshotContext(Snapshot(self), self._lock)
        return Turn(Inline(self), self._lock)


@contextmanager
def _translated() -> Iterator[None]:
    """sqlite3's errors as Tortoise's."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


client_class = Client
