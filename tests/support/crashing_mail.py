"""A process that takes in mail and kills itself before its n-th statement in a transaction, or behind its n-th commit.

Its parent forks it out of a server without threads, which has all of this imported already.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.transactions import in_transaction
from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from desk.mail.bounds import MailBounds
from desk.mail.door import house_of
from desk.mail.heading import Context
from desk.mail.mail import Mail
from desk.mail.parse import parse
from desk.mail.watch import Intake, Watch
from desk.settings import Settings
from models import database, unit_of_work
from models.attachment import Files
from models.sqlite import Inline
from models.work import System, World
from tests.support.mail import Heap

STATEMENTS = ("execute_query", "execute_query_dict", "execute_insert", "execute_many")
SURVIVED = 0


class Here:
    """Reads mails in this very process: a Reader's own would outlive it."""

    async def read(self, raw: bytes, *, arrived_at_ms: int, size: int | None = None) -> Mail:
        return parse(raw, Context(MailBounds(), arrived_at_ms, size))


async def taken_in(settings: Settings, heap: Heap) -> None:
    """Reads a mailbox to its end."""
    async with database.connected(settings.database):
        caller = System(World(now_ms=wall_clock_ms, new_id=uuid7), "mailbox")
        reader: Any = Here()
        intake = Intake(caller, house_of(settings), reader, Files(settings.data), MailBounds().mail_bytes)
        watch = Watch(heap, intake)
        while await watch.look():
            pass


def crash(settings: Settings, heap: Heap, at: int) -> None:
    """Takes in a mailbox, and ends at the n-th point; where there are no more of them, in good order."""
    left = at

    def point() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counting(*args: Any) -> Any:
            point()
            return await run(*args)

        return counting

    @asynccontextmanager
    async def transaction(name: str) -> AsyncIterator[Any]:
        async with in_transaction(name) as connection:
            yield connection
            point()
        point()

    for kind in (Inline, TransactionWrapper):
        for name in STATEMENTS:
            patch.object(kind, name, counted(getattr(kind, name))).start()
    patch.object(unit_of_work, "in_transaction", transaction).start()
    asyncio.run(taken_in(settings, heap))
    os._exit(SURVIVED)
