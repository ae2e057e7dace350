"""The whole set of examples, twice, in any order, by two who watch at once: the same tickets each time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from desk.mail.watch import Watch
from models.bounds import DAY_MS
from models.event import Event
from models.mail import SeenMail, Verdict
from models.message import Message
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.support.history import verdict
from tests.support.mail import EXPECTED, NAMES, Heap, Paced, expected, fixture, in_order, passes, seen, the_world


def became(outcome: str) -> int:
    return sum(each["outcome"] == outcome for each in EXPECTED["files"].values())


async def everything(watch: Watch) -> None:
    while await watch.look():
        pass


async def sound(copies: int = 1) -> None:
    """What there has to be after the set, however it came."""
    rows = await seen(len(NAMES) * copies)
    assert Counter(row.verdict for row in rows) == {
        Verdict.NEW: became("new"),
        Verdict.JOINS: became("joins"),
        Verdict.BOUNCE: became("bounce"),
        Verdict.IGNORED: became("ignored") - 1,
        Verdict.DUPLICATE: 1 + (copies - 1) * len(NAMES),
    }
    assert sum(row.acknowledge_to is not None for row in rows) == sum(
        each["acknowledge"] for each in EXPECTED["files"].values()
    )
    assert await Ticket.all().count() == 1 + became("new")
    assert await Message.all().count() == became("joins")
    assert await Event.filter(kind="CREATED").count() == 1 + became("new")
    assert await Event.filter(kind="MESSAGE_ADDED").count() == became("joins")
    assert (await verdict()).problems == []


def mails(names: Sequence[str]) -> list[bytes]:
    return [fixture(name) for name in names]


async def test_the_set_delivered_twice_comes_in_once(watches: Watches) -> None:
    await the_world()
    await everything(watches(Paced(mails(NAMES))))
    await passes(DAY_MS)
    await everything(watches(Paced([*mails(NAMES), *mails(NAMES)])))
    await sound(2)


@pytest.mark.parametrize("seed", range(3))
async def test_in_any_order_it_is_the_same(watches: Watches, seed: int) -> None:
    await the_world()
    names = list(NAMES)
    random.Random(seed).shuffle(names)
    names = in_order(names)
    await everything(watches(Paced(mails(names))))
    await sound()
    for row, name in zip(await seen(len(names)), names, strict=True):
        assert (row.acknowledge_to is not None) == expected(name)["acknowledge"], name


async def test_two_who_watch_one_mailbox_at_once_do_no_harm(watches: Watches) -> None:
    await the_world()
    both = [watches(Paced(mails(NAMES))) for _ in range(2)]
    await asyncio.gather(*map(everything, both))
    await sound()


async def test_a_mailbox_whose_places_became_void_is_read_again_and_answers_nobody_twice(watches: Watches) -> None:
    await the_world()
    before = Paced(mails(NAMES[:12]))
    await watches(before).look()
    acknowledged = await SeenMail.filter(acknowledge_to__isnull=False).count()
    await everything(watches(Paced(mails(NAMES), epoch="2")))
    await sound_after(12)
    first = await SeenMail.filter(epoch="1", acknowledge_to__isnull=False).count()
    assert first == acknowledged


async def sound_after(known: int) -> None:
    """The same, where so many mails have been seen under other places."""
    rows = await seen(len(NAMES) + known)
    again = [row for row in rows if row.epoch == "2"][:known]
    assert {row.verdict for row in again} == {Verdict.DUPLICATE}
    assert await Ticket.all().count() == 1 + became("new")
    assert await Message.all().count() == became("joins")
    assert (await verdict()).problems == []


async def test_what_was_taken_away_before_the_reading_is_stepped_over(watches: Watches) -> None:
    await the_world()
    heap = Paced(mails(["01-new-plain.eml", "04-no-message-id.eml", "08-subject-tag-stranger.eml"]), gone={2})
    await everything(watches(heap))
    assert [row.verdict for row in await seen(3)] == [Verdict.NEW, Verdict.IGNORED, Verdict.NEW]


async def test_what_was_taken_in_and_then_taken_away_stays_what_it_became(watches: Watches) -> None:
    heap = Heap([fixture("01-new-plain.eml")])
    watch = watches(heap)
    (arrival,) = await watch.arrivals()
    await watch.take(arrival)
    heap.gone = {1}
    await watch.take(arrival)
    assert [row.verdict for row in await seen(1)] == [Verdict.NEW]


async def test_what_is_too_large_is_a_ticket_of_its_header(watches: Watches, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = watches(Paced([fixture("01-new-plain.eml"), fixture("04-no-message-id.eml")]))
    monkeypatch.setattr(watch._intake, "limit_bytes", 300)
    await everything(watch)
    first, second = await Ticket.all().order_by("number")
    assert (first.subject, second.subject) == ("The badge reader is dark", "Scan 17")
    assert "north door" not in first.body
    assert (await verdict()).problems == []
