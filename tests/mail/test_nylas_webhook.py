"""Nylas tells that there is mail: a bell, whatever it repeats, mixes up or leaves out, and nothing but a bell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from desk.mail import nylas, nylas_webhook
from desk.mail.mailbox import Refused
from desk.mail.nylas import NylasMailbox
from desk.mail.nylas_webhook import webhook_routes
from desk.mail.watch import Watch
from models.mail import MailPosition, SeenMail
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.mail.test_set import everything
from tests.support.desk import GUARD_S
from tests.support.mail import plain, seen, true
from tests.support.nylas import Nylas
from tests.support.ports import free_port
from tests.support.serving import served


@pytest.fixture
async def webhooks(service: Nylas, inbox: NylasMailbox) -> AsyncIterator[str]:
    """Where the service tells of its mail."""
    async with served(Starlette(routes=list(webhook_routes(inbox, service.secret))), free_port()) as url:
        yield f"{url}/nylas"


@asynccontextmanager
async def read(watching: Watch) -> AsyncIterator[None]:
    """Reads a mailbox until the end of the block, which begins when it waits for the bell."""
    running = asyncio.create_task(watching.run())
    await true(lambda: MailPosition.filter(after__isnull=False, trouble=None).exists())
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_by_webhook_and_poll_at_once_each_mail_is_one_ticket(
    watches: Watches, service: Nylas, inbox: NylasMailbox, webhooks: str
) -> None:
    second = NylasMailbox(inbox.grant)
    async with read(watches(inbox)):
        service.deliver(*(plain(f"Mail {number}") for number in range(20)))
        await asyncio.gather(service.notify(webhooks), everything(watches(second)), service.notify(webhooks))
        await seen(20)
    await second.close()
    assert {ticket.subject for ticket in await Ticket.all()} == {f"Mail {number}" for number in range(20)}
    assert await Ticket.all().count() == await SeenMail.all().count() == 20


async def test_an_expired_grant_is_told_at_once_and_read_on_when_it_is_renewed(
    watches: Watches, service: Nylas, inbox: NylasMailbox, webhooks: str
) -> None:
    async with read(watches(inbox)):
        service.valid = False
        service.deliver(plain("Waits"))
        assert await service.post(webhooks, service.told("grant.expired")) == 200
        await true(lambda: MailPosition.filter(trouble__contains="401 unauthorized").exists())
        assert "nyk" not in str((await MailPosition.get()).trouble)
        service.valid = True
        assert [row.subject for row in await seen(1)] == ["Waits"]
        await true(lambda: MailPosition.filter(trouble=None).exists())


async def test_only_what_is_signed_and_of_this_mailbox_rings(
    service: Nylas, inbox: NylasMailbox, webhooks: str
) -> None:
    (mail,) = service.deliver(plain("Told"))
    told = service.told("message.created", mail)
    bell = inbox.bell()
    ringing = asyncio.ensure_future(anext(bell))
    assert await service.post(webhooks, told, secret="another") == 401
    assert await service.post(webhooks, b"{", secret="another") == 401
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.post(webhooks, content=told)).status_code == 401
        assert (await stranger.post(webhooks, content=told, headers={b"x-nylas-signature": b"\xe9"})).status_code == 401
    assert await service.post(webhooks, b"{") == 400
    assert await service.post(webhooks, b"[]") == 400
    assert await service.post(webhooks, b"x" * (nylas_webhook.BODY_BYTES + 1)) == 413
    assert await service.post(webhooks, service.told("message.created", grant_id="another")) == 200
    assert await service.post(webhooks, service.told("grant.expired", grant_id="another")) == 200
    await inbox.end()  # that the grant of another expired is nothing to this one
    for kind, packed in (("message.created", False), ("message.updated", True), ("message.created.transformed", False)):
        assert await service.post(webhooks, service.told("message.opened")) == 200
        assert not ringing.done()
        assert await service.post(webhooks, service.told(kind), packed=packed) == 200
        async with asyncio.timeout(GUARD_S):
            await ringing
        ringing = asyncio.ensure_future(anext(bell))
    assert await service.post(webhooks, service.told("grant.expired")) == 200
    async with asyncio.timeout(GUARD_S):
        await ringing
    with pytest.raises(Refused):
        await inbox.end()


async def test_a_mail_of_which_only_half_is_told_comes_in_whole(
    watches: Watches, service: Nylas, inbox: NylasMailbox, webhooks: str
) -> None:
    async with read(watches(inbox)):
        (mail,) = service.deliver(plain("Large", text="A line.\r\n" * 150_000))
        told = service.told("message.created", mail)
        assert b"message.created.truncated" in told
        assert await service.post(webhooks, told) == 200
        (row,) = await seen(1)
        assert row.size == len(mail.raw)


async def test_nylas_is_told_that_the_address_is_ours(webhooks: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(webhooks, params={"challenge": "<b>bc609b38-c81f-47fb-a275-1d9bd61a968b"})
        assert (answer.status_code, answer.text) == (200, "<b>bc609b38-c81f-47fb-a275-1d9bd61a968b")
        assert answer.headers["content-type"].startswith("text/plain")


async def test_without_webhooks_it_is_polled(inbox: NylasMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nylas, "POLL_S", 0.01)
    bell = inbox.bell()
    async with asyncio.timeout(GUARD_S):
        await anext(bell)
        await anext(bell)
