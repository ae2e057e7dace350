"""A worker of Temporal that kills itself at one point of an activity, by name; without a name it works until it is
told to stop. Its parent forks it out of a server without threads, which has all of this imported already.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest
from temporalio.worker import Worker

from desk.mail import activities, ingest, outbox, temporal, watch
from desk.mail.bounds import MailBounds
from desk.mail.door import TEMPORAL, house_of
from desk.mail.local import LocalMailbox
from desk.mail.outbox import Outbox
from desk.mail.post import Envelope, Receipt
from desk.mail.watch import Intake, Watch
from desk.settings import Settings
from models import database
from models.attachment import Files
from tests.support.crashing_mail import Here
from tests.support.mail import somebody

STEPS: Final[dict[str, tuple[object, str, bool]]] = {
    "looks": (Watch, "arrivals", False),
    "saw": (Watch, "arrivals", True),
    "takes": (Watch, "take", False),
    "kept": (Intake, "keep", True),
    "entered": (ingest, "enter", True),
    "took": (Watch, "take", True),
    "sends": (outbox, "claim", False),
    "claimed": (outbox, "claim", True),
    "handed over": (outbox, "_send", True),
    "settled": (outbox, "settle", True),
    "sent": (Outbox, "attempt", True),
}
"""Where a worker dies: before or behind which call."""


class Ledger:
    """Carries mail: a line for each that it took, on the disk before it answers."""

    name = "ledger"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, mail: bytes, envelope: Envelope, key: str) -> Receipt:
        with self._path.open("a") as file:
            file.write(f"{envelope.recipient}\n")
            file.flush()
            os.fsync(file.fileno())
        return Receipt("250 OK")

    async def was_sent(self, mail_id: str) -> bool | None:
        return None

    async def check(self) -> str:
        return "takes everything"


def work(settings: Settings, ledger: Path, point: str | None) -> None:
    """Works until it is killed, at a point by itself."""
    if point is not None:
        place, name, behind = STEPS[point]
        patch.object(place, name, _deadly(getattr(place, name), behind=behind)).start()
    hurry(pytest.MonkeyPatch())
    asyncio.run(_work(settings, ledger))


def hurry(patched: pytest.MonkeyPatch) -> None:
    """Has everything happen soon that waits for a worker that is gone."""
    soon = timedelta(seconds=1)
    for place, name, value in (
        (activities, "SILENCE", soon),
        (activities, "READING", _often(activities.READING, soon)),
        (activities, "SENDING", _often(activities.SENDING, soon)),
        (activities, "RENEW_S", 0.2),
        (watch, "RENEW_S", 0.2),
        (outbox, "RENEW_S", 0.2),
        (outbox, "LEASE_MS", 6_000),  # longer than a retry takes: it finds the mail being sent
        (temporal, "Worker", functools.partial(Worker, sticky_queue_schedule_to_start_timeout=soon)),
    ):
        patched.setattr(place, name, value)


def _often(policy: Any, soon: timedelta) -> Any:
    return type(policy)(initial_interval=soon, non_retryable_error_types=policy.non_retryable_error_types)


def _deadly(call: Callable[..., Awaitable[Any]], *, behind: bool) -> Callable[..., Awaitable[Any]]:
    async def deadly(*args: Any, **named: Any) -> Any:
        if behind:
            await call(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return deadly


async def _work(settings: Settings, ledger: Path) -> None:
    assert settings.temporal_url is not None
    reader: Any = Here()
    async with database.connected(settings.database):
        await database.pending()
        caller, bounds = somebody(), MailBounds()
        mailbox = LocalMailbox(caller, "127.0.0.1", 0, bounds.mail_bytes)
        intake = Intake(caller, house_of(settings), reader, Files(settings.data), bounds.mail_bytes)
        client = await temporal.connected(settings.temporal_url)
        async with temporal.working(client, Watch(mailbox, intake, TEMPORAL), Outbox(caller, Ledger(ledger)), 1):
            await asyncio.Event().wait()
