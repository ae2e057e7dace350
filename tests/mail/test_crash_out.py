"""kill -9 between every two steps of sending a mail: nobody gets two, and what nobody knows is uncertain."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from desk.mail.door import house_of, writer_of
from desk.settings import Settings
from models import database, outbox
from models.outgoing import OutgoingMail, State
from models.ticket import Source, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, System, Work
from tests.support.crashing_mail import SURVIVED, crash_sending, sent
from tests.support.desk import GUARD_S
from tests.support.history import verdict
from tests.support.mail import somebody, with_mail
from tests.support.smtp import Server, recording

MOST = 100
"""Far more points than there are."""
children = multiprocessing.get_context("forkserver")
children.set_forkserver_preload(["tests.support.crashing_mail"])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with recording() as server:
        yield server


async def test_nobody_gets_a_mail_twice_wherever_its_sender_is_killed(settings: Settings, server: Server) -> None:
    settings = replace(with_mail(settings), post_url=server.url)
    kills, done = 0, False
    while not done:
        kills += 1
        assert kills < MOST
        await _prepare(settings, f"ann{kills}@customer.example")
        child = children.Process(target=crash_sending, args=(settings, kills))
        child.start()
        await asyncio.to_thread(child.join, GUARD_S)
        done = child.exitcode == SURVIVED
        assert done or child.exitcode == -signal.SIGKILL
    await _prepare(settings)
    await sent(settings)
    assert kills > 20
    async with database.connected(settings.database):
        taken = Counter(mail.recipient for mail in server.taken)
        assert max(taken.values()) == 1
        mails = {mail.recipient: mail.state for mail in await OutgoingMail.all()}
        assert len(mails) == kills
        assert set(mails.values()) == {State.SENT, State.UNCERTAIN}
        assert all(taken[recipient] for recipient, state in mails.items() if state is State.SENT)
        doubted = [taken[recipient] for recipient, state in mails.items() if state is State.UNCERTAIN]
        assert {0, 1} == set(doubted)
        assert (await verdict()).problems == []


async def _prepare(settings: Settings, to: str | None = None) -> None:
    """Ends the lease of an attempt that was killed, and has another mail sent."""
    async with database.connected(settings.database):
        await _ended(somebody())
        caller, writer = somebody(), writer_of(settings, house_of(settings).tokens)
        if to is not None:
            await _acknowledged(System(replace(caller.world, writer=writer), caller.actor), to)


@unit_of_work
async def _ended(work: Work, caller: Caller) -> None:
    await OutgoingMail.filter(state=State.SENDING).update(until_ms=0)


@unit_of_work
async def _acknowledged(work: Work, caller: Caller, to: str) -> None:
    await work.hold_time()
    ticket = Ticket.open(work, user_id=to, subject="Card lost", source=Source.MAIL)
    await outbox.acknowledge(work, ticket, to, [])
