"""Thousands of mails wait: they come in in order, in bounded memory, beside agents who work, over a kill -9."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from desk.settings import Settings
from models import database
from models.mail import SeenMail, Verdict
from models.ticket import Ticket
from tests.support.desk import GUARD_S, Person
from tests.support.drills import ROUNDS, verified
from tests.support.imap import Pymap
from tests.support.mail import begun, plain, true, with_mail
from tests.support.processes import Server, token
from tests.support.writers import database_of

WAITING = 1_000 if ROUNDS > 1 else 100
"""Mails, once for each round: `DRILL_ROUNDS=10` has ten thousand of them wait."""
SENDERS = 100
MB = 1_000_000


@pytest.fixture
def pymap() -> Iterator[Pymap]:
    server = Pymap()
    server.start()
    yield server
    server.kill()


async def test_thousands_of_mails_that_wait_come_in_in_order_beside_agents_and_over_a_kill(
    settings: Settings, tmp_path: Path, pymap: Pymap, told: Callable[..., None]
) -> None:
    settings, count = with_mail(settings, pymap.url), WAITING * ROUNDS
    mails = [plain(f"Mail {number}", sender=f"s{number % SENDERS}@x{number // 10}.example") for number in range(count)]
    server = Server(settings, tmp_path / "log")
    try:
        secret = await token(settings, "ann")
        await server.start()
        async with database.connected(settings.database):
            await begun()
            before = psutil.Process(server.pid).memory_info().rss
            server.kill()
            await asyncio.to_thread(pymap.deliver, mails)
            started = time.monotonic()
            await server.start()
            async with latency(server, secret) as seconds, memory(server) as rss:
                await true(lambda: came(count // 2), patience_s=60 * GUARD_S)
            server.kill()
            await server.start()
            async with latency(server, secret) as more, memory(server) as more_rss:
                await true(lambda: came(count), patience_s=60 * GUARD_S)
            took = time.monotonic() - started
            rows = await SeenMail.all().order_by("id")
            assert len(rows) == count
            assert {row.verdict for row in rows} == {Verdict.NEW}
            subjects = [ticket.subject for ticket in await Ticket.all().order_by("number")]
        assert subjects == [f"Mail {number}" for number in range(count)]
        await server.stop()
    finally:
        server.kill()
    waited = sorted(seconds + more)
    told(
        f"{count:,} mails wait, {database_of(settings)}",
        kills=2,
        lost=count - len(set(subjects)),
        doubled=len(subjects) - len(set(subjects)),
        mails_a_second=round(count / took),
        MB_more=round((max(rss + more_rss) - before) / MB),
        agents_median_ms=round(waited[len(waited) // 2] * 1_000),
        agents_slowest_ms=round(waited[-1] * 1_000),
    )
    await verified(settings)


async def came(count: int) -> bool:
    return await SeenMail.all().count() >= count


@asynccontextmanager
async def latency(server: Server, secret: str) -> AsyncIterator[list[float]]:
    """How long an agent waits for a page of tickets, seconds, over and over."""
    waited: list[float] = []

    async def asks() -> None:
        async with server.client() as desk:
            ann = Person(desk, "ann", secret)
            while True:
                began = time.monotonic()
                await ann.asks("{ tickets(first: 20) { edges { node { number subject } } } }")
                waited.append(time.monotonic() - began)

    async with beside(asks()):
        yield waited


@asynccontextmanager
async def memory(server: Server) -> AsyncIterator[list[int]]:
    """How much memory the desk has, bytes, over and over."""
    seen = [0]

    async def looks() -> None:
        process = psutil.Process(server.pid)
        while True:
            seen.append(process.memory_info().rss)
            await asyncio.to_thread(process.cpu_percent, 0.2)

    async with beside(looks()):
        yield seen


@asynccontextmanager
async def beside(job: object) -> AsyncIterator[None]:
    """Something that goes on meanwhile."""
    task = asyncio.ensure_future(job)  # type: ignore[arg-type]
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
