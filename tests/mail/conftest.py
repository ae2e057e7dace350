"""Mail's tests run on both databases, each in a fresh one, with the fixtures' addresses and secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from uuid_utils.compat import uuid7

from desk.mail import nylas, watch
from desk.mail.bounds import MailBounds
from desk.mail.door import house_of, writer_of
from desk.mail.mailbox import Mailbox
from desk.mail.nylas import Grant, NylasMailbox
from desk.mail.reader import Reader
from desk.mail.watch import Intake, Watch
from desk.settings import Settings
from models import database
from models.attachment import Files
from models.work import System, World
from tests.support.desk import Clock
from tests.support.imap import Pymap
from tests.support.mail import WORLD, with_mail
from tests.support.nylas import Nylas, standing_in


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
    """Makes what reads a mailbox, by the test's clock; what it acknowledges waits in the outbox."""
    reader, bounds = Reader(authserv_id=WORLD["trusted_authserv_id"]), MailBounds()
    house = house_of(opened)
    caller = System(World(now_ms=clock, new_id=uuid7, writer=writer_of(opened, house.tokens)), "mailbox")
    intake = Intake(caller, house, reader, Files(opened.data), bounds.mail_bytes)
    yield lambda mailbox: Watch(mailbox, intake)
    await reader.close()


@pytest.fixture
async def service() -> AsyncIterator[Nylas]:
    """What stands in for Nylas."""
    async with standing_in() as service:
        yield service


@pytest.fixture
async def inbox(service: Nylas, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NylasMailbox]:
    """The mailbox behind it. Nothing waits for a poll: what no webhook brings does not come. Failures are met again
    at once."""
    monkeypatch.setattr(nylas, "POLL_S", 3_600)
    monkeypatch.setattr(watch, "FIRST_S", 0.05)
    monkeypatch.setattr(watch, "RENEW_S", 0.05)
    mailbox = NylasMailbox(Grant.of(service.url))
    yield mailbox
    await mailbox.close()
