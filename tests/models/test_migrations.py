"""The migrated database is the one that the models declare, and every connection to it is set up to lose nothing."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from desk.settings import Settings
from models import database, statements
from models.statements import HeadRead
from tests.support.postgres import Postgres

MIGRATIONS = Path(database.__file__).with_name("migrations")
EXTRAS = {"tortoise_migrations", "search"}
"""Tables that no model declares: Tortoise's own record, and the full text (with SQLite's shadow tables search_…)."""

Row = dict[str, Any]


class Table(NamedTuple):
    """What a table is, whatever its indexes and constraints are called."""

    columns: set[tuple[Any, ...]]
    indexes: set[tuple[Any, ...]]
    references: set[tuple[Any, ...]]


async def ask(sql: str) -> list[Row]:
    return await database.primary().execute_query_dict(sql)


async def schema() -> dict[str, Table]:
    found = await (_postgres() if statements.on_postgres(database.primary()) else _sqlite())
    return {name: table for name, table in found.items() if name not in EXTRAS and not name.startswith("search_")}


async def _sqlite() -> dict[str, Table]:
    names = await ask("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {row["name"]: await _sqlite_table(row["name"], row["sql"] or "") for row in names}


async def _sqlite_table(name: str, sql: str) -> Table:
    counts_up = "AUTOINCREMENT" in sql.upper()
    columns: set[tuple[Any, ...]] = {
        (row["name"], row["type"].upper(), row["notnull"], row["dflt_value"], row["pk"], bool(row["pk"]) and counts_up)
        for row in await ask(f"PRAGMA table_info({name})")
    }
    indexes = set()
    for index in await ask(f"PRAGMA index_list({name})"):
        parts = await ask(f"PRAGMA index_info({index['name']})")
        indexes.add((index["unique"], *(part["name"] for part in parts)))
    references: set[tuple[Any, ...]] = {
        (row["from"], row["table"], row["to"], row["on_delete"])
        for row in await ask(f"PRAGMA foreign_key_list({name})")
    }
    return Table(columns, indexes, references)


async def _postgres() -> dict[str, Table]:
    tables = await ask("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'")
    found = {row["name"]: Table(set(), set(), set()) for row in tables}
    for row in await ask(
        "SELECT table_name AS t, column_name, data_type, character_maximum_length, is_nullable, is_identity,"
        " column_default FROM information_schema.columns WHERE table_schema = 'public'"
    ):
        found[row.pop("t")].columns.add(tuple(row.values()))
    for row in await ask(
        "SELECT c.relname AS t, i.indisunique, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public'"
    ):
        parts = row["made"].partition(" USING ")[2].replace('"', "")
        how, _, names = parts.partition(" ")
        kind = () if how == "btree" else (how,)
        found[row["t"]].indexes.add((int(row["indisunique"]), *kind, *names.strip("()").split(", ")))
    for row in await ask(
        "SELECT conrelid::regclass::text AS t, pg_get_constraintdef(oid) AS made FROM pg_constraint WHERE contype = 'f'"
    ):
        found[row["t"]].references.add((row["made"],))
    return found


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[None]:
    async with database.connected(settings.database):
        yield


@pytest.fixture
def empty(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings with a database of the same kind in which there is nothing."""
    if settings.embedded:
        yield Settings(data=tmp_path / "empty")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        asyncio.run(server.create_database("empty"))
        yield Settings(database_url=server.url("empty"), data=tmp_path / "empty")
        asyncio.run(server.drop_database("empty"))


# ---------------------------------------------------------------- the schema


async def test_the_migrated_schema_is_what_the_models_declare(settings: Settings, empty: Settings) -> None:
    async with opened(settings):
        migrated = await schema()
    async with opened(empty):
        await Tortoise.generate_schemas()
        declared = await schema()
    assert migrated.keys() == declared.keys()
    assert {name: table.columns ^ declared[name].columns for name, table in migrated.items()} == {
        name: set() for name in declared
    }
    assert {name: table.indexes ^ declared[name].indexes for name, table in migrated.items()} == {
        name: set() for name in declared
    }
    assert {name: table.references for name, table in migrated.items()} == {
        name: table.references for name, table in declared.items()
    }


PROMISED = {
    "tickets": {"user_id", "created_at_ms", "updated_at_ms"},
    "user_tickets": {"ticket_id", "created_at_ms", "updated_at_ms"},
}
KNOWN = {
    "tickets": {"id", "user_id", "status", "extra", "created_at_ms", "updated_at_ms"},
    "user_tickets": {"user_id", "ticket_id", "extra", "created_at_ms", "updated_at_ms"},
}


@pytest.mark.parametrize("table", PROMISED)
async def test_partner_teams_find_their_columns_and_indexes(settings: Settings, table: str) -> None:
    async with opened(settings):
        found = (await schema())[table]
    assert {column[0] for column in found.columns} >= KNOWN[table]
    assert {index[1] for index in found.indexes} >= PROMISED[table]
    key = {"tickets": "id", "user_tickets": "user_id"}[table]
    assert key in {index[1] for index in found.indexes if index[0]}


async def test_nothing_is_deleted_with_what_it_belongs_to(settings: Settings) -> None:
    async with opened(settings):
        references = [reference for table in (await schema()).values() for reference in table.references]
    assert len(references) >= 5
    assert all("RESTRICT" in str(reference[-1]) for reference in references), references


# ---------------------------------------------------------------- migrating


async def test_an_empty_database_lacks_every_migration_and_a_migrated_one_none(empty: Settings) -> None:
    names = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
    heard: list[str] = []
    async with opened(empty):
        assert await database.pending() == names
        await database.migrate(heard.append)
        assert await database.pending() == []
        assert (await database.head()).position == 0
    assert heard == names


async def test_migrating_again_changes_nothing(settings: Settings) -> None:
    heard: list[str] = []

    async def state() -> tuple[dict[str, Table], HeadRead, list[Row]]:
        head = (await database.head())._replace(now_ms=None)
        return await schema(), head, await ask("SELECT * FROM tortoise_migrations ORDER BY id")

    async with opened(settings):
        before = await state()
        await database.migrate(heard.append)
        assert (await state(), heard) == (before, [])


async def test_every_database_has_a_journal_of_its_own(settings: Settings, empty: Settings) -> None:
    """Made by a migration of its own, not copied from a template."""
    async with opened(settings):
        first = await database.head()
    async with opened(empty):
        await database.migrate()
        second = await database.head()
    assert len(first.journal_id) == len(second.journal_id) == 8
    assert first.journal_id != second.journal_id


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_a_migration_leans_on_nothing_that_may_change_later(path: Path) -> None:
    """No live enumeration, bound or model: what was released stays as it is."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import is one of ours"
            imported.add(node.module or "")
        elif isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
    ours = {name for name in imported if name.split(".")[0] in {"models", "resolvers", "schema", "desk"}}
    assert ours <= {"models.columns"}, "a kind of column is all that it may share"
    assert not re.search(r"Char(Enum)?Field\([^)]*enum", path.read_text())
    assert "IntEnumField" not in path.read_text()


# ---------------------------------------------------------------- connections


async def pragmas(name: str) -> dict[str, object]:
    connection = database.primary() if name == database.PRIMARY else database.reader()
    wanted = ("journal_mode", "synchronous", "foreign_keys", "query_only", "busy_timeout")
    return {pragma: (await connection.execute_query_dict(f"PRAGMA {pragma}"))[0].popitem()[1] for pragma in wanted}


@pytest.mark.parametrize("name", [database.PRIMARY, database.READER])
async def test_sqlite_syncs_each_commit_and_readers_only_read(tmp_path: Path, name: str) -> None:
    async with opened(Settings(data=tmp_path)):
        assert await pragmas(name) == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "query_only": int(name == database.READER),
            "busy_timeout": 5_000,
        }


LIMITS = {
    "synchronous_commit": "on",
    "lock_timeout": "5s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "5s",
}


@pytest.mark.parametrize("name", [database.PRIMARY, database.READER])
async def test_postgresql_commits_to_disk_and_lets_nobody_wait_for_ever(
    postgres: Postgres, postgres_template: str, name: str
) -> None:
    await postgres.create_database("limits", postgres_template)
    async with database.connected(postgres.url("limits")):
        connection = database.primary() if name == database.PRIMARY else database.reader()
        shown = [await asyncio.gather(*(_limits(connection) for _ in range(5)))]
        async with in_transaction(database.PRIMARY) as transaction:
            shown.append([await _limits(transaction)])
    await postgres.drop_database("limits")
    assert all(limits == LIMITS for some in shown for limits in some)


async def _limits(connection: Any) -> dict[str, object]:
    return {name: (await connection.execute_query_dict(f"SHOW {name}"))[0][name] for name in LIMITS}


async def test_a_reader_sees_what_was_committed_while_a_writer_is_at_work(settings: Settings) -> None:
    async def position(reading: Awaitable[HeadRead]) -> int:
        return (await asyncio.wait_for(reading, 10)).position

    async with opened(settings), in_transaction(database.PRIMARY) as transaction:
        await statements.advance_head(transaction, 3, b"four")
        assert await position(statements.read_head(transaction)) == 3
        assert await position(statements.read_head(database.reader())) == 0
