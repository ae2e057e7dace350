"""What is promised of the live feed holds with the bell and without it: both, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from desk.settings import Settings
from tests.support.desk import Desk, running
from tests.support.live import DeafChannel, Joined


@pytest.fixture(params=["bell", "deaf"])
async def live(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Desk]:
    """A running desk whose channel carries every message, or drops every one."""
    async with running(settings, channel=DeafChannel() if request.param == "deaf" else None) as desk:
        yield desk


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Joined:
    """Tells when a subscription that was given no cursor has begun."""
    return Joined(monkeypatch)
