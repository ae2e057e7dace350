"""Machines that answer each other stop by themselves: no loop gets beyond a few mails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from desk.settings import Settings
from models.mail import SeenMail, Verdict
from models.outgoing import OutgoingMail, State
from tests.mail.outgoing import read, settled
from tests.support.desk import running
from tests.support.mail import listening, plain, seen, send, true, with_mail
from tests.support.processes import Server as OtherDesk
from tests.support.processes import command
from tests.support.smtp import Server, recording

AWAY = "away@customer.example"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with recording() as server:
        yield server


async def test_two_desks_do_not_acknowledge_each_others_acknowledgements(settings: Settings, tmp_path: Path) -> None:
    here, there = with_mail(settings), with_mail(Settings(data=tmp_path / "there"))
    there = replace(there, mail_addresses="desk@other.example", mail_secrets="another")
    ports = [(each.mailbox_url or "").rpartition(":")[2] for each in (here, there)]
    here, there = (
        replace(each, post_url=f"smtp://127.0.0.1:{port}")
        for each, port in zip((here, there), reversed(ports), strict=True)
    )
    other = OtherDesk(there, tmp_path / "log")
    try:
        await other.start()
        async with running(here):
            await listening(here)
            await listening(there)
            await asyncio.to_thread(send, here, plain("Broken", sender="desk@other.example"))
            await settled(state=State.SENT)

            async def heard() -> bool:
                code, said = await command(there, "mail", "why", "1")
                return code == 0 and "IGNORED" in said

            await true(heard)
            assert await OutgoingMail.all().count() == await SeenMail.all().count() == 1
    finally:
        other.kill()


@pytest.mark.parametrize("quotes", [True, False])
async def test_who_answers_every_mail_without_saying_that_it_is_a_machine_is_acknowledged_once(
    settings: Settings, server: Server, *, quotes: bool
) -> None:
    settings = replace(with_mail(settings), post_url=server.url)
    async with running(settings):
        await listening(settings)
        await asyncio.to_thread(send, settings, plain("Broken", sender=AWAY))
        (mail,) = await settled(state=State.SENT)
        answers = read(server.taken[0].content)
        head = {"In_Reply_To": str(answers["Message-ID"])} if quotes else {}
        for number in range(4):
            await asyncio.to_thread(send, settings, plain(f"I am away {number}", sender=AWAY, **head))
        rows = await seen(5)
        assert [row.verdict for row in rows[1:]] == [Verdict.JOINS if quotes else Verdict.NEW] * 4
        assert [each.id for each in await OutgoingMail.all()] == [mail.id]
        assert len(server.taken) == 1


async def test_a_mail_of_ours_that_comes_back_by_an_alias_is_ignored(settings: Settings, server: Server) -> None:
    settings = replace(with_mail(settings), post_url=server.url)
    async with running(settings):
        await listening(settings)
        await asyncio.to_thread(send, settings, plain("Broken"))
        await settled(state=State.SENT)
        taken = server.taken[0]
        await asyncio.to_thread(send, settings, taken.content, taken.sender, "support@desk.example")
        assert [row.verdict for row in await seen(2)] == [Verdict.NEW, Verdict.IGNORED]
        assert len(server.taken) == 1
