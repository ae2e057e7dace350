"""PostgreSQL goes and comes back under a running desk: writes are refused in plain words meanwhile, then go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.support.desk import GUARD_S
from tests.support.drills import drawn, verified
from tests.support.postgres import SUPERUSER, Postgres
from tests.support.processes import Server, token
from tests.support.writers import WRITERS, Found, postgres_of_its_own, reckoned, rounds, under_load

AT_LEAST, AT_MOST = 15, 45
"""Acknowledgements before PostgreSQL goes."""
REFUSED = 4 * WRITERS
"""Answers of UNAVAILABLE before it comes back."""
STOP_S = 8.0
"""Only against hanging: a desk that has lost a connection of its pool waits for it for 10 s."""


async def test_a_desk_outlives_its_postgres(tmp_path: Path, told: Callable[..., None]) -> None:
    """Stopped in good order, then killed; the desk finds it again without a restart of its own."""
    random = drawn()
    async with postgres_of_its_own(tmp_path / "data") as (postgres, settings):
        server = Server(settings, tmp_path / "log")
        try:
            secret = await token(settings, "ann")
            await server.start()
            stops = kills = 0
            async with under_load(server, secret, random) as load:
                for number in rounds(2):
                    await load.oracle.grows(random.randint(AT_LEAST, AT_MOST))
                    async with in_the_middle(postgres, load.shared):
                        await asyncio.to_thread(postgres.stop if number % 2 else postgres.kill)
                    stops, kills = stops + number % 2, kills + (not number % 2)
                    await load.oracle.refuses(REFUSED)
                    await asyncio.to_thread(postgres.start)
                await load.oracle.grows(AT_LEAST)
            found = await reckoned(load, random)
            async with asyncio.timeout(STOP_S):
                await server.stop()
        finally:
            server.kill()
        refused, unhinted, cut = load.oracle.unavailable, load.oracle.unhinted, load.oracle.cut
        broken = load.broken
        figures = load.figures | found.counted | {"stops": stops, "in_the_middle_of_a_mutation": refused[200]}
        told("PostgreSQL stopped, then killed, under its desk", kills=kills, **figures)
        assert found == Found(), found.counted
        assert refused[503] > 0, "none was refused before its operation"
        assert refused[200] >= stops + kills, "none was refused in the middle"
        assert unhinted == 0
        assert cut == 0
        assert broken == 0, "an event was told without all that it says"
        assert "unexpected error" not in server.log
        await verified(settings)


@asynccontextmanager
async def in_the_middle(postgres: Postgres, tickets: list[str]) -> AsyncIterator[None]:
    """Holds tickets until a mutation waits for one of them, so that what comes now finds it in the middle."""
    connection = await asyncpg.connect(host="127.0.0.1", port=postgres.port, user=SUPERUSER, database=SUPERUSER)
    try:
        async with asyncio.timeout(GUARD_S):
            await connection.execute("BEGIN")
            await connection.execute("SELECT FROM tickets WHERE id = ANY($1::uuid[]) FOR NO KEY UPDATE", tickets)
            while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
                await asyncio.sleep(0)
        yield
    finally:
        connection.terminate()
