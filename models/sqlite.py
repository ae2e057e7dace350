"""Tortoise's SQLite engine with two changes: every transaction begins as a writer, and a script stays inside it.

A transaction that begins as a reader and then writes fails at once when another process wrote in between, whatever
the busy timeout says; one that begins IMMEDIATE waits for its turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from tortoise.backends.base.client import NestedTransactionContext, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)


class Writer(SqliteTransactionWrapper):
    """A transaction that holds the database's one write lock from its first statement on."""

    async def begin(self) -> None:
        await self._connection.execute("BEGIN IMMEDIATE")

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Writer(self))

    async def execute_script(self, query: str) -> None:
        """Runs statement after statement: sqlite3's own way would commit the transaction first."""
        for statement in _statements(query):
            await self._connection.execute(statement)


class Client(SqliteClient):
    """A connection whose transactions are writers."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(Writer(self), self._lock)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


client_class = Client
