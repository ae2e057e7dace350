"""One clock: whoever reads the journal while many write skips nothing and sees nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from models.database import head
from models.event import Event
from models.work import Work
from tests.support.desk import GUARD_S, Desk, Person
from tests.support.live import journal
from tests.support.processes import Worker

WRITERS, WRITES = 16, 12
PAGES = (1, 10, 1_000)

Page = Callable[[int, int], Awaitable[list[int]]]
"""Up to so many positions after one."""


async def events_after(position: int, count: int) -> list[int]:
    found = Event.filter(position__gt=position).order_by("position").limit(count)
    return [event.position for event in await found.only("position")]


class Tail:
    """A reader that goes on after the last position it has, without pause."""

    def __init__(self, page: Page, size: int, after: int = 0) -> None:
        self._page, self._size, self._after = page, size, after
        self.read: list[int] = []

    async def poll(self) -> bool:
        """Reads a page; says whether there was anything."""
        more = await self._page(self.read[-1] if self.read else self._after, self._size)
        self.read += more
        return bool(more)

    async def until(self, done: asyncio.Event) -> None:
        """Reads to the end of what is there once the writers are done."""
        while await self.poll() or not done.is_set():
            pass


def assert_dense(read: list[int], after: int = 0) -> None:
    """Each position once, in order, from the first on."""
    assert read == list(range(after + 1, after + len(read) + 1))


@pytest.mark.parametrize("processes", [0, 2])
async def test_many_writers_leave_no_hole_and_no_reader_skips_or_repeats(desk: Desk, processes: int) -> None:
    agents = await desk.agents(*(f"agent-{number}" for number in range(WRITERS)))
    workers = [
        await Worker.start("tests.races.working", desk.settings.database, "writes", f"process-{number}", "100")
        for number in range(processes)
    ]
    for worker in workers:
        await worker.ready()

    async def writes(agent: Person) -> None:
        ticket = await agent.creates(userId=agent.name)
        for number in range(WRITES):
            match number % 4:
                case 0:
                    await agent.updates(ticket, given={"extra": {"n": number}})
                case 1:
                    await agent.replies(ticket)
                case 2:
                    assert (await agent.starts(ticket, lockToken="0"))["__typename"] == "LockLost"  # rolled back
                case _:
                    await agent.notes(ticket)

    done = asyncio.Event()
    start = (await head()).position
    tails = [Tail(events_after, size, start) for size in PAGES]
    reading = [asyncio.create_task(tail.until(done)) for tail in tails]
    async with asyncio.timeout(3 * GUARD_S):
        await asyncio.gather(*(writes(agent) for agent in agents), *(worker.end() for worker in workers))
        done.set()
        await asyncio.gather(*reading)
    expected = WRITERS * (1 + WRITES * 3 // 4) + processes * 100
    for tail in tails:
        assert_dense(tail.read, start)
        assert len(tail.read) == expected
    assert await journal() == tails[0].read


async def test_a_transaction_held_open_at_its_end_holds_back_the_ones_after_it_and_no_position_is_skipped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ann has her position and does not commit: nobody can be seen before her."""
    ann, bob = await desk.agents("ann", "bob")
    inside, leave, write = asyncio.Event(), asyncio.Event(), Work.write

    async def held_open(work: Work, outcome: object) -> int:
        position = await write(work, outcome)
        if work.actor == "ann":
            inside.set()
            await leave.wait()
        return position

    monkeypatch.setattr(Work, "write", held_open)
    start = (await head()).position
    tail = Tail(events_after, 10, start)
    hers = asyncio.create_task(ann.creates(userId="u-1"))
    try:
        async with asyncio.timeout(GUARD_S):
            await inside.wait()
            his = asyncio.create_task(bob.creates(userId="u-2"))
            for _ in range(50):
                assert not await tail.poll()
            assert not his.done()
    finally:
        leave.set()
    assert ((await hers)["__typename"], (await his)["__typename"]) == ("Ticket", "Ticket")
    while await tail.poll():
        pass
    assert_dense(tail.read, start)
    assert len(tail.read) == 2


async def test_the_same_reader_would_notice_a_writer_that_takes_its_numbers_from_a_sequence(desk: Desk) -> None:
    """The control: the naive journal skips, and so do these assertions tell."""
    if not desk.on_postgres:
        pytest.skip("SQLite has one writer at a time: there is no naive one")
    url = desk.settings.database.replace("asyncpg://", "postgres://")
    ann, bob, reader = [await asyncpg.connect(url, ssl=False) for _ in range(3)]

    async def page(position: int, count: int) -> list[int]:
        rows = await reader.fetch("SELECT id FROM naive WHERE id > $1 ORDER BY id LIMIT $2", position, count)
        return [row["id"] for row in rows]

    try:
        await ann.execute("CREATE TABLE naive (id bigserial PRIMARY KEY)")
        tail = Tail(page, 10)
        async with ann.transaction():
            await ann.execute("INSERT INTO naive DEFAULT VALUES")
            await bob.execute("INSERT INTO naive DEFAULT VALUES")
            assert await tail.poll()
        await tail.poll()
        assert tail.read == [2]
        with pytest.raises(AssertionError):
            assert_dense(tail.read)
    finally:
        for connection in (ann, bob, reader):
            await connection.close()


async def test_a_unit_that_is_rolled_back_leaves_no_hole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its position was taken already; the next one gets the same."""
    ann, bob = await desk.agents("ann", "bob")
    start = (await head()).position
    await ann.creates(userId="u-1")
    write = Work.write

    async def fails_at_the_end(work: Work, outcome: object) -> int:
        position = await write(work, outcome)
        if work.actor == "bob":
            raise RuntimeError("just before the commit")
        return position

    monkeypatch.setattr(Work, "write", fails_at_the_end)
    refused = (await bob.post('mutation { createTicket(input: {userId: "u-2", subject: "x"}) { __typename } }')).json()
    assert refused["errors"][0]["extensions"]["code"] == "INTERNAL"
    await ann.creates(userId="u-3")
    assert await journal() == [start + 1, start + 2]
    assert [event.user_id for event in await Event.filter(position__gt=start).order_by("position")] == ["u-1", "u-3"]
