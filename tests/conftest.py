"""Every test that takes `desk` runs twice: on SQLite and on PostgreSQL, each time in a fresh database."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher

from desk.settings import Settings
from models import database, password
from tests.support import drills, ports
from tests.support.desk import Desk, running
from tests.support.postgres import Postgres, postgres_server
from tests.support.redis import Redis, find_redis

_counter = itertools.count()
_dear = password._hasher


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Passwords are hashed by argon2id with as little work as may be: its proper work is a tenth of a second each."""
    with patch.object(password, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield


@pytest.fixture
def dear_passwords() -> Iterator[None]:
    """They are hashed as on a desk that serves."""
    with patch.object(password, "_hasher", _dear):
        yield


def _migrated(settings: Settings) -> None:
    async def migrate() -> None:
        async with database.connected(settings.database, patient=True):
            await database.migrate()

    asyncio.run(migrate())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated, empty database."""
    folder = tmp_path_factory.mktemp("template")
    _migrated(Settings(data=folder))
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated, empty database."""
    asyncio.run(postgres.create_database("template_desk"))
    _migrated(Settings(database_url=postgres.url("template_desk")))
    return "template_desk"


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings with a fresh database of either kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        data = tmp_path / "data"
        shutil.copytree(template, data)
        yield Settings(data=data)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name = f"desk_{next(_counter)}"
        asyncio.run(server.create_database(name, request.getfixturevalue("postgres_template")))
        yield Settings(database_url=server.url(name), data=tmp_path / "data")
        asyncio.run(server.drop_database(name))


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A running desk."""
    async with running(settings) as desk:
        yield desk


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis of the test's own."""
    if find_redis() is None and os.environ.get("CI") != "true":
        pytest.skip("neither redis-server nor valkey-server is installed")
    with Redis() as server:
        yield server


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: a third of their time they wait, for servers, disks and the browser."""
    return (os.cpu_count() or 1) + 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what the fault drills did."""
    reports: list[pytest.TestReport] = terminalreporter.getreports("passed")
    told = [dict(value) for each in reports for key, value in each.user_properties if key == "drill"]
    if told:
        terminalreporter.section("what the drills did")
        rows = sorted(((str(figures.pop("name")), figures) for figures in told), key=lambda row: row[0])
        terminalreporter.write_line("\n".join(drills.table(rows)))
