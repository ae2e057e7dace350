"""An open database for tests that speak to models and resolvers themselves, without a desk in between."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from uuid_utils.compat import uuid7

from desk.settings import Settings
from models import database, statements
from models.account import Account, Role
from models.work import World
from tests.models.drawn import tell_the_seed
from tests.support.postgres import Postgres

T = TypeVar("T")

STAFF = {"ann": Role.AGENT, "bob": Role.AGENT, "ada": Role.ADMIN}
"""Accounts that are there."""
DAWN = 1_700_000_000_000

_counter = itertools.count()


@pytest.fixture(autouse=True)
def seed_told() -> None:
    tell_the_seed()


@dataclass
class House:
    """An open, migrated database with its accounts, and the clock of whoever acts there."""

    runner: asyncio.Runner
    settings: Settings
    clock_ms: int = DAWN

    @property
    def on_postgres(self) -> bool:
        return not self.settings.embedded

    @property
    def world(self) -> World:
        return World(now_ms=lambda: self.clock_ms, new_id=uuid7)

    def run(self, work: Awaitable[T]) -> T:
        async def finish() -> T:
            return await work

        return self.runner.run(finish())

    async def now_ms(self) -> int:
        """The instant at which leases are judged: the drawn clock on SQLite, PostgreSQL's own there."""
        return await statements.database_now_ms(database.reader()) if self.on_postgres else self.clock_ms


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of either kind. It is shared by the tests of a file: each brings users of its own."""
    data, name = tmp_path_factory.mktemp("house") / "data", f"house_{next(_counter)}"
    server: Postgres | None
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copytree(template, data)
        settings, server = Settings(data=data), None
    else:
        server = request.getfixturevalue("postgres")
        asyncio.run(server.create_database(name, request.getfixturevalue("postgres_template")))
        settings = Settings(database_url=server.url(name), data=data)
    with asyncio.Runner() as runner:
        house, opened = House(runner, settings), database.connected(settings.database)
        house.run(opened.__aenter__())
        try:
            house.run(_people())
            yield house
        finally:
            house.run(opened.__aexit__(None, None, None))
    if server is not None:
        asyncio.run(server.drop_database(name))


async def _people() -> None:
    for name, role in STAFF.items():
        await Account.create(id=uuid7(), name=name, role=role, created_at_ms=DAWN)
