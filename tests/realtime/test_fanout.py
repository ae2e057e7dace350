"""What an event costs: one execution and one encoding for all who are alike, nothing for those it does not concern."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from uuid_utils.compat import uuid7
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from desk.live import fanout, frames
from desk.live.channel import Channel
from desk.live.fanout import Fanout, Group
from desk.live.socket import Socket
from desk.settings import Settings
from models.account import Role
from models.statements import HeadRead
from models.work import World
from resolvers import feed
from resolvers.viewer import Viewer
from tests.support.desk import GUARD_S, Desk, Person, running, subscribe
from tests.support.live import Joined, answered_on, filled, place, positions, until
from tests.support.stuck import HANDSHAKE

ALIKE = 100
OTHERS, OPERATIONS = 1_000, 100


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A desk of the built-in kind: what is counted here does not depend on the database."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data")


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The position of the event of each execution."""
    executed: list[int] = []
    payload = Group.payload

    async def counted(group: Group, event: Any) -> bytes:
        executed.append(event.position)
        return await payload(group, event)

    monkeypatch.setattr(Group, "payload", counted)
    return executed


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames went straight to a transport, of each time that some did."""
    written: list[int] = []
    take = Socket.take

    def counted(socket: Socket, ready: list[bytes]) -> bool:
        taken = take(socket, ready)
        if taken:
            written.append(len(ready))
        return taken

    monkeypatch.setattr(Socket, "take", counted)
    return written


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of each frame that was put together."""
    encoded: list[int] = []
    framed = frames.framed

    def counted(text: bytes) -> bytes:
        encoded.append(len(text))
        return framed(text)

    monkeypatch.setattr(frames, "framed", counted)
    return encoded


# ---------------------------------------------------------------- counted


async def test_a_hundred_followers_alike_cost_one_execution_and_one_frame_for_each_event(
    desk: Desk, joined: Joined, executions: list[int], encodings: list[int]
) -> None:
    ann, bob = await desk.agents("ann", "bob")
    async with AsyncExitStack() as stack:
        people = [(ann, bob)[number % 2] for number in range(ALIKE)]  # two names, who see the same
        streams = [await stack.enter_async_context(person.follows()) for person in people]
        await joined.reach(ALIKE)
        for count in (1, 2):
            await ann.creates(userId="u-1")
            assert len({(await stream.next()).cursor for stream in streams}) == 1
            assert (len(executions), len(encodings)) == (count, count)


async def test_two_who_see_different_things_cost_two_executions(
    desk: Desk, joined: Joined, executions: list[int]
) -> None:
    ann, bob, carla = await desk.agent(), await desk.agent("bob"), await desk.customer(user_id="u-1")
    async with ann.follows() as one, bob.follows() as other, carla.follows() as hers:
        await joined.reach(3)
        await ann.creates(userId="u-1")
        actors = [(await stream.next()).actor for stream in (one, other, hers)]
        assert actors == ["ann", "ann", "an agent"]
        assert len(executions) == 2


async def test_where_nobody_follows_no_event_is_read_and_who_comes_misses_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await desk.agent()
    passed, pass_over, carry = asyncio.Queue[int](), Fanout._passed_over, Fanout._carry
    carried: list[int] = []

    async def noted(fanout: Fanout) -> bool:
        is_passed = await pass_over(fanout)
        if is_passed:
            passed.put_nowait(fanout.position)
        return is_passed

    async def counted(fanout: Fanout, event: Any) -> None:
        carried.append(event.position)
        await carry(fanout, event)

    monkeypatch.setattr(Fanout, "_passed_over", noted)
    monkeypatch.setattr(Fanout, "_carry", counted)
    start = await ann.as_of()
    ticket = await ann.creates(userId="u-1")
    async with asyncio.timeout(GUARD_S):
        while await passed.get() < place(start) + 1:
            pass
    async with ann.follows(after=start) as stream:
        assert (await stream.next()).kind == "CREATED"
        await ann.updates(ticket, given={"subject": "new"})
        assert (await stream.next()).kind == "UPDATED"
    assert carried == [place(start) + 2]


async def test_who_joins_while_events_are_passed_over_misses_none(
    desk: Desk, joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await desk.agent()
    passing, held, go = asyncio.Event(), asyncio.Event(), asyncio.Event()
    pass_over, head = Fanout._passed_over, fanout.head

    async def noted(fanout: Fanout) -> bool:
        passing.set()
        return await pass_over(fanout)

    async def slow() -> HeadRead:
        if passing.is_set():
            held.set()
            await go.wait()
        return await head()

    monkeypatch.setattr(Fanout, "_passed_over", noted)
    monkeypatch.setattr(fanout, "head", slow)
    ticket = await ann.creates(userId="u-1")
    async with asyncio.timeout(GUARD_S):
        await held.wait()
    async with ann.follows() as stream:
        await joined.reach(1)
        await ann.updates(ticket, given={"subject": "new"})
        go.set()
        assert (await stream.next()).kind == "UPDATED"


class Looked(defaultdict[Any, Any]):
    """Counts how often somebody looks for a scope."""

    times = 0

    def get(self, *args: Any) -> Any:
        self.times += 1
        return super().get(*args)


async def test_what_an_event_costs_does_not_depend_on_how_many_follow_something_else(
    desk: Desk, joined: Joined, executions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    fanouts: list[Fanout] = []
    carry = Fanout._carry

    async def noted(fanout: Fanout, event: Any) -> None:
        await carry(fanout, event)
        fanouts.append(fanout)

    monkeypatch.setattr(Fanout, "_carry", noted)
    ann = await desk.agent()
    async with AsyncExitStack() as stack:
        looks, there = [], 0
        for others in (1, OTHERS):  # of nobody nothing would be read
            for first in range(there, others, OPERATIONS):
                socket = await stack.enter_async_context(ann.socket())
                for number in range(first, min(first + OPERATIONS, others)):
                    await subscribe(socket, str(number), userId=f"other-{number}", selection="cursor")
            await joined.reach(there := others)
            carried = len(fanouts)
            await ann.creates(userId="u-1")
            await until(lambda carried=carried: len(fanouts) > carried, "the event to be carried")  # type: ignore[misc]
            scopes = fanouts[0]._scopes = Looked(dict, fanouts[0]._scopes)
            await ann.creates(userId="u-1")
            await until(lambda carried=carried: len(fanouts) > carried + 1, "the event to be carried")  # type: ignore[misc]
            assert len(scopes) == others
            looks.append(scopes.times)
        assert looks[0] == looks[1] > 0
        assert executions == []
        await ann.creates(userId="other-7")
        await until(lambda: len(executions) == 1, "the one whom it concerns")


# ---------------------------------------------------------------- at once


class Unheard(Channel):
    """A channel whose messages nobody carries."""

    async def run(self) -> None:
        await asyncio.Event().wait()


async def test_a_commit_in_this_process_is_carried_without_a_way_through_the_broadcaster(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "IDLE_POLL_S", dict.fromkeys(fanout.IDLE_POLL_S, 10 * GUARD_S))
    async with running(settings, channel=Unheard("memory://")) as desk:
        ann = await desk.agent()
        async with ann.follows(after=await ann.as_of()) as stream:
            await answered_on(stream.socket)
            assert (await ann.creates(userId="u-1")).id == (await stream.next()).ticketId


async def test_a_burst_is_read_once_and_goes_to_a_socket_in_one_write(
    desk: Desk, joined: Joined, writes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read_after = feed.read_after

    async def counted(position: int) -> list[Any]:
        events = await read_after(position)
        if count := sum(event.position > start for event in events):  # what came before may be read only now
            reads.append(count)
        return events

    monkeypatch.setattr(fanout, "TURN_S", GUARD_S)
    machine = Viewer(uuid7(), "import", Role.AGENT, None, World(now_ms=desk.clock, new_id=uuid7))
    ann = await desk.agent()
    async with ann.follows(selection="cursor") as stream:
        await joined.reach(1)
        start = place(await ann.as_of())
        monkeypatch.setattr(feed, "read_after", counted)
        await filled(machine, 50, "u-1")
        assert positions(await stream.take(50)) == list(range(start + 1, start + 51))
        assert (reads, writes) == ([50], [50])


# ---------------------------------------------------------------- ready frames


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 100_000])
def test_a_ready_frame_is_what_the_websocket_library_would_have_written(size: int) -> None:
    text = "é".ljust(size, "x")[:size]
    frame = frames.framed(text.encode())
    assert frame == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    assert frames.text_of(frame) == text


@asynccontextmanager
async def following(person: Person) -> AsyncIterator[asyncio.StreamReader]:
    """The bytes that a client gets who follows small events and large ones on one socket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", person.desk.port, limit=2**20)
    writer.write(HANDSHAKE.format(key=base64.b64encode(os.urandom(16)).decode()).encode())
    await reader.readuntil(b"\r\n\r\n")
    messages: list[dict[str, Any]] = [{"type": "connection_init", "payload": person.headers}]
    for id, selection in (("small", "kind"), ("größer", "ticket { body }")):
        query = f"subscription {{ ticketEvents {{ {selection} }} }}"
        messages.append({"type": "subscribe", "id": id, "payload": {"query": query}})
    for message in messages:
        writer.write(Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True))
    await reader.readuntil(b'connection_ack"}')
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_client_gets_the_same_bytes_from_a_server_that_takes_no_frames(
    desk: Desk, joined: Joined, writes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await desk.agent()
    async with AsyncExitStack() as stack:
        ready = await stack.enter_async_context(following(ann))
        await joined.reach(2)
        with monkeypatch.context() as other_server:
            other_server.setattr(Socket, "run_asgi", WebSocketsSansIOProtocol.run_asgi)
            plain = await stack.enter_async_context(following(ann))
            await joined.reach(4)
        for body in ("é🎫", "x" * 500, "x" * 70_000, "the last"):
            await ann.creates(userId="u-1", body=body)
        async with asyncio.timeout(GUARD_S):
            one, other = [await reader.readuntil(b'the last"}}}}}') for reader in (ready, plain)]
        assert one == other
        assert (one.count(b'"next"'), sum(writes)) == (8, 8)
