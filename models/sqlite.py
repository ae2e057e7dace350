"""Tortoise's SQLite engine, changed: a transaction begins as a writer, and gives the connection back whatever fails.

A transaction that begins as a reader and then writes fails at once when another process wrote in between, whatever
the busy timeout says; one that begins IMMEDIATE waits for its turn. Tortoise's own keeps its lock for ever when BEGIN
fails (a full disk is enough), and leaves the transaction open when COMMIT does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import cast

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections


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


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


client_class = Client
