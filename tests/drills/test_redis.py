"""Redis is killed, frozen, and throws its listeners out, under a crowd: everybody hears every event once, in order.

`python -m tests.drills.test_redis serve …` is a desk that stops its idle poll at SIGUSR1: then only the bell wakes it.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import psutil
import pytest
from redis.asyncio import Redis as Client

from desk.cli import main
from desk.live import fanout
from desk.settings import Settings
from tests.support.crowd import CROWD, Crowd, crowd
from tests.support.desk import Desk, Person
from tests.support.drills import drawn, verified
from tests.support.live import until
from tests.support.processes import Server, broadcast_is, token
from tests.support.redis import Redis
from tests.support.stuck import connections
from tests.support.writers import rounds

KILLS = 3
FEWEST, MOST = 3, 10
"""Events between one thing that is done to Redis and the next."""
BY_BELL = 10
CONNECTIONS = 3
"""The most that a desk needs with Redis: one listens, one rings, one beats."""
NEVER_S = 3_600.0


@dataclass
class Desks:
    """Two desks on one database and one Redis, a crowd that listens at both, and somebody who writes to both."""

    servers: list[Server]
    desks: list[Desk]
    people: list[Person]
    crowd: Crowd
    random: Random
    acknowledged_at: list[float] = field(default_factory=list)

    async def write(self, count: int) -> None:
        """Writes, to either desk in turn; an answer other than a ticket fails the drill."""
        for _ in range(count):
            ticket = await self.people[len(self.acknowledged_at) % 2].creates(userId="u-1")
            assert ticket["__typename"] == "Ticket", ticket
            self.acknowledged_at.append(time.perf_counter())

    async def everybody_hears(self, count: int) -> float:
        """Writes, and waits until everybody has the last event; returns what the slowest one took, seconds.

        Nobody waits longer than 20 s, ten times of what is promised.
        """
        before = len(self.acknowledged_at)
        await self.write(count)
        await self.crowd.reach(len(self.acknowledged_at))
        acknowledged = enumerate(self.acknowledged_at[before:], before + 1)
        return max(self.crowd.last_heard_at[position] - at for position, at in acknowledged)

    def some(self) -> int:
        return self.random.randint(FEWEST, MOST)

    async def broadcast_is(self, state: str) -> None:
        for desk in self.desks:
            await broadcast_is(desk, state)

    def times_down(self) -> list[int]:
        """How often each desk noticed that it hears nothing."""
        return [server.log.count("broadcast is down") for server in self.servers]

    def starts(self) -> list[int]:
        return [server.log.count("Started server process") for server in self.servers]

    def connections(self, redis: Redis) -> list[int]:
        """How many each desk has with Redis."""
        return [connections(psutil.Process(server.pid), {redis.port}) for server in self.servers]


@asynccontextmanager
async def two_desks(settings: Settings, folder: Path, random: Random) -> AsyncIterator[Desks]:
    secret = await token(settings, "ann")
    servers = [Server(settings, folder / f"{name}.log", module="tests.drills.test_redis") for name in ("one", "two")]
    async with AsyncExitStack() as stack:
        for server in servers:
            stack.callback(server.kill)
        await asyncio.gather(*(server.start() for server in servers))
        desks = [await stack.enter_async_context(server.client()) for server in servers]
        people = [Person(desk, "ann", secret) for desk in desks]
        everybody = await stack.enter_async_context(crowd(people, CROWD, random))
        yield Desks(servers, desks, people, everybody, random)


async def killed(desks: Desks, redis: Redis) -> float:
    """Redis is away from one event to another, and everybody hears on. Returns the slowest, seconds."""
    await desks.write(desks.some())
    await asyncio.to_thread(redis.kill)
    slowest = await desks.everybody_hears(desks.some())
    await desks.broadcast_is("down")
    slowest = max(slowest, await desks.everybody_hears(desks.some()))
    await desks.write(desks.some())
    await asyncio.to_thread(redis.start)
    return slowest


async def frozen(desks: Desks, redis: Redis) -> float:
    """Redis keeps its connections and says nothing more: no error, only silence."""
    await desks.write(desks.some())
    await asyncio.to_thread(redis.pause)
    slowest = await desks.everybody_hears(desks.some())
    await desks.broadcast_is("down")
    slowest = max(slowest, await desks.everybody_hears(desks.some()))
    await desks.write(desks.some())
    redis.resume()
    return slowest


async def thrown_out(desks: Desks, redis: Redis) -> float:
    """Redis is well, but hears nobody any more: the desks are back so fast that only their logs tell of it."""
    before = desks.times_down()
    await desks.write(desks.some())
    async with Client.from_url(redis.url) as client:
        thrown = await client.execute_command("CLIENT KILL TYPE pubsub")  # type: ignore[no-untyped-call]
    assert thrown == len(desks.servers)
    slowest = await desks.everybody_hears(desks.some())
    await until(lambda: all(now > then for now, then in zip(desks.times_down(), before, strict=True)), "a warning each")
    return slowest


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
async def test_a_redis_that_dies_again_and_again_delays_and_loses_nothing(
    settings: Settings, redis: Redis, tmp_path: Path, told: Callable[..., None]
) -> None:
    random = drawn()
    kills, slowest_s = 0, 0.0
    async with two_desks(replace(settings, broadcast_url=redis.url), tmp_path, random) as desks:
        await desks.broadcast_is("up")
        await desks.everybody_hears(FEWEST)
        for trouble in (frozen, thrown_out, *(killed for _ in rounds(KILLS))):
            slowest_s = max(slowest_s, await trouble(desks, redis))
            await desks.broadcast_is("up")
            kills += trouble is killed
        for server in desks.servers:
            server.send(signal.SIGUSR1)
        await desks.everybody_hears(2)  # one at each desk: what it waits for after it is the bell alone
        for _ in range(BY_BELL):
            await desks.everybody_hears(1)
        await until(lambda: max(desks.connections(redis)) <= CONNECTIONS, "the connections with dead ends to go")
        assert desks.starts() == [1, 1]
        acknowledged = len(desks.acknowledged_at)
        figures = desks.crowd.figures(acknowledged)
    told(
        "Redis away, PostgreSQL",
        acknowledged=acknowledged,
        kills=kills,
        **figures,
        subscribers=CROWD,
        slowest_ms_without_redis=round(slowest_s * 1_000),
        by_the_bell_alone=BY_BELL,
    )
    assert not any(figures.values())
    await verified(settings)


def _stop_polling(*_: object) -> None:
    fanout.IDLE_POLL_S["bell"] = NEVER_S


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _stop_polling)
    main()
