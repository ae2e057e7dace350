"""A stop by SIGTERM: what runs is answered, every socket is told, and whoever comes back finds everything."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from desk.settings import Settings
from tests.support.crowd import CROWD, crowd
from tests.support.desk import GUARD_S, Person
from tests.support.drills import drawn, verified
from tests.support.live import until
from tests.support.processes import Server, token
from tests.support.writers import Found, database_of, reckoned, rounds, under_load

RUNNING = 4
"""Fewer than a desk has connections with PostgreSQL."""
SERVICE_RESTART = 1012
AT_LEAST, AT_MOST = 15, 45
"""Acknowledgements from one stop to the next."""


class Lock:
    """Another writer, who holds the journal's head: every write of the desk stands still in its middle."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def holds_up(self, count: int) -> None:
        """Waits until so many writes wait for it."""
        query = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
        async with asyncio.timeout(GUARD_S):
            while await self._connection.fetchval(query) < count:
                pass


@asynccontextmanager
async def head_held(settings: Settings) -> AsyncIterator[Lock]:
    connection = await asyncpg.connect(settings.database.replace("asyncpg://", "postgres://"), ssl=False)
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM journal_head FOR UPDATE")
            yield Lock(connection)
    finally:
        await connection.close()


async def waits_for_requests(server: Server, stops: int) -> None:
    """Waits until the server itself waits for what runs, in its n-th stop."""
    await until(lambda: server.log.count("Waiting for connections to close") >= stops, "the stop to wait for requests")


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)  # whose locks show that a write is in its middle
async def test_a_stop_answers_what_runs_and_tells_a_crowd_to_come_back(
    settings: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    random, server = drawn(), Server(settings, tmp_path / "log")
    acknowledged = stops = 0
    try:
        secret = await token(settings, "ann")
        await server.start()
        async with server.client() as desk:
            ann = Person(desk, "ann", secret)

            async def write() -> None:
                nonlocal acknowledged
                answer = await ann.creates(userId="u-1")
                assert answer["__typename"] == "Ticket", answer
                acknowledged += 1

            async with crowd([ann], CROWD, random) as everybody:
                for stops in rounds(1):
                    await write()
                    await everybody.reach(acknowledged)
                    async with asyncio.TaskGroup() as running, head_held(settings) as lock:
                        for _ in range(RUNNING):
                            running.create_task(write())
                        await lock.holds_up(RUNNING)
                        server.send(signal.SIGTERM)
                        await everybody.is_closed(stops)
                        with pytest.raises(httpx.ConnectError):
                            await ann.as_of()
                        await waits_for_requests(server, stops)
                    assert await server.ended() == 0
                    await server.start()
                    await write()
                    await everybody.reach(acknowledged)
                closes = Counter(everybody.closes())
                figures = everybody.figures(acknowledged)
        await server.stop()
    finally:
        server.kill()
    told(
        "SIGTERM under a crowd, PostgreSQL",
        acknowledged=acknowledged,
        kills=0,
        **figures,
        stops=stops,
        subscribers=CROWD,
        writes_in_their_middle=stops * RUNNING,
    )
    assert not any(figures.values())
    assert closes == {SERVICE_RESTART: stops * CROWD}
    await verified(settings)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_desk_that_is_stopped_under_load_has_answered_all_that_it_wrote(
    settings: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    random, server = drawn(), Server(settings, tmp_path / "log")
    try:
        secret = await token(settings, "ann")
        await server.start()
        stops = unheard = 0
        async with under_load(server, secret, random) as load:
            for stops in rounds(1):  # noqa: B007
                await load.oracle.grows(random.randint(AT_LEAST, AT_MOST))
                assert await server.stop() == 0
                unheard += await load.comes_back()
            await load.oracle.grows(AT_LEAST)
        found = await reckoned(load, random)
        await server.stop()
    finally:
        server.kill()
    figures = load.figures | found.counted | {"done_and_never_acknowledged": unheard}
    told(f"SIGTERM under load, {database_of(settings)}", kills=0, stops=stops, **figures)
    assert found == Found()
    assert unheard == 0
    assert server.log.count("Application shutdown complete") == stops + 1
    await verified(settings)
