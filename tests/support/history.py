"""A day at the desk, and what its history comes to."""

from __future__ import annotations

import asyncio

import pytest
from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from models import database, law
from models.law import Kept, Verdict
from models.seal import Chain
from models.work import System, World
from resolvers import journal
from tests.support.desk import GUARD_S, Answer, Desk, Errors, Person
from tests.support.live import POLL_S

TOMORROW_MS = 86_400_000


async def verdict(kept: Kept | None = None) -> Verdict:
    async with database.snapshot():
        return await law.verify(await database.head(), kept)


async def sealed() -> Chain:
    """Waits until the desk has sealed all that it committed."""
    async with asyncio.timeout(GUARD_S):
        while (chain := await Chain.sealed()).position < (await database.head()).position:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
    return chain


async def a_day(desk: Desk) -> list[Answer]:
    """Tickets with every kind of event but those of time: decided, reopened, answered, noted, locked."""
    ann = await desk.agent()
    carla = await desk.customer("carla", "u-1")
    first = await carla.creates(subject="Card lost", body="On the train.", tags=["card"], extra={"n": 1.0, "big": 1e22})
    second, third = [await ann.creates(userId="u-2", subject=name) for name in ("Second", "Third")]
    await ann.starts(first)
    grant = await ann.locks(first)
    await ann.renews(first, grant.token)
    await ann.replies(first, "We look into it.")
    await carla.replies(first, "Thanks.")
    await ann.notes(first, "Seen before.")
    await ann.approves(first, reason="Fine.")
    await ann.reopens(first)
    await ann.updates(first, given={"extra": {"n": 2}, "tags": ["card", "again"]})
    await ann.approves(first)
    await ann.rejects(second, reason="Not ours.")
    await ann.closes(third)
    return [first, second, third]


async def pruned(desk: Desk) -> int:
    """Takes out all that was sealed so far; returns up to where."""
    await sealed()
    through, _ = await journal.prune(System(World(now_ms=desk.clock, new_id=uuid7)), wall_clock_ms() + TOMORROW_MS)
    return through


async def told_to_resync(person: Person, cursor: str) -> None:
    async with person.follows(after=cursor) as stream:
        with pytest.raises(Errors) as told:
            await stream.next()
    assert told.value.code == "RESYNC"
