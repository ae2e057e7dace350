"""Several processes on one SQLite file, and reads beside an open write."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from desk.settings import Settings
from models.work import Work
from tests.support.desk import GUARD_S, Desk, running
from tests.support.processes import Worker

PROCESSES, INCREMENTS = 4, 50


async def test_processes_that_read_and_then_write_lose_nothing_and_never_find_the_database_locked(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copytree(sqlite_template, tmp_path / "data")
    settings = Settings(data=tmp_path / "data")
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await ann.creates(userId="u-1", extra={"n": 0})
        arguments = (settings.database, "increments", ticket.id, str(INCREMENTS))
        workers = [await Worker.start("tests.races.working", *arguments) for _ in range(PROCESSES)]
        for worker in workers:
            await worker.ready()
        async with ann.follows(after=await ann.as_of(), selection="cursor ticket { extra version }") as stream:
            ends = [asyncio.create_task(worker.end()) for worker in workers]
            heard = await stream.take(PROCESSES * INCREMENTS)
            await asyncio.gather(*ends)
        assert [event.ticket.extra["n"] for event in heard] == list(range(1, PROCESSES * INCREMENTS + 1))
        now = await ann.reads(ticket)
    assert now is not None
    assert (now.extra["n"], now.version) == (PROCESSES * INCREMENTS, PROCESSES * INCREMENTS + 1)


async def test_a_read_does_not_wait_for_a_write_that_is_under_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees the state before, until the write is committed; so do a list and the head."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    before = await ann.as_of()
    inside, leave, write = asyncio.Event(), asyncio.Event(), Work.write

    async def held_open(work: Work, outcome: object) -> int:
        position = await write(work, outcome)
        inside.set()
        await leave.wait()
        return position

    monkeypatch.setattr(Work, "write", held_open)
    writing = asyncio.create_task(ann.updates(ticket, given={"subject": "Card found"}))
    try:
        async with asyncio.timeout(GUARD_S):
            await inside.wait()
            assert await ann.reads(ticket) == ticket
            listed = await ann.asks("{ tickets { edges { node { subject } } } }")
            assert listed.tickets.edges[0].node.subject == "Card lost"
            assert await ann.as_of() == before
            assert not writing.done()
    finally:
        leave.set()
    assert (await writing).subject == "Card found"
    now = await ann.reads(ticket)
    assert now is not None
    assert now.subject == "Card found"
    assert await ann.as_of() != before
