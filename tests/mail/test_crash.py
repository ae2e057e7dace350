"""kill -9 between every two statements of taking a mail in: it is in once, with its files, and answered once."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal

import pytest

from desk.settings import Settings
from models import database
from models.attachment import Attachment, Files
from models.event import Event
from models.mail import Participant, ReceivedMail, SeenMail, Verdict
from models.message import Message
from models.ticket import Ticket
from tests.support.crashing_mail import SURVIVED, crash, taken_in
from tests.support.desk import GUARD_S
from tests.support.history import verdict
from tests.support.mail import Heap, fixture, the_world, with_mail

MOST = 200
EXAMPLES = ["01-new-plain.eml", "06-reply-by-signed-address.eml", "22-inline-image-and-files.eml"]

children = multiprocessing.get_context("forkserver")
children.set_forkserver_preload(["tests.support.crashing_mail"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_mail_comes_in_once_wherever_its_reader_is_killed(settings: Settings, name: str) -> None:
    settings = with_mail(settings)
    asyncio.run(_prepared(settings))
    kills, done = 0, False
    while not done:
        kills += 1
        assert kills < MOST
        mails = [_another(name, number) for number in range(1, kills + 1)]
        child = children.Process(target=crash, args=(settings, Heap(mails), kills))
        child.start()
        child.join(GUARD_S)
        done = child.exitcode == SURVIVED
        assert done or child.exitcode == -signal.SIGKILL
        asyncio.run(taken_in(settings, Heap(mails)))
    assert kills > 10
    asyncio.run(_once(settings, name, kills))


async def _prepared(settings: Settings) -> None:
    async with database.connected(settings.database):
        await the_world()


def _another(name: str, number: int) -> bytes:
    """The example under another Message-ID, from somebody else each time: the rates do not interfere."""
    head, blank, body = fixture(name).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"message-id:", b"return-path:"))]
    lines.append(b"Message-ID: <%d@crash.example>" % number)
    text = b"\r\n".join(lines) + blank + body
    return text.replace(b"ines@customer.example", b"ines%d@customer.example" % number).replace(
        b"ann@customer.example",
        b"ann%d@customer.example" % number if name.startswith("01") else b"ann@customer.example",
    )


async def _once(settings: Settings, name: str, mails: int) -> None:
    async with database.connected(settings.database):
        rows = await SeenMail.exclude(mailbox="before")
        joins = name.startswith("06")
        assert {row.verdict for row in rows} == {Verdict.JOINS if joins else Verdict.NEW}
        assert len(rows) == mails == await ReceivedMail.all().count()
        assert await Ticket.all().count() == (1 if joins else 1 + mails)
        assert await Message.all().count() == (mails if joins else 0)
        assert await Event.all().count() == 1 + mails
        assert sum(row.acknowledge_to is not None for row in rows) == (0 if joins else mails)
        files = await Attachment.all()
        assert len(files) == (3 * mails if name.startswith("22") else 0)
        assert all(Files(settings.data).read(file.sha256) is not None for file in files)
        assert joins or await Participant.filter(requester=True).count() == 1 + mails
        assert (await verdict()).problems == []
