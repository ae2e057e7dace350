"""Callers that go away in the middle: the work happens whole or not at all, and freezes nobody."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
from uuid import UUID

import aiosqlite
import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper
from uuid_utils.compat import uuid7

import models.unit_of_work
from models.account import Role
from models.errors import NotFound
from models.event import Event
from models.ticket import Ticket
from models.unit_of_work import finished
from models.work import World
from resolvers import tickets
from resolvers.guard import Guard
from resolvers.viewer import Viewer
from tests.support.desk import GUARD_S, Answer, Desk, Errors, Person
from tests.support.live import journal

SOCKETS, AT_ONCE, TICKETS = 500, 25, 20
AIOSQLITE = {"begin": "execute", "commit": "commit"}
POOL = 5
"""Connections that a process has to PostgreSQL."""


async def whole(ticket_id: str) -> int:
    """Checks that row and journal tell the same story; returns the ticket's version."""
    ticket = await Ticket.get(id=UUID(ticket_id))
    events = await Event.filter(ticket_id=ticket.id).order_by("position")
    assert [event.revision for event in events] == list(range(1, ticket.revision + 1))
    assert ticket.version == 1 + sum("version" in event.changed for event in events[1:])
    last = Ticket.as_of(events[-1])
    assert {column: getattr(last, column) for column in Ticket.CONTENT} == {
        column: getattr(ticket, column) for column in Ticket.CONTENT
    }
    return ticket.version


async def test_sockets_dropped_in_the_middle_of_a_mutation_leave_whole_changes_and_a_desk_that_answers(
    desk: Desk,
) -> None:
    ann = await desk.agent()
    made = [await ann.creates(userId="u-1") for _ in range(TICKETS)]
    mutation = "mutation($id: ID!, $n: JSON!) { updateTicket(id: $id, input: {extra: {n: $n}}) { __typename } }"

    async def dropped(number: int) -> None:
        async with ann.socket() as socket:
            variables = {"id": made[number % TICKETS].id, "n": number}
            payload = {"query": mutation, "variables": variables}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            for _ in range(number % 50):
                await asyncio.sleep(0)
            socket.transport.abort()

    async with asyncio.timeout(3 * GUARD_S):
        for first in range(0, SOCKETS, AT_ONCE):
            await asyncio.gather(*(dropped(number) for number in range(first, first + AT_ONCE)))
    async with asyncio.timeout(GUARD_S):
        await _answers(ann, made[0])
        await finished()
    changes = sum([await whole(ticket.id) - 1 for ticket in made])
    assert 1 < changes <= SOCKETS + 1
    written = await journal()
    assert written == list(range(written[0], written[0] + TICKETS + changes))


async def _answers(agent: Person, ticket: Answer) -> None:
    """Reads, writes and hears of it, as before."""
    async with agent.follows(after=await agent.as_of(), ticket_id=ticket.id) as stream:
        changed = await agent.updates(ticket, given={"subject": "all is well"})
        while (await stream.next()).ticket.subject != "all is well":
            pass
        assert changed.subject == "all is well"
        assert (await agent.reads(ticket)) == changed


async def cancelled_everywhere(desk: Desk, ticket: Answer) -> tuple[int, int]:
    """Cancels a unit of work after ever more steps of the loop, until one ends first.

    After each, a unit and a read must go through. Returns how many were cancelled, and how many took effect.
    """
    ann = Viewer(uuid7(), "ann", Role.AGENT, None, World(now_ms=desk.clock, new_id=uuid7))
    steps = cancelled = effective = 0
    while True:
        subject = f"after {steps} steps"
        task = asyncio.create_task(tickets.update(ann, ticket.id, {"subject": subject}, Guard()))
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.done():
            return cancelled, effective
        task.cancel()
        async with asyncio.timeout(GUARD_S):
            with pytest.raises(asyncio.CancelledError):
                await task
            now = await Ticket.get(id=UUID(ticket.id))
            effective += now.subject == subject
            again = await tickets.update(ann, ticket.id, {"subject": f"{subject}, again"}, Guard())
            assert again.version == now.version + 1
        cancelled += 1
        steps += 1 + steps // 12


async def test_a_unit_of_work_cancelled_anywhere_is_whole_and_frees_its_connection(desk: Desk) -> None:
    ticket = await (await desk.agent()).creates(userId="u-1")
    cancelled, effective = await cancelled_everywhere(desk, ticket)
    assert cancelled > (15 if desk.on_postgres else 3)  # of SQLite, all between BEGIN and COMMIT is one step
    assert effective >= cancelled - 1  # all but one that was cancelled before it had begun
    assert await whole(ticket.id) == 1 + cancelled + effective + 1  # the last one ended before it could be cancelled


@pytest.mark.parametrize(("raised", "told"), [(NotFound, 0), (ZeroDivisionError, 1)])
async def test_of_what_nobody_waits_for_any_more_a_surprise_is_logged_and_a_refusal_is_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, raised: type[Exception], told: int
) -> None:
    ann = Viewer(uuid7(), "ann", Role.AGENT, None, World(now_ms=desk.clock, new_id=uuid7))
    begun = asyncio.Event()

    async def fails(work: models.unit_of_work.Work, id: UUID) -> Ticket:
        begun.set()
        await asyncio.sleep(0)
        raise raised

    monkeypatch.setattr(models.unit_of_work.Work, "ticket", fails)
    task = asyncio.create_task(tickets.update(ann, str(UUID(int=0)), {"subject": "lost"}, Guard()))
    async with asyncio.timeout(GUARD_S):
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    del task
    await asyncio.sleep(0)
    gc.collect()  # asyncio tells of a task whose outcome nobody took when it is forgotten
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == told


async def test_without_the_shield_the_cancellation_would_be_noticed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were the caller's cancellation to reach the transaction, changes would be lost with their caller."""
    ticket = await (await desk.agent()).creates(userId="u-1")
    ann = Viewer(uuid7(), "ann", Role.AGENT, None, World(now_ms=desk.clock, new_id=uuid7))
    begun, write = asyncio.Event(), models.unit_of_work.Work.write

    async def noticed(work: models.unit_of_work.Work, outcome: object) -> int:
        begun.set()
        await asyncio.sleep(0)
        return await write(work, outcome)

    monkeypatch.setattr(models.unit_of_work.Work, "write", noticed)
    monkeypatch.setattr(asyncio, "shield", lambda task: task)
    task = asyncio.create_task(tickets.update(ann, ticket.id, {"subject": "lost"}, Guard()))
    async with asyncio.timeout(GUARD_S):
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    monkeypatch.undo()
    assert (await Ticket.get(id=UUID(ticket.id))).subject == "Card lost"


@pytest.mark.parametrize("step", ["begin", "commit"])
async def test_a_transaction_that_cannot_begin_or_end_keeps_no_connection(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Tortoise's own would: SQLite's one for ever, PostgreSQL's until the pool is empty."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    wrapper, call = (TransactionWrapper, step) if desk.on_postgres else (aiosqlite.Connection, AIOSQLITE[step])

    async def fails(*_: object) -> None:
        raise ConnectionResetError if desk.on_postgres else sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(wrapper, call, fails)
        for _ in range(2 * POOL):
            with pytest.raises(Errors) as told:
                await ann.updates(ticket, given={"subject": "never"})
            assert told.value.code == "UNAVAILABLE"
    async with asyncio.timeout(GUARD_S):
        await _answers(ann, ticket)
