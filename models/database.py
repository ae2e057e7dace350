"""Opening the database: SQLite with one writer and one reader, or PostgreSQL with a pool, and maybe a replica."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError, OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.models import Model
from tortoise.transactions import in_transaction

from models import statements
from models.postgres import Client
from models.quick import Quick
from models.replica import Replica
from models.shared import Shared
from models.statements import Runs

PRIMARY, READER, REPLICA = "primary", "reader", "replica"
MODELS = ["models", "ticket", "tag", "decision", "message", "event", "account", "credential", "idempotency", "seal"]
MODELS += ["attachment", "mail", "outgoing"]
APPS = {
    "models": {
        "models": [f"models.{name}" for name in MODELS[1:]],
        "default_connection": PRIMARY,
        "migrations": "models.migrations",
    }
}

SQLITE_WRITER = {"synchronous": "FULL", "busy_timeout": 5_000, "temp_store": "MEMORY"}
"""FULL: a commit is on the disk before it is acknowledged. Milliseconds. What RETURNING and savepoints put aside for a
moment needs no file."""
SQLITE_READER = {"query_only": 1, "busy_timeout": 5_000}

POSTGRES_SETTINGS = {
    "synchronous_commit": "on",
    "lock_timeout": "5s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "5s",
    "application_name": "guichet",
}
"""One frozen process must not stop every other: a waiter gives up, an idle holder is cut off."""
PATIENCE = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0", "lock_timeout": "60s"}


_quick: Quick | None = None
_replica: Replica | None = None
_shared_head: Shared[statements.HeadRead]


class Router:
    """Reads go to the reader, but inside a unit of work to its own transaction."""

    def db_for_read(self, model: type[Model]) -> str:
        return PRIMARY if isinstance(primary(), TransactionalDBClient) else READER

    def db_for_write(self, model: type[Model]) -> str:
        return PRIMARY


def primary() -> BaseDBAsyncClient:
    """The connection that writes: inside a unit of work, its transaction."""
    return get_connection(PRIMARY)


def reader() -> BaseDBAsyncClient:
    """The connection that reads without waiting for a writer."""
    return get_connection(READER)


def quick() -> Runs:
    """What reads by an index and is done in microseconds: of SQLite a connection in this very thread."""
    return _quick or reader()


def replica() -> Replica | None:
    """What may read for the primary, where there is one."""
    return _replica


def reads_at_once() -> bool:
    """Whether the quick connection answers without waiting for anybody."""
    return _quick is not None


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def file_of(url: str) -> Path:
    """The file of an SQLite database."""
    return Path(unquote(urlsplit(url).path))


def _connections(url: str, replica: str | None, *, patient: bool) -> dict[str, Any]:
    if is_sqlite(url):
        path = str(file_of(url))
        return {
            name: {"engine": "models.sqlite", "credentials": {"file_path": path, **pragmas}}
            for name, pragmas in ((PRIMARY, SQLITE_WRITER), (READER, SQLITE_READER))
        }
    connection = _postgres(url, POSTGRES_SETTINGS | (PATIENCE if patient else {}))
    replicas = {REPLICA: _postgres(replica, POSTGRES_SETTINGS)} if replica else {}
    return {PRIMARY: connection, READER: connection} | replicas


def _postgres(url: str, settings: dict[str, str]) -> dict[str, Any]:
    connection = expand_db_url(url)
    connection["engine"] = "models.postgres"
    connection["credentials"]["server_settings"] = settings
    return connection


@asynccontextmanager
async def connected(
    url: str, *, replica: str | None = None, patient: bool = False, peeks: bool = False
) -> AsyncIterator[None]:
    """Opens the database at `url` for this process, one at a time, and closes it at the end.

    `replica` is the URL of a PostgreSQL that streams from it, and may be away.
    `patient` is for commands that read or rewrite all of it: no statement of theirs is cut off for taking long.
    `peeks` looks into SQLite's WAL index before it asks for the head, which saves most of that reading.
    SQLite: `sqlite:///absolute/path`; PostgreSQL: `postgres://user:password@host/database`.
    Raises Unavailable when it cannot be reached.
    """
    if is_sqlite(url):
        file_of(url).parent.mkdir(parents=True, exist_ok=True)
    EXECUTOR_CACHE.clear()  # it knows connections by name only: another kind of database would get this one's SQL
    connections = _connections(url, replica, patient=patient)
    config = {"connections": connections, "apps": APPS, "routers": [Router], "use_tz": True}
    await Tortoise.init(config=config, _enable_global_fallback=True)
    global _quick, _replica, _shared_head
    _quick = Quick(file_of(url), peeks=peeks) if is_sqlite(url) else None
    _replica = Replica(lambda: cast("Client", get_connection(REPLICA))) if replica else None
    _shared_head = Shared(lambda: statements.read_head(reader()))
    try:
        yield
    finally:
        if _replica is not None:
            _replica.close()
        await Tortoise.close_connections()
        if _quick is not None:
            _quick.close()


async def migrate(progress: Callable[[str], object] = lambda name: None) -> None:
    """Brings the schema of the open database to this version, whole or not at all; other processes wait meanwhile.

    `progress` hears the name of each migration applied.
    """

    def report(event: str, _label: str, name: str) -> None:
        if event == "apply_done":
            progress(name)

    async with in_transaction(PRIMARY) as connection:
        await statements.hold_schema(connection)
        executor = MigrationExecutor(connection, APPS)
        # else its first look at this table fails, and PostgreSQL takes nothing more in this transaction
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
        await executor.migrate(direction="forward", progress=report)


async def pending() -> list[str]:
    """The names of the migrations that the open database still lacks. Raises what an outage raises."""
    await primary().execute_query("SELECT 1")  # the executor takes an outage for a database without migrations
    return [step.migration.name for step in await MigrationExecutor(primary(), APPS).plan()]


@asynccontextmanager
async def snapshot() -> AsyncIterator[BaseDBAsyncClient]:
    """Lets all that is read inside see the database at one instant, however long it takes; keeps nobody waiting."""
    async with in_transaction(READER) as connection:
        if statements.on_postgres(connection):
            await connection.execute_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        await statements.read_head(connection)
        yield connection


async def head() -> statements.HeadRead:
    """The journal's head as it is now. Of PostgreSQL, one read serves all who asked before it began."""
    return _quick.head() if _quick else await _shared_head()


def head_at_once() -> statements.HeadRead | None:
    """The same where that waits for nobody: on SQLite. Raises sqlite3.OperationalError."""
    return _quick.head() if _quick else None


OUTAGES = (
    DBConnectionError,
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.DiskFullError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that broke while nobody used it
)


def is_damaged(error: BaseException) -> bool:
    """Says whether an error is that of a file that is no SQLite database, or no whole one."""
    cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
    return isinstance(cause, sqlite3.DatabaseError) and any(
        sign in str(cause) for sign in ("malformed", "not a database")
    )


def is_outage(error: BaseException | None) -> bool:
    """Says whether an error is the database's trouble, so that the same request may succeed later."""
    cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
    if isinstance(cause, sqlite3.OperationalError):
        return any(sign in str(cause) for sign in ("locked", "busy", "full", "disk I/O", "unable to open"))
    return isinstance(error, OUTAGES)
