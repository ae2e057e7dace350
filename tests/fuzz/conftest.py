"""A failure shows the seed that repeats it; people and a desk to shoot at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.settings import Settings
from tests.fuzz.target import Target, shot_at
from tests.models.drawn import tell_the_seed
from tests.support.desk import Desk, Person


@pytest.fixture(autouse=True)
def seed_told() -> None:
    tell_the_seed()


@pytest.fixture
async def target(settings: Settings, tmp_path: Path) -> AsyncIterator[Target]:
    """A desk in a process of its own, on either database."""
    async with shot_at(settings, tmp_path / "log") as target:
        yield target


@pytest.fixture
async def ann(desk: Desk) -> AsyncIterator[Person]:
    """An agent of a desk in this process, with a ticket there; at the end it is there still."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", subject="Card lost", tags=["kyc"])
    await ann.notes(ticket)
    yield ann
    assert await ann.reads(ticket) is not None
