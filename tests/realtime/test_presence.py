"""Presence: who is at a ticket and who types, told at once, dropped when late, and written nowhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from desk.live import channel, presence
from desk.live.channel import Channel
from desk.live.fanout import Group
from desk.live.handler import Handler
from desk.settings import Settings
from resolvers import register
from resolvers.register import Register, Sign
from tests.support.desk import Desk, Person, running, subscribe, watch
from tests.support.live import close_code, until
from tests.support.postgres import Postgres
from tests.support.processes import broadcast_is, serving
from tests.support.redis import Redis

AT = UUID(int=1)


# ---------------------------------------------------------------- one process


async def test_who_comes_types_and_goes_is_told_and_written_nowhere(live: Desk) -> None:
    ann, bob = await live.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    before = await ann.as_of()
    async with ann.watches(ticket) as stream:
        assert await stream.here() == []
        await ann.is_at(ticket)
        assert await stream.here() == ["ann"]
        assert (await bob.is_at(ticket, typing=True)).here[1] == {"name": "bob", "typing": True, "asksToRelease": False}
        assert await stream.here() == ["ann", "bob types"]
        await bob.is_at(ticket)
        assert await stream.here() == ["ann", "bob"]
        live.clock.passes(11)
        await ann.is_at(ticket)
        live.clock.passes(2)
        assert await stream.here() == ["ann"]
        live.clock.passes(12)
        assert await stream.here() == []
        async with bob.watches(ticket) as other:
            assert await other.here() == []
    assert await ann.as_of() == before


async def test_a_sign_that_changes_nothing_is_not_told(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    async with ann.watches(ticket) as stream:
        assert await stream.here() == []
        await bob.is_at(ticket)
        assert await stream.here() == ["bob"]
        for _ in range(20):
            await bob.is_at(ticket)
        await bob.is_at(ticket, typing=True)
        assert await stream.here() == ["bob types"]


async def test_a_ticket_that_nobody_watches_or_is_at_costs_nothing(desk: Desk) -> None:
    ann = await desk.agent()
    ticket, other = await ann.creates(userId="u-1"), await ann.creates(userId="u-1")
    async with ann.watches(ticket) as stream:
        await stream.here()
        await ann.is_at(other)
        await ann.is_at(ticket)
        assert await stream.here() == ["ann"]


async def test_a_customer_reads_an_agent_and_the_staff_sees_the_requester_type(desk: Desk) -> None:
    ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer("carla", "u-1")
    ticket = await ann.creates(userId="u-1")
    await ann.locks(ticket)
    async with carla.watches(ticket) as hers, ann.watches(ticket) as stream:
        await carla.is_at(ticket, typing=True)
        await stream.becomes("carla types")
        await hers.becomes("carla types")
        await bob.is_at(ticket, typing=True)
        await hers.becomes("an agent types", "carla types")
        await ann.is_at(ticket)
        await bob.asks_to_release(ticket)
        await stream.becomes("ann", "bob types asks", "carla types")
        await bob.is_at(ticket)
        await hers.becomes("an agent", "carla types")
    assert [each.name for each in (await carla.is_at(ticket)).here] == ["an agent", "carla"]


async def test_names_are_shown_to_customers_where_the_setting_says_so(settings: Settings) -> None:
    async with running(replace(settings, names_shown=True)) as desk:
        ann, carla = await desk.agent("ann"), await desk.customer("carla", "u-1")
        ticket = await ann.creates(userId="u-1")
        await ann.is_at(ticket)
        async with carla.watches(ticket) as stream:
            assert await stream.here() == ["ann"]


async def test_all_agents_who_watch_share_one_execution(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer("carla", "u-1")
    ticket = await ann.creates(userId="u-1")
    executed: list[object] = []
    payload = Group.payload

    async def counted(group: Group, root: object) -> bytes:
        executed.append(root)
        return await payload(group, root)

    async with ann.watches(ticket) as one, bob.watches(ticket) as two, carla.watches(ticket) as three:
        for stream in (one, two, three):
            await stream.here()
        monkeypatch.setattr(Group, "payload", counted)
        await ann.is_at(ticket)
        await one.becomes("ann")
        await two.becomes("ann")
        await three.becomes("an agent")
    assert len(executed) == 2


async def test_presence_and_events_go_on_the_same_socket_and_each_ends_by_itself(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    async with ann.socket() as socket:
        stream = await watch(socket, "who", ticket.id)
        assert await stream.here() == []
        await ann.is_at(ticket)
        assert await stream.here() == ["ann"]
        await socket.send(json.dumps({"type": "complete", "id": "who"}))
        events = await subscribe(socket, "what", after=await ann.as_of())
        await ann.is_at(ticket, typing=True)
        await ann.notes(ticket)
        assert (await events.next()).kind == "MESSAGE_ADDED"


async def test_who_may_not_see_the_ticket_any_more_loses_the_stream(desk: Desk) -> None:
    ann, ada = await desk.agent("ann"), await desk.admin()
    ticket = await ann.creates(userId="u-1")
    async with ann.watches(ticket) as stream:
        assert await stream.here() == []
        await ada.does("setRole", account="ann", role="CUSTOMER", userId="u-2")
        await stream.socket.wait_closed()
        assert close_code(stream.socket) == 1012
    async with ann.watches(ticket) as stream:
        assert (await stream.message())["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_reader_who_is_gone_is_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[presence.Presences] = []
    shutdown = Handler.shutdown

    async def seen(handler: Handler) -> None:
        await shutdown(handler)
        kept.append(handler.view.presences)

    monkeypatch.setattr(Handler, "shutdown", seen)
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    async with ann.watches(ticket) as stream:
        await ann.is_at(ticket)
        await stream.becomes("ann")
    await until(lambda: bool(kept), "the socket's end")
    assert kept[0]._groups == kept[0]._told == {}
    desk.clock.passes(12)
    await until(lambda: not kept[0].register, "somebody to be forgotten")


# ---------------------------------------------------------------- bounds


def test_a_full_ticket_and_a_full_desk_take_in_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "MOST_HERE", 2)
    monkeypatch.setattr(register, "MOST_ATTENDED", 1)
    told: list[Sign] = []
    those = Register(told.append)
    for name in ("ann", "bob", "cay", "ann"):
        those.say(Sign(AT, name, 1_000, typing=True))
    those.say(Sign(uuid4(), "ann", 1_000))
    assert [each.name for each in those.at(AT, 1_000).here] == ["ann", "bob"]
    assert len(those) == 1
    those.expire(1_000 + register.STAYS_MS)
    assert len(those) == 0


async def test_what_is_late_or_cannot_be_read_is_dropped() -> None:
    voice, now_ms = Channel("memory://"), 1_000_000
    those = presence.Presences(voice, lambda: now_ms)
    for words in ("", "{}", "[]", "null", '["x","ann",1,true,null]', '[1,"ann",1000000,true,null]', "[" * 10_000):
        voice.listener(words)
    voice.listener(json.dumps([str(AT), "ann", now_ms - 3_001, True, None]))
    assert those.register.at(AT, now_ms).here == ()
    voice.listener(json.dumps([str(AT), "ann", now_ms - 2_999, True, None]))
    assert [each.name for each in those.register.at(AT, now_ms).here] == ["ann"]


# ---------------------------------------------------------------- several processes


async def test_words_wait_for_no_longer_than_they_are_worth_and_no_more_than_there_is_room_for(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "WORDS_S", 0.0)
    one, other = Channel(redis.url), Channel(redis.url)
    heard: list[str] = []
    other.listener = heard.append
    for number in range(2 * channel.WORDS_WAITING):
        one.say(f"late {number}")
    assert len(one._words) == channel.WORDS_WAITING
    tasks = [asyncio.create_task(each.run()) for each in (one, other)]
    await until(lambda: one.up and other.up and not one._words, "the late words to be dropped")
    monkeypatch.setattr(channel, "WORDS_S", 10.0)
    one.say("in time")
    await until(lambda: bool(heard), "words")
    assert heard == ["in time"]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_words_ring_no_bell_and_a_bell_is_not_taken_for_words(redis: Redis) -> None:
    one, other = Channel(redis.url), Channel(redis.url)
    heard: list[str] = []
    one.listener = other.listener = heard.append
    tasks = [asyncio.create_task(each.run()) for each in (one, other)]
    await until(lambda: one.up and other.up, "the channels")
    other.heard.clear()
    one.say("a b  c")
    await until(lambda: bool(heard), "words")
    assert (heard, other.heard.is_set()) == (["a b  c"], False)
    one.ring(7)
    await until(other.heard.is_set, "the bell")
    assert heard == ["a b  c"]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.fixture
def shared(postgres: Postgres, postgres_template: str, redis: Redis, tmp_path: Path) -> Iterator[Settings]:
    """One PostgreSQL and one Redis for several processes."""
    asyncio.run(postgres.create_database("desk_presence", postgres_template))
    yield Settings(database_url=postgres.url("desk_presence"), data=tmp_path / "data", broadcast_url=redis.url)
    asyncio.run(postgres.drop_database("desk_presence"))


async def test_two_processes_tell_each_other_over_redis(shared: Settings, redis: Redis, tmp_path: Path) -> None:
    async with running(shared) as desk, serving(shared, tmp_path / "other.log") as elsewhere:
        ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer("carla", "u-1")
        there = Person(elsewhere, "bob", bob.token)
        for each in (desk, elsewhere):
            await broadcast_is(each, "up")
        ticket = await ann.creates(userId="u-1")
        await ann.locks(ticket)
        before = await ann.as_of()
        async with ann.watches(ticket) as here, there.watches(ticket) as other, carla.watches(ticket) as hers:
            await there.is_at(ticket, typing=True)
            await ann.is_at(ticket)
            for stream in (here, other):
                await stream.becomes("ann", "bob types")
            await hers.becomes("an agent types")
            await there.asks_to_release(ticket)
            await here.becomes("ann", "bob types asks")
            assert await ann.as_of() == before
            await ann.unlocks(ticket)
            for stream in (here, other):
                await stream.becomes("ann", "bob types")
            await asyncio.to_thread(redis.kill)
            await broadcast_is(desk, "down")
            await ann.is_at(ticket, typing=True)
            await here.becomes("ann types", "bob types")
            await asyncio.to_thread(redis.start)
            for each in (desk, elsewhere):
                await broadcast_is(each, "up")
            await ann.is_at(ticket, typing=True)
            await other.becomes("ann types", "bob types")
