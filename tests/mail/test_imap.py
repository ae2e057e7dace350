"""Mail comes in over IMAP: from a real server, and from one that does everything wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from desk.mail import imap, watch
from desk.mail.bounds import MailBounds
from desk.mail.door import mailbox_of
from desk.mail.imap import ImapMailbox
from desk.mail.mailbox import Arrival, Refused, Unreachable
from desk.settings import Settings
from models.mail import MailPosition, Verdict
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.mail.test_set import everything, sound
from tests.support.desk import GUARD_S, running
from tests.support.imap import Pymap, scripted
from tests.support.mail import (
    NAMES,
    PAUSE_MS,
    begun,
    expected,
    fixture,
    passes,
    plain,
    seen,
    somebody,
    the_world,
    true,
    with_mail,
)
from tests.support.processes import health


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here waits for a poll: what no bell brings does not come. Failures are met again at once."""
    monkeypatch.setattr(imap, "IDLE_S", 3_600)
    monkeypatch.setattr(imap, "READ_S", 2.0)
    monkeypatch.setattr(watch, "FIRST_S", 0.05)
    monkeypatch.setattr(watch, "RENEW_S", 0.05)


class Paced(ImapMailbox):
    """A mailbox in which time passes before each mail."""

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        await passes(PAUSE_MS)
        return await super().raw(arrival, limit_bytes)


def mailbox(settings: Settings, url: str, kind: type[ImapMailbox] = ImapMailbox) -> ImapMailbox:
    made = mailbox_of(replace(settings, mailbox_url=url), somebody(), MailBounds())
    assert isinstance(made, ImapMailbox)
    return kind(made._login, rescan_days=30)


async def test_the_examples_come_in_over_a_real_server_as_their_verdicts_say(
    opened: Settings, watches: Watches, pymap: Pymap
) -> None:
    await the_world()
    inbox = mailbox(opened, pymap.url, Paced)
    reading = watches(inbox)
    await everything(reading)  # the first contact begins at the end
    await asyncio.to_thread(pymap.deliver, [fixture(name) for name in NAMES])
    await everything(reading)
    await sound()
    for row, name in zip(await seen(len(NAMES)), NAMES, strict=True):
        assert (row.acknowledge_to is not None) == expected(name)["acknowledge"], name
    await inbox.close()


async def test_a_mail_is_there_as_soon_as_the_server_tells_it(settings: Settings, pymap: Pymap) -> None:
    settings = with_mail(settings, pymap.url)
    async with running(settings) as desk:
        ann = await desk.agent()
        await begun()
        async with ann.follows(after=await ann.as_of()) as stream:
            await asyncio.to_thread(pymap.deliver, [plain("First")])
            assert (await stream.next()).ticket.subject == "First"
            await asyncio.to_thread(pymap.deliver, [plain("Second")])
            assert (await stream.next()).ticket.subject == "Second"

        async def is_up() -> bool:
            return (await health(desk))["mailbox"] == "up"

        await true(is_up)


async def test_a_mail_that_a_person_read_before_is_a_ticket(opened: Settings, watches: Watches, pymap: Pymap) -> None:
    inbox = mailbox(opened, pymap.url)
    reading = watches(inbox)
    await everything(reading)

    def read_by_a_person() -> None:
        pymap.deliver([plain("Read before")])
        client = pymap.client()
        uid = max(client.search(["ALL"]))
        client.add_flags([uid], [b"\\Seen"])
        client.logout()

    await asyncio.to_thread(read_by_a_person)
    await everything(reading)
    assert [ticket.subject for ticket in await Ticket.all()] == ["Read before"]
    await inbox.close()


async def test_reading_leaves_every_flag_as_it_was(opened: Settings, watches: Watches, pymap: Pymap) -> None:
    inbox = mailbox(opened, pymap.url)
    reading = watches(inbox)
    await everything(reading)
    await asyncio.to_thread(pymap.deliver, [plain("Unread")])
    await everything(reading)
    await inbox.close()

    def flags() -> Any:
        client = pymap.client()
        uid = max(client.search(["ALL"]))
        told = client.get_flags([uid])[uid]
        client.logout()
        return told

    assert b"\\Seen" not in await asyncio.to_thread(flags)


async def test_a_mail_moved_away_between_search_and_fetch_is_stepped_over(opened: Settings, watches: Watches) -> None:
    async with scripted([]) as server:
        inbox = mailbox(opened, server.url)
        reading = watches(inbox)
        await everything(reading)
        server.mails += [plain("Moved away"), plain("Stays")]
        server.gone.add(1)
        await everything(reading)
        assert [row.verdict for row in await seen(2)] == [Verdict.IGNORED, Verdict.NEW]
        assert [ticket.subject for ticket in await Ticket.all()] == ["Stays"]
        await inbox.close()


async def test_a_server_killed_while_it_is_listened_to_and_replaced_is_read_again(
    settings: Settings, pymap: Pymap
) -> None:
    """The new one has another UIDVALIDITY, and holds one mail that came in before."""
    settings, known = with_mail(settings, pymap.url), plain("Known")
    async with running(settings) as desk:
        await begun()
        await asyncio.to_thread(pymap.deliver, [known])
        await seen(1)
        await asyncio.to_thread(pymap.kill)
        await asyncio.to_thread(pymap.start)
        await asyncio.to_thread(pymap.deliver, [known, plain("New")])
        rows = await seen(3)
        assert {row.subject for row in rows} >= {"Known", "New"}
        assert await Ticket.filter(subject="Known").count() == 1
        assert await Ticket.filter(subject="New").count() == 1
        assert desk.settings == settings


# ---------------------------------------------------------------- a server that does everything wrong

MAILS = [plain("First"), plain("Second"), plain("Third")]


@pytest.mark.parametrize("fault", ["cut", "mute", "refuse", "bye"])
async def test_what_a_server_does_wrong_delays_a_mail_and_loses_none(settings: Settings, fault: str) -> None:
    async with scripted([]) as server:
        settings = with_mail(settings, server.url)
        async with running(settings):
            await begun()
            server.faults += [fault, fault]
            server.mails += MAILS
            server.hang_up()
            rows = await seen(3)
            assert server.met[:2] == [fault, fault]
    assert [row.subject for row in rows] == ["First", "Second", "Third"]
    assert {row.verdict for row in rows} == {Verdict.NEW}


async def test_a_password_that_is_refused_is_told_by_the_health_page(settings: Settings) -> None:
    async with scripted([]) as server:
        server.faults += ["refuse"] * 1_000
        settings = with_mail(settings, server.url)
        async with running(settings) as desk:
            await true(lambda: MailPosition.filter(trouble__isnull=False).exists())
            row = await MailPosition.get()
            assert row.trouble is not None
            assert "refused the password" in row.trouble
            assert "pw" not in row.trouble.split()
            assert (await health(desk))["mailbox"] == "down"


async def test_the_last_mail_is_not_read_again_though_the_server_names_it(opened: Settings) -> None:
    """`n:*` with an n above the highest UID gives the highest one."""
    async with scripted(MAILS) as server:
        inbox = mailbox(opened, server.url)
        assert await inbox.arrivals(await inbox.end(), 10) == []
        await inbox.close()


async def test_a_mailbox_that_is_closed_lets_its_thread_go(opened: Settings) -> None:
    async with scripted(MAILS) as server:
        inbox = mailbox(opened, server.url)
        await inbox.end()
        waiting = asyncio.ensure_future(anext(inbox.bell()))
        await true(server.idles)
        await inbox.close()
        async with asyncio.timeout(GUARD_S):
            await waiting
        with pytest.raises(Unreachable):
            await anext(inbox.bell())


async def test_a_wrong_password_is_refused(opened: Settings, pymap: Pymap) -> None:
    inbox = mailbox(opened, pymap.url.replace(":pw@", ":wrong@"))
    with pytest.raises(Refused):
        await inbox.end()
    await inbox.close()
