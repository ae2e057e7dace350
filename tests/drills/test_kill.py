"""kill -9 at any moment: what was acknowledged is there, and what was repeated was done once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.settings import Settings
from tests.support.crashing import POINTS, VARIABLE
from tests.support.drills import ROUNDS, drawn, verified
from tests.support.postgres import Postgres
from tests.support.processes import Server, token
from tests.support.writers import SHARED, Found, database_of, postgres_of_its_own, reckoned, rounds, under_load

KILLS = 3
AT_LEAST, AT_MOST = 15, 45
"""Acknowledgements from one kill to the next."""


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_desk_killed_under_load_loses_and_doubles_nothing(
    settings: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    await killed_under_load(settings, tmp_path, told)


async def test_a_desk_on_postgres_killed_under_load_at_times_together_with_it_loses_and_doubles_nothing(
    tmp_path: Path, told: Callable[..., None]
) -> None:
    """The last kill of each round takes the whole process tree of PostgreSQL along, as a machine that goes down."""
    async with postgres_of_its_own(tmp_path / "data") as (postgres, settings):
        await killed_under_load(settings, tmp_path, told, postgres)


async def killed_under_load(
    settings: Settings, tmp_path: Path, told: Callable[..., None], postgres: Postgres | None = None
) -> None:
    random, server = drawn(), Server(settings, tmp_path / "log")
    kills = together = unheard = 0
    try:
        secret = await token(settings, "ann")
        await server.start()
        async with under_load(server, secret, random) as load:
            for kills in rounds(KILLS):
                await load.oracle.grows(random.randint(AT_LEAST, AT_MOST))
                if postgres and kills % KILLS == 0:
                    await asyncio.gather(asyncio.to_thread(postgres.kill), asyncio.to_thread(server.kill))
                    await asyncio.to_thread(postgres.start)
                    together += 1
                else:
                    server.kill()
                unheard += await load.comes_back()
            await load.oracle.grows(AT_LEAST)
        found = await reckoned(load, random)
        await server.stop()
    finally:
        server.kill()
    figures = load.figures | found.counted | {"done_and_never_acknowledged": unheard}
    if postgres:
        figures["kills_of_PostgreSQL_too"] = together
    told(f"kill -9 of the desk, {database_of(settings)}", kills=kills, **figures)
    assert found == Found(), found.counted
    assert load.oracle.cut >= kills - together
    await verified(settings)


async def test_a_desk_that_ends_at_a_named_point_did_a_repeated_request_once(
    settings: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    """Up to the commit it did nothing, from the commit on it did all: the key tells which, and nothing else could."""
    random, server = drawn(), Server(settings, tmp_path / "log", module="tests.support.crashing")
    points = [*POINTS] * ROUNDS
    armed = [{VARIABLE: f"{point}:{SHARED + random.randint(1, 6)}"} for point in points]
    kills = 0
    try:
        secret = await token(settings, "ann")
        await server.start(**armed[0])
        async with under_load(server, secret, random, writers=1) as load:
            for point, following in zip(points, [*armed[1:], {}], strict=True):
                assert await server.ended() == -signal.SIGKILL
                kills += 1
                assert await load.comes_back(**following) == POINTS[point], point
            await load.oracle.grows(AT_LEAST)
        found = await reckoned(load, random)
        await server.stop()
    finally:
        server.kill()
    told(f"a crash at each named point, {database_of(settings)}", kills=kills, **load.figures, **found.counted)
    assert found == Found(), found.counted
    await verified(settings)
