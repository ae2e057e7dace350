"""The bell between processes: heard through a real Redis, missed without a loss, then heard again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from desk.live import fanout
from desk.live.channel import Channel
from desk.settings import Settings
from tests.support.desk import GUARD_S, Desk, Person, running
from tests.support.live import position, positions, until
from tests.support.postgres import Postgres
from tests.support.processes import broadcast_is, health, serving, token
from tests.support.redis import Redis


@pytest.fixture
def shared(settings: Settings, redis: Redis) -> Settings:
    """One PostgreSQL and one Redis for several processes."""
    return replace(settings, broadcast_url=redis.url)


@pytest.fixture
def settings(postgres: Postgres, postgres_template: str, tmp_path: Path) -> Iterator[Settings]:
    """A fresh database that several processes can share."""
    asyncio.run(postgres.create_database("desk_shared", postgres_template))
    yield Settings(database_url=postgres.url("desk_shared"), data=tmp_path / "data")
    asyncio.run(postgres.drop_database("desk_shared"))


# ---------------------------------------------------------------- the channel alone


@asynccontextmanager
async def ringing(*channels: Channel) -> AsyncIterator[None]:
    """Runs channels, and returns once each has heard itself."""
    tasks = [asyncio.create_task(channel.run()) for channel in channels]
    try:
        for channel in channels:
            await until(lambda channel=channel: channel.up, "the channel to hear its own beat")  # type: ignore[misc]
        yield
    finally:
        for task in tasks:
            while not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=0.1)


async def heard(channel: Channel) -> None:
    async with asyncio.timeout(GUARD_S):
        await channel.heard.wait()


async def test_a_published_message_arrives_at_every_process_with_the_redis_client_that_is_pinned(redis: Redis) -> None:
    """broadcaster 0.3.1 hears nothing with redis-py 8, and raises nothing: here that is noticed."""
    one, other = Channel(redis.url), Channel(redis.url)
    async with ringing(one, other):
        for number in range(1, 4):
            one.heard.clear()
            other.heard.clear()
            one.ring(number)
            await heard(one)
            await heard(other)


@pytest.mark.parametrize("trouble", ["killed", "paused", "thrown out"])
async def test_a_channel_notices_whatever_happens_to_redis_and_hears_again_after_it(redis: Redis, trouble: str) -> None:
    """A frozen Redis gives no error, only silence; a listener that was thrown out does not even end."""
    one, other = Channel(redis.url), Channel(redis.url)
    async with ringing(one, other):
        if trouble == "thrown out":
            await _throw_out(redis)
        else:
            redis.kill() if trouble == "killed" else redis.pause()
        await until(lambda: not one.up and not other.up, "the channels to notice")
        one.ring(1)  # never waits and never fails
        if trouble != "thrown out":
            redis.start() if trouble == "killed" else redis.resume()
        await until(lambda: one.up and other.up, "the channels to come back")
        other.heard.clear()
        one.ring(2)
        await heard(other)


@pytest.mark.parametrize("trouble", ["killed", "paused"])
async def test_a_stop_right_after_redis_went_away_is_a_stop(redis: Redis, trouble: str) -> None:
    """Leaving a subscription on a dead Redis raises: that must not stand in for the cancellation."""
    channel = Channel(redis.url)
    task = asyncio.create_task(channel.run())
    await until(lambda: channel.up, "the channel to hear its own beat")
    redis.kill() if trouble == "killed" else redis.pause()
    task.cancel()
    stopped, _ = await asyncio.wait([task], timeout=GUARD_S)
    try:
        assert stopped, "the channel runs on, and the desk waits for it for ever"
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=0.1)


async def _throw_out(redis: Redis) -> None:
    """CLIENT KILL TYPE pubsub."""
    reader, writer = await asyncio.open_connection("127.0.0.1", redis.port)
    writer.write(b"CLIENT KILL TYPE pubsub\r\n")
    assert (await reader.readline()).startswith(b":")
    writer.close()
    await writer.wait_closed()


async def test_ringing_never_waits_and_never_fails_where_there_is_no_redis() -> None:
    channel = Channel("redis://127.0.0.1:1")
    task = asyncio.create_task(channel.run())
    for number in range(1_000):
        channel.ring(number)
    assert not channel.up
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# ---------------------------------------------------------------- several processes


async def test_the_bell_alone_carries_an_event_from_one_process_to_another(
    shared: Settings, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The idle poll is stopped: only a message through Redis can wake the reader; also after Redis was away."""
    monkeypatch.setattr(fanout, "IDLE_POLL_S", dict.fromkeys(fanout.IDLE_POLL_S, 10 * GUARD_S))
    channel = Channel(shared.broadcast_url)
    async with running(shared, channel=channel) as desk:
        ann = await desk.agent()
        async with serving(shared, tmp_path / "other.log") as other:
            bob = Person(other, "ann", ann.token)
            await until(lambda: channel.up, "the bell")
            async with ann.follows(after=await ann.as_of(), selection="cursor ticketId") as stream:
                assert (await bob.creates(userId="u-1")).id == (await stream.next()).ticketId
                await asyncio.to_thread(redis.kill)
                await until(lambda: not channel.up, "the bell to be missed")
                await asyncio.to_thread(redis.start)
                await both_up(desk, other)
                assert (await bob.creates(userId="u-1")).id == (await stream.next()).ticketId


async def both_up(*desks: Desk) -> None:
    for desk in desks:
        await broadcast_is(desk, "up")


async def test_two_servers_tell_each_other_everything_while_redis_dies_and_returns(
    shared: Settings, redis: Redis, tmp_path: Path
) -> None:
    secret = await token(shared, "ann")
    async with serving(shared, tmp_path / "one.log") as one, serving(shared, tmp_path / "two.log") as two:
        ann, bob = Person(one, "ann", secret), Person(two, "ann", secret)
        await both_up(one, two)
        start = await ann.as_of()
        async with ann.follows(after=start) as hers, bob.follows(after=start) as his:
            streams = (hers, his)

            async def everybody_hears(writes: int) -> None:
                for number in range(writes):
                    writer = (ann, bob)[number % 2]
                    ticket = await writer.creates(userId="u-1")
                    for stream in streams:
                        assert (await stream.next()).ticketId == ticket.id

            await everybody_hears(4)
            await asyncio.to_thread(redis.kill)
            for desk in (one, two):
                await broadcast_is(desk, "down")
            await everybody_hears(4)
            await asyncio.to_thread(redis.start)
            await both_up(one, two)
            await everybody_hears(4)
            first = position(hers.seen[0])
            assert positions(hers.seen) == positions(his.seen) == list(range(first, first + 12))
            assert position(hers.seen[-1]) == (await health(one))["position"]
