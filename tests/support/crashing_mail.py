"""A process that takes mail in, or sends it, and kills itself before its n-th statement in a transaction, behind its
n-th commit, or around its n-th word to a server.

Its parent forks it out of a server without threads, which has all of this imported already.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from aiosmtplib import SMTP
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.transactions import in_transaction
from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from desk.mail.bounds import MailBounds
from desk.mail.door import house_of, post_of
from desk.mail.heading import Context
from desk.mail.mail import Mail
from desk.mail.outbox import deliver, give_up
from desk.mail.parse import parse
from desk.mail.watch import Intake, Watch
from desk.settings import Settings
from models import database, unit_of_work
from models.attachment import Files
from models.outgoing import OutgoingMail, State
from models.sqlite import Inline
from models.work import System, World
from tests.support.mail import Heap, somebody

WORDS = ("connect", "ehlo", "mail", "rcpt", "data", "quit")
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
    _with_points(at, {Inline: STATEMENTS, TransactionWrapper: STATEMENTS})
    asyncio.run(taken_in(settings, heap))
    os._exit(SURVIVED)


async def sent(settings: Settings) -> None:
    """Tries all mail that is due once, and gives up attempts that are not heard of any more."""
    async with database.connected(settings.database):
        post = post_of(settings)
        assert post is not None
        for mail in await OutgoingMail.filter(state=State.SENDING):
            await give_up(somebody(), mail.id)
        for mail in await OutgoingMail.filter(state=State.QUEUED).order_by("id"):
            await deliver(somebody(), post, mail.id)


def crash_sending(settings: Settings, at: int) -> None:
    """The same of sending, with points before and behind every word to the server, too."""
    _with_points(at, {Inline: STATEMENTS, TransactionWrapper: STATEMENTS, SMTP: WORDS})
    asyncio.run(sent(settings))
    os._exit(SURVIVED)


def _with_points(at: int, calls: Mapping[type, Sequence[str]]) -> None:
    """Has this process kill itself at the n-th point: before each of these calls, and before and behind a commit."""
    left = at

    def point() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counting(*args: Any, **more: Any) -> Any:
            point()
            result = await run(*args, **more)
            if run.__qualname__.startswith("SMTP."):
                point()
            return result

        return counting

    @asynccontextmanager
    async def transaction(name: str) -> AsyncIterator[Any]:
        async with in_transaction(name) as connection:
            yield connection
            point()
        point()

    for kind, names in calls.items():
        for name in names:
            patch.object(kind, name, counted(getattr(kind, name))).start()
    patch.object(unit_of_work, "in_transaction", transaction).start()
