"""Readers that never read: bounded while they are there, gone after the limit, and in nobody's way."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from desk.live.outbox import Outbox
from desk.live.socket import Socket
from desk.settings import Settings
from tests.support.desk import GUARD_S, running
from tests.support.live import place, position, until
from tests.support.stuck import never_reading, still_served

STUCK, HEALTHY = 20, 5
BODY = 95_000
BACKLOG = 200_000


async def test_stuck_readers_are_cut_off_and_the_others_hear_everything_in_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    largest = _largest_backlog(monkeypatch)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(running(replace(settings, backlog_bytes=BACKLOG, stuck_seconds=1)))
        ann = await desk.agent()
        ticket = await ann.creates(userId="u-1")
        start = await ann.as_of()
        streams = [
            await stack.enter_async_context(ann.follows(after=start, selection="cursor")) for _ in range(HEALTHY)
        ]
        stuck = [await asyncio.to_thread(stack.enter_context, never_reading(ann, start)) for _ in range(STUCK)]
        assert still_served(stuck) == STUCK
        writes = 0
        async with asyncio.timeout(GUARD_S):
            while still_served(stuck):  # what the kernels hold, up to some MB each, comes on top
                writes += 1
                await ann.updates(ticket, given={"body": f"{writes} ".ljust(BODY, "x")})
                for stream in streams:
                    assert position(await stream.next()) == place(start) + writes
        await until(lambda: len(asyncio.all_tasks()) < STUCK + 4 * (HEALTHY + 5), "the tasks of the stuck to end")
        assert largest[0] <= BACKLOG + 2 * BODY
        await ann.updates(ticket, given={"body": "all is well"})
        for stream in streams:
            assert position(await stream.next()) == place(start) + writes + 1
    gc.collect()  # a task that nobody waited for tells of its failure now
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def _largest_backlog(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The most bytes that ever waited for one socket."""
    largest, put = [0], Outbox.put

    def measured(outbox: Outbox, frames: list[bytes]) -> None:
        put(outbox, frames)
        largest[0] = max(largest[0], sum(map(len, outbox._backlog or ())))

    monkeypatch.setattr(Outbox, "put", measured)
    return largest


async def test_a_stop_does_not_wait_for_a_stuck_reader(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncExitStack() as outlives:
        async with asyncio.timeout(2 * GUARD_S):
            async with running(replace(settings, stuck_seconds=1)) as desk:
                ann = await desk.agent()
                ticket = await ann.creates(userId="u-1")
                start = await ann.as_of()
                paused = _pauses(monkeypatch)
                await asyncio.to_thread(outlives.enter_context, never_reading(ann, start))
                number = 0
                while not paused.is_set():
                    number += 1
                    await ann.updates(ticket, given={"body": f"{number} ".ljust(BODY, "x")})


def _pauses(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    paused, pause = asyncio.Event(), Socket.pause_writing

    def noticed(socket: Socket) -> None:
        pause(socket)
        paused.set()

    monkeypatch.setattr(Socket, "pause_writing", noticed)
    return paused
