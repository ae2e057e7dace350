"""Several workers behind one port: all tell the same story, and each may be killed or replaced under load."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from desk.settings import Settings
from models.account import Role
from tests.support.crowd import Crowd, crowd
from tests.support.desk import GUARD_S, Person
from tests.support.drills import ROUNDS, drawn, verified
from tests.support.live import until
from tests.support.processes import Server, broadcast_is, token
from tests.support.redis import Redis
from tests.support.writers import Found, reckoned, rounds, under_load

WORKERS, WRITERS, WRITES, LISTENERS = 2, 16, 12 * ROUNDS, 8
FEW = 3
"""Writers who leave the processors some time, so that a new worker can begin."""
AT_LEAST, AT_MOST = 20, 40
"""Acknowledgements from one thing that is done to a worker to the next."""

pytestmark = pytest.mark.parametrize("settings", ["postgres"], indirect=True)


@pytest.fixture
def shared(settings: Settings, redis: Redis) -> Settings:
    """One PostgreSQL and one Redis for all processes."""
    return replace(settings, broadcast_url=redis.url)


@asynccontextmanager
async def started(*servers: Server) -> AsyncIterator[None]:
    try:
        await asyncio.gather(*(server.start() for server in servers))
        yield
    finally:
        for server in servers:
            server.kill()


def clients(server: Server, worker: psutil.Process) -> int:
    """How many connections a worker answers."""
    return sum(bool(one.raddr) and one.laddr.port == server.port for one in worker.net_connections("tcp4"))


async def have_begun(server: Server, count: int) -> None:
    """Waits until so many workers in all have come to where they serve."""
    await until(lambda: server.log.count("Application startup complete") == count, f"{count} workers to begin")


async def replace_all(server: Server) -> None:
    """SIGHUP, and waits until none of the workers is one from before."""
    old = server.workers()
    server.send(signal.SIGHUP)
    await until(lambda: not any(worker.is_running() for worker in old), "the old workers to go")


async def listened_to(server: Server, person: Person, everybody: Crowd, position: int) -> None:
    """Lets listeners join until each worker has some: which of them gets a new connection is the system's choice."""
    async with asyncio.timeout(GUARD_S):
        while not all(everybody.at(worker) for worker in server.workers()):
            everybody.join(person)
            await everybody.reach(position)


async def test_sixteen_writers_at_three_processes_are_heard_everywhere_in_one_order(
    shared: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    random = drawn()
    secret = await token(shared, "ann")
    several, single = Server(shared, tmp_path / "two.log", workers=WORKERS), Server(shared, tmp_path / "one.log")
    async with started(several, single), several.client() as here, single.client() as there:
        await have_begun(several, WORKERS)
        people = [Person(here, "ann", secret), Person(there, "ann", secret)]
        for desk in (here, there):
            await broadcast_is(desk, "up")
        async with crowd(people, LISTENERS, random) as everybody:
            common = await people[0].creates(userId="u-1")
            await everybody.reach(1)
            await listened_to(several, people[0], everybody, 1)

            async def write(name: int) -> None:
                for number in range(WRITES):
                    writer = random.choice(people)
                    if number % 2:
                        answer = await writer.updates(common, given={"subject": f"{name} {number}"})
                    else:
                        answer = await writer.creates(userId=f"u-{name}")
                    assert answer["__typename"] == "Ticket", answer

            await asyncio.gather(*(write(name) for name in range(WRITERS)))
            acknowledged = 1 + WRITERS * WRITES
            await everybody.reach(acknowledged)
            listeners = [everybody.at(process) for process in (*several.workers(), psutil.Process(single.pid))]
            assert all(listeners)
            orders = {each.order for each in everybody.listeners}
            figures = everybody.figures(acknowledged)
    told(
        "16 writers at 3 processes, PostgreSQL",
        acknowledged=acknowledged,
        kills=0,
        **figures,
        subscribers=sum(listeners),
        orders=len(orders),
    )
    assert not any(figures.values())
    assert len(orders) == 1
    await verified(shared)


async def test_a_worker_that_is_killed_is_replaced_and_who_repeats_loses_nothing(
    shared: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    random = drawn()
    secret = await token(shared, "ann")
    server = Server(shared, tmp_path / "log", workers=WORKERS)
    async with started(server):
        await have_begun(server, WORKERS)
        kills = 0
        async with under_load(server, secret, random, writers=FEW) as load:
            for kills in rounds(1):
                await load.oracle.grows(random.randint(AT_LEAST, AT_MOST))
                max(server.workers(), key=lambda worker: clients(server, worker)).kill()
                await load.oracle.grows(AT_LEAST)  # the others go on
                await have_begun(server, WORKERS + kills)
            assert len(server.workers()) == WORKERS
            await load.oracle.grows(AT_LEAST)
        found = await reckoned(load, random)
        assert await server.stop() == 0
    told("kill -9 of a worker, PostgreSQL", kills=kills, **load.figures, **found.counted)
    assert found == Found()
    assert load.oracle.cut + load.reconnects >= kills, "nobody was cut off"
    await verified(shared)


async def test_workers_that_are_replaced_one_by_one_fail_no_request_and_do_each_once(
    shared: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    random = drawn()
    secret = await token(shared, "ann")
    server = Server(shared, tmp_path / "log", workers=WORKERS)
    async with started(server):
        await have_begun(server, WORKERS)
        restarts = 0
        async with under_load(server, secret, random, writers=FEW) as load:
            for restarts in rounds(1):  # noqa: B007
                await load.oracle.grows(random.randint(AT_LEAST, AT_MOST))
                await replace_all(server)
                await load.oracle.grows(AT_LEAST)
            assert len(server.workers()) == WORKERS
        found = await reckoned(load, random)
        assert await server.stop() == 0
    told("a rolling restart, PostgreSQL", kills=0, restarts=restarts, **load.figures, **found.counted)
    assert found == Found()
    await verified(shared)


@pytest.mark.parametrize("bell", ["up", "down"])
async def test_a_right_that_ends_at_one_process_ends_what_is_open_at_all(
    shared: Settings, tmp_path: Path, redis: Redis, told: Callable[..., None], bell: str
) -> None:
    admin, secret = await token(shared, "ada", Role.ADMIN), await token(shared, "ann")
    several, single = Server(shared, tmp_path / "two.log", workers=WORKERS), Server(shared, tmp_path / "one.log")
    async with started(several, single), several.client() as here, single.client() as there:
        await have_begun(several, WORKERS)
        ann, ada = Person(here, "ann", secret), Person(there, "ada", admin)
        async with AsyncExitStack() as stack:
            sockets = [(await stack.enter_async_context(ann.follows())).socket for _ in range(LISTENERS)]
            if bell == "down":
                redis.kill()
                await broadcast_is(there, "down")
            (listed,) = (await ada.asks('{ tokens(account: "ann") { id } }')).tokens
            await ada.does("revokeToken", id=listed.id)
            since = time.monotonic()
            async with asyncio.timeout(GUARD_S):
                await asyncio.gather(*(socket.wait_closed() for socket in sockets))
            slowest_ms = round((time.monotonic() - since) * 1_000)
            assert {socket.close_code for socket in sockets} == {4401}
    told(f"a token revoked, bell {bell}, PostgreSQL", sockets=LISTENERS, ms_to_the_last=slowest_ms)
