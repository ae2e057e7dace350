"""Mail's tests run on both databases, each in a fresh one, with the fixtures' addresses and secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from uuid_utils.compat import uuid7

from desk.mail.bounds import MailBounds
from desk.mail.door import house_of
from desk.mail.mailbox import Mailbox
from desk.mail.reader import Reader
from desk.mail.watch import Intake, Watch
from desk.settings import Settings
from models import database
from models.attachment import Files
from models.work import System, World
from tests.support.desk import Clock
from tests.support.imap import Pymap
from tests.support.mail import WORLD, with_mail


@pytest.fixture
async def opened(settings: Settings) -> AsyncIterator[Settings]:
    """An open database in which nothing runs."""
    settings = with_mail(settings)
    async with database.connected(settings.database):
        yield settings


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.stops()
    return clock


@pytest.fixture
def pymap() -> Iterator[Pymap]:
    server = Pymap()
    server.start()
    yield server
    server.kill()


Watches = Callable[[Mailbox], Watch]


@pytest.fixture
async def watches(opened: Settings, clock: Clock) -> AsyncIterator[Watches]:
    """Makes what reads a mailbox, by the test's clock."""
    reader, bounds = Reader(authserv_id=WORLD["trusted_authserv_id"]), MailBounds()
    caller = System(World(now_ms=clock, new_id=uuid7), "mailbox")
    intake = Intake(caller, house_of(opened), reader, Files(opened.data), bounds.mail_bytes)
    yield lambda mailbox: Watch(mailbox, intake)
    await reader.close()
