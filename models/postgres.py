"""Tortoise's PostgreSQL engine with one change: a transaction that cannot begin gives its connection back.

Tortoise's own keeps it for ever: some connections that broke while they were idle, and the pool is empty.
"""

from __future__ import annotations

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


class Turn(TransactionContextPooled):
    """The time in which a transaction has a connection of the pool."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


class Client(AsyncpgDBClient):
    """A pool of connections."""

    def _in_transaction(self) -> TransactionContext:
        return Turn(TransactionWrapper(self), self._pool_init_lock)


client_class = Client
