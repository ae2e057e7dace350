"""A mail that cannot be taken in is a dead letter, seen and tried again; the next one is a ticket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from desk.mail import ingest, route
from desk.mail.mail import Mail
from desk.mail.watch import MOST_FAILURES
from desk.settings import Settings
from models.mail import MailPosition, Verdict
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.support.desk import running
from tests.support.mail import Heap, fixture, listening, plain, seen, send, until, with_mail

DEAD = "{ deadLetters(first: 10) { edges { node { id mailbox key reason size retrying rawUrl at } } } }"
POISON = plain("Poison")


@pytest.fixture
async def poisoned(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Mails with this subject fail within their transaction, after something was written; counts the tries."""
    tries: list[str] = []
    requester_of = route.requester_of

    async def fails(mail: Mail, *rest: Any) -> Any:
        if mail.subject == "Poison":
            tries.append(mail.subject)
            raise RuntimeError("it burns")
        return await becomes(mail, *rest)

    becomes = route.ticket_of
    monkeypatch.setattr(route, "ticket_of", fails)
    yield tries
    assert route.requester_of is requester_of


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
