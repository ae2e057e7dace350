"""A mail that cannot be taken in is a dead letter, seen and tried again; the next one is a ticket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desk.mail import ingest, route, watch
from desk.mail.mail import Mail
from desk.mail.mailbox import Unreachable
from desk.mail.watch import MOST_FAILURES
from desk.settings import Settings
from models.errors import Unavailable
from models.mail import MailPosition, Verdict
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.support.desk import running
from tests.support.mail import Heap, fixture, listening, plain, seen, send, true, until, with_mail
from tests.support.processes import health

DEAD = "{ deadLetters(first: 10) { edges { node { id mailbox key reason size retrying rawUrl at } } } }"
POISON = plain("Poison")


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Mails with this subject fail within their transaction, after something was written; counts the tries."""
    tries: list[str] = []
    becomes = route.ticket_of

    async def fails(mail: Mail, *rest: Any) -> Any:
        if mail.subject == "Poison":
            tries.append(mail.subject)
            raise RuntimeError("it burns")
        return await becomes(mail, *rest)

    monkeypatch.setattr(route, "ticket_of", fails)
    return tries


async def test_poison_is_a_dead_letter_after_three_tries_and_the_next_is_a_ticket(
    watches: Watches, poisoned: list[str]
) -> None:
    await watches(Heap([POISON, fixture("01-new-plain.eml")])).look()
    assert len(poisoned) == MOST_FAILURES
    dead, new = await seen(2)
    assert (dead.verdict, dead.fingerprint, new.verdict) == (Verdict.DEAD, None, Verdict.NEW)
    assert "it burns" in (dead.reason or "")
    assert await Ticket.all().count() == 1
    position = await MailPosition.get(mailbox="heap")
    assert (position.after, position.failing, position.failures) == ("2", None, 0)


async def test_the_tries_are_counted_over_restarts(watches: Watches, poisoned: list[str]) -> None:
    """Whoever is killed by a mail is not killed by it for ever."""
    watch = watches(Heap([POISON, fixture("01-new-plain.eml")]))
    (arrival, _) = await watch.mailbox.arrivals(await watch._position(), 10)
    for _ in range(MOST_FAILURES - 1):
        raw = await watch._intake.keep(POISON)
        assert not await ingest.failed(watch._intake.caller, "heap", arrival, raw.sha256, "killed", MOST_FAILURES)
    await watches(Heap([POISON, fixture("01-new-plain.eml")])).look()
    assert len(poisoned) == 1
    assert [row.verdict for row in await seen(2)] == [Verdict.DEAD, Verdict.NEW]


async def test_the_trouble_of_a_desk_that_is_gone_is_over_when_the_next_one_reads(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_mail(settings)
    with monkeypatch.context() as broken:
        broken.setattr(watch.Watch, "look", raises(Unreachable("no route")))
        async with running(settings):
            await true(lambda: MailPosition.filter(trouble="no route").exists())
    async with running(settings):
        await true(lambda: MailPosition.filter(trouble=None).exists())


def raises(error: Exception) -> Any:
    async def fails(*_: Any) -> Any:
        raise error

    return fails


async def test_while_the_database_is_away_no_mail_is_given_up_and_it_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or a lock that stays: it is the mailbox's trouble, and no mail's."""
    monkeypatch.setattr(watch, "FIRST_S", 0.05)
    enter, away = ingest.enter, asyncio.Event()

    async def fails(*arguments: Any) -> Any:
        if not away.is_set():
            raise Unavailable
        return await enter(*arguments)

    monkeypatch.setattr(ingest, "enter", fails)
    settings = with_mail(settings)
    async with running(settings) as desk:
        await listening(settings)
        await asyncio.to_thread(send, settings, fixture("01-new-plain.eml"))
        await true(lambda: MailPosition.filter(trouble__isnull=False).exists())
        assert (await health(desk))["mailbox"] == "down"
        away.set()
        assert [row.verdict for row in await seen(1)] == [Verdict.NEW]
        await true(lambda: MailPosition.filter(trouble=None).exists())
        assert (await health(desk))["mailbox"] == "up"


async def test_an_agent_sees_why_and_has_it_tried_again(
    settings: Settings, poisoned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        await listening(settings)
        await asyncio.to_thread(send, settings, POISON)
        await seen(1)
        ann = await desk.agent()
        (letter,) = [edge.node for edge in (await ann.asks(DEAD)).deadLetters.edges]
        assert (letter.mailbox, letter.retrying, "it burns" in letter.reason) == ("local", False, True)
        raw = await desk.http.get(letter.rawUrl, headers=ann.headers)
        assert raw.content.endswith(POISON)
        await again(ann, letter.id)
        await until(lambda row: not row.retry)
        assert [each.verdict for each in await seen(1)] == [Verdict.DEAD]  # it burns still
        monkeypatch.undo()
        await again(ann, letter.id)
        await until(lambda row: row.verdict is Verdict.NEW)
        assert (await ann.asks(DEAD)).deadLetters.edges == []
        assert [ticket.subject for ticket in await Ticket.all()] == ["Poison"]
        assert (await ann.does("retryDeadLetter", id=letter.id))["__typename"] == "NotFound"


async def again(person: Any, id: str) -> None:
    assert (await person.does("retryDeadLetter", id=id))["__typename"] == "DeadLetter"
