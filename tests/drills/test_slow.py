"""Readers that stop reading, and one that only reads too slowly: bounded, told where possible, in nobody's way."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Never

import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.typing import Subprotocol

from desk.live.outbox import TRY_AGAIN
from desk.settings import Settings
from tests.support.crowd import Crowd, crowd, figures
from tests.support.desk import Answer, Person, Stream, subscribe
from tests.support.drills import ROUNDS, drawn, verified
from tests.support.live import position, positions
from tests.support.processes import Server, token
from tests.support.stuck import narrow, never_reading, still_served
from tests.support.writers import PATIENCE_S, rounds

STUCK = 20 if ROUNDS == 1 else 1_000
HEALTHY = 5
BODY = 95_000
WRITTEN_PER_READ = 3
WRITE_BUFFER = 64 * 1024
"""What the event loop takes for a socket before it says that this is enough."""
ON_ITS_WAY = 2 * BODY
"""The message that is being written, as text and as bytes."""

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # no reader's pace reaches the database


@dataclass
class Scene:
    """A desk in a process of its own, healthy readers, and somebody who writes large events."""

    server: Server
    ann: Person
    ticket: Answer
    everybody: Crowd
    position: int = 0
    """How many events were written, and heard by the healthy."""

    async def write(self) -> None:
        """Writes one event, and returns when all the healthy have heard it."""
        self.position += 1
        await self.ann.updates(self.ticket, given={"body": f"{self.position} ".ljust(BODY, "x")})
        await self.everybody.reach(self.position)


@asynccontextmanager
async def scene(settings: Settings, log: Path) -> AsyncIterator[Scene]:
    server = Server(settings, log)
    try:
        secret = await token(settings, "ann")
        await server.start()
        async with server.client() as desk:
            ann = Person(desk, "ann", secret)
            ticket = await ann.creates(userId="u-1")
            async with crowd([ann], HEALTHY, drawn()) as everybody:
                yield Scene(server, ann, ticket, everybody)
    finally:
        server.kill()


@pytest.fixture
def strict(settings: Settings) -> Settings:
    """Who reads nothing for a second is cut off."""
    return replace(settings, stuck_seconds=1)


async def test_readers_that_stop_cost_little_and_delay_nobody(
    strict: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    async with AsyncExitStack() as stack, scene(strict, tmp_path / "log") as desk:
        process = psutil.Process(desk.server.pid)

        async def stop_reading(count: int) -> list[sockets.socket]:
            after = await desk.ann.as_of()
            return [await asyncio.to_thread(stack.enter_context, never_reading(desk.ann, after)) for _ in range(count)]

        async def until_cut_off(stuck: list[sockets.socket]) -> int:
            """Writes until the desk has none of them any more; returns the most memory that it took meanwhile."""
            assert still_served(stuck, process) == len(stuck)
            largest = 0
            async with asyncio.timeout(PATIENCE_S):
                while still_served(stuck, process):
                    await desk.write()
                    largest = max(largest, process.memory_info().rss)
            return largest

        await until_cut_off(await stop_reading(1))  # what any desk takes for large events is not what is measured
        before = process.memory_info().rss
        grown = await until_cut_off(await stop_reading(STUCK)) - before
        await desk.write()
        found, acknowledged = desk.everybody.figures(desk.position), desk.position

        last = await stop_reading(1)
        await desk.write()
        assert still_served(last, process)
        await desk.server.stop()  # nor does the end wait for who never reads
    bound = WRITE_BUFFER + ON_ITS_WAY + strict.backlog_bytes
    told(
        "readers that stop, SQLite",
        acknowledged=acknowledged,
        kills=0,
        **found,
        stuck_readers=STUCK,
        kB_for_each=grown // STUCK // 1_000,
        kB_allowed=bound // 1_000,
    )
    assert not any(found.values())
    assert grown < STUCK * bound
    await verified(strict)


@asynccontextmanager
async def reading_on_demand(person: Person, after: str) -> AsyncIterator[Stream]:
    """Follows large events on a socket that takes no more off the network than is asked of it."""
    subprotocol = Subprotocol("graphql-transport-ws")
    raw = narrow(person, BODY)
    async with connect(person.desk.ws_url, sock=raw, subprotocols=[subprotocol], max_queue=1) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": person.headers}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        yield await subscribe(socket, "1", after=after, selection="cursor ticket { body }")


async def falls_behind(slow: Stream, desk: Scene) -> Never:
    """Reads, but never as much as is written."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for _ in range(WRITTEN_PER_READ):
                await desk.write()
            await slow.next()


async def test_a_reader_that_is_too_slow_is_told_so_and_then_hears_every_event_once(
    strict: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    found: Counter[str] = Counter()
    behind: list[int] = []
    async with scene(strict, tmp_path / "log") as desk:
        for _ in rounds(1):
            start, begin = await desk.ann.as_of(), desk.position
            async with reading_on_demand(desk.ann, start) as slow:
                with pytest.raises(ConnectionClosed) as closed:
                    await falls_behind(slow, desk)
            assert closed.value.rcvd == Close(TRY_AGAIN, "too slow, resume after your last cursor")
            last = slow.seen[-1]
            behind.append(desk.position - (position(last) - desk.everybody.began))
            async with desk.ann.follows(after=last.cursor, selection="cursor") as resumed:
                await resumed.take(behind[-1])
            heard = [each - desk.everybody.began for each in positions(slow.seen + resumed.seen)]
            found.update(figures([heard], begin, desk.position))
        found.update(desk.everybody.figures(desk.position))
    told(
        "a reader that is too slow, SQLite",
        acknowledged=desk.position,
        kills=0,
        **found,
        cut_off=len(behind),
        events_behind=max(behind),
    )
    assert not found.total()
    await verified(strict)
