"""`guichet mail`: what a person types, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.settings import Settings
from models.mail import SeenMail
from models.ticket import Ticket
from tests.support.desk import running
from tests.support.imap import Pymap
from tests.support.mail import FIXTURES, plain, seen, with_mail
from tests.support.processes import command


async def test_a_file_that_is_dropped_becomes_a_ticket_of_the_running_desk_and_one_can_ask_why(
    settings: Settings,
) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        ann = await desk.agent()
        async with ann.follows(after=await ann.as_of()) as stream:
            files = [str(FIXTURES / name) for name in ("01-new-plain.eml", "02-duplicate-delivery.eml")]
            assert await command(settings, "mail", "drop", *files) == (0, "2 in the built-in mailbox\n")
            assert (await stream.next()).ticket.subject == "The badge reader is dark"
        first, second = await seen(2)
        code, said = await command(settings, "mail", "why", first.key)
        assert (code, "NEW ticket #1" in said, "from ann@customer.example" in said) == (0, True, True)
        code, said = await command(settings, "mail", "why", second.key)
        assert (code, "DUPLICATE ticket #1" in said, f"under the key {first.key}" in said) == (0, True, True)
        code, said = await command(settings, "mail", "why", first.message_id or "")
        assert said.count("Message-ID") == 2


async def test_a_mail_that_nobody_saw_is_said_to_be_none(settings: Settings) -> None:
    assert await command(with_mail(settings), "mail", "why", "77") == (1, "guichet: no mail 77 was seen\n")


async def test_check_says_what_works(settings: Settings) -> None:
    settings = with_mail(settings)
    code, said = await command(settings, "mail", "check")
    assert (code, "is not running" in said, "has not begun" in said) == (0, True, True)
    async with running(settings):
        await SeenMail.all().first()
        code, said = await command(settings, "mail", "check")
        assert (code, "is not running" in said) == (0, False)


async def test_check_of_a_server_says_whether_it_lets_the_desk_in(settings: Settings) -> None:
    server = Pymap()
    server.start()
    try:
        code, said = await command(with_mail(settings, server.url), "mail", "check")
        assert (code, "lets the desk in" in said, "IDLE" in said) == (0, True, True)
        assert "pw@" not in said
        code, said = await command(with_mail(settings, server.url.replace(":pw@", ":wrong@")), "mail", "check")
        assert (code, "refused the password" in said) == (1, True)
    finally:
        server.kill()
    code, said = await command(with_mail(settings, server.url), "mail", "check")
    assert (code, "does not answer" in said) == (1, True)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("local://0.0.0.0:2525", "on this machine only"),
        ("imap://desk:pw@mail.example.org/INBOX", "by imaps:// only"),
    ],
)
async def test_a_mailbox_that_may_not_be_is_refused(settings: Settings, url: str, why: str) -> None:
    code, said = await command(with_mail(settings, url), "mail", "check")
    assert code != 0
    assert why in said


async def test_older_mail_is_taken_in_once_and_nobody_is_told(settings: Settings, tmp_path: Path) -> None:
    server = Pymap()
    server.start()
    try:
        server.deliver([plain("Older", sender="a@elsewhere.example"), plain("Old", sender="b@elsewhere.example")])
        settings = with_mail(settings, server.url)
        for expected in ("NEW", "NEW"):  # what was seen is told as what it became
            code, said = await command(settings, "mail", "import", "--since", "2026-01-01")
            assert (code, f"{expected}" in said) == (0, True), said
        async with running(settings):
            assert await Ticket.filter(subject__in=["Older", "Old"]).count() == 2
            assert not await SeenMail.filter(acknowledge_to__isnull=False).exists()
    finally:
        server.kill()
