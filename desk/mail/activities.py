"""What the workflows have done: the steps of `Watch` and `Outbox`. They take keys and ids, never a mail's bytes.

The place in the mailbox, its lease, the unique keys and the rows of the outbox decide, whoever asks how often.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from temporalio import activity
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from desk.mail.mailbox import Arrival
from desk.mail.outbox import Outbox
from desk.mail.watch import RENEW_S, Watch
from models.outgoing import State

WAITS_S: Final = 300.0
"""How long one activity waits for mail, seconds."""
SILENCE: Final = timedelta(seconds=60)
"""How long an activity that says nothing is believed to live; it says something every few seconds."""
LONGEST: Final = timedelta(minutes=30)
"""How long one may take: a mail server may think for ten minutes about the last byte (RFC 5321, 4.5.3.2.6)."""
READING: Final = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
"""When it is tried again where a worker died; where it failed, the failure says when."""
SENDING: Final = RetryPolicy(
    initial_interval=timedelta(minutes=1),
    backoff_coefficient=4,
    maximum_interval=timedelta(hours=1),
    non_retryable_error_types=["Refused", "Uncertain"],
)
ENDS: Final = {State.FAILED: "Refused", State.UNCERTAIN: "Uncertain", State.SENDING: "Uncertain"}
"""States in which no machine tries again, and how they are told."""


class Activities:
    """The steps of one desk's mail."""

    def __init__(self, watch: Watch, outbox: Outbox | None) -> None:
        self._watch, self._outbox = watch, outbox

    @activity.defn
    async def arrived(self, mailbox: str) -> list[Arrival]:
        """What came and was not taken in yet, oldest first; waits for it a while, then it is nothing."""
        async with self._reading(mailbox):
            looking = asyncio.create_task(self._look())
            stopping = asyncio.create_task(activity.wait_for_worker_shutdown())
            try:
                await asyncio.wait([looking, stopping], timeout=WAITS_S, return_when=asyncio.FIRST_COMPLETED)
                return looking.result() if looking.done() else []
            finally:
                looking.cancel()
                stopping.cancel()
                await asyncio.gather(looking, stopping, return_exceptions=True)

    async def _look(self) -> list[Arrival]:
        bell = self._watch.mailbox.bell()
        try:
            while True:
                if not await self._watch.lease():
                    await asyncio.sleep(RENEW_S)
                    continue
                found = await self._watch.arrivals()
                await self._watch.well()
                if found:
                    return found
                await anext(bell)
        finally:
            await bell.aclose()  # type: ignore[attr-defined]

    @activity.defn
    async def take(self, mailbox: str, arrival: Arrival) -> None:
        """Takes one mail in; once more is nothing."""
        async with self._reading(mailbox):
            await self._watch.take(arrival)

    @asynccontextmanager
    async def _reading(self, mailbox: str) -> AsyncIterator[None]:
        """Keeps the lease meanwhile; a failure is told to the desk, which says when to try again."""
        if mailbox != self._watch.mailbox.name:
            raise _told(f"The desk reads {self._watch.mailbox.name} now.", "Elsewhere")
        try:
            async with _alive(self._watch.lease):
                yield
        except Exception as error:
            pause = timedelta(seconds=await self._watch.failed(error))
            raise _told(str(error), type(error).__name__, pause) from error

    @activity.defn
    async def send(self, id: UUID) -> str:
        """One attempt at a queued mail. What is tried again is what its row says, and then when its row says."""
        assert self._outbox is not None
        async with _alive():
            mail = await self._outbox.attempt(id)
        if mail is None:
            return "ERASED"
        told = f"{mail.state}: {mail.steps[-1][2]}"
        if mail.state in ENDS:
            raise _told(told, ENDS[mail.state])
        if mail.state is State.QUEUED and not self._outbox.closed:
            wait = timedelta(milliseconds=max(0, mail.due_ms - await self._outbox.now_ms()))
            raise _told(told, "Later", wait)
        return told


def _told(words: str, kind: str, again: timedelta | None = None) -> ApplicationError:
    """What Temporal is told of a failure that the desk has logged, or its rows; never to be tried again without
    `again`."""
    benign = ApplicationErrorCategory.BENIGN
    return ApplicationError(words, type=kind, non_retryable=again is None, next_retry_delay=again, category=benign)


@asynccontextmanager
async def _alive(also: Callable[[], Awaitable[object]] | None = None) -> AsyncIterator[None]:
    """Says meanwhile that this process lives."""

    async def says() -> None:
        while True:
            activity.heartbeat()
            if also is not None:
                with suppress(Exception):
                    await also()
            await asyncio.sleep(RENEW_S)

    saying = asyncio.create_task(says())
    try:
        yield
    finally:
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
