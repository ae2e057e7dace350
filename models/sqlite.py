"""Tortoise's SQLite engine with one change: every transaction begins as a writer.

A transaction that begins as a reader and then writes fails at once when another process wrote in between, whatever
the busy timeout says; one that begins IMMEDIATE waits for its turn.
"""

from __future__ import annotations

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)


class Writer(SqliteTransactionWrapper):
    """A transaction that holds the database's one write lock from its first statement on."""

    async def begin(self) -> None:
        await self._connection.execute("BEGIN IMMEDIATE")


class Client(SqliteClient):
    """A connection whose transactions are writers."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(Writer(self), self._lock)


client_class = Client
