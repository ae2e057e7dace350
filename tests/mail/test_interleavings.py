"""Random interleavings of deliver, redeliver, fail, reconnect and void places: a ticket of each mail, and no more."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from desk.mail.mailbox import Arrival, Unreachable
from models.mail import SeenMail, Verdict
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.support.history import verdict
from tests.support.mail import Heap, plain

STEPS = 25


class Unsteady(Heap):
    """A heap whose line breaks now and then."""

    random = Random(0)

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        if self.random.random() < 0.2:
            raise Unreachable("the line broke")
        return await super().raw(arrival, limit_bytes)


def delivered_again(mail: bytes, number: int) -> bytes:
    """The same mail as another server handed it on."""
    return b"Received: from relay%d.example\r\n" % number + mail


@pytest.mark.parametrize("seed", range(4))
async def test_there_are_as_many_tickets_as_different_mails(watches: Watches, seed: int) -> None:
    random = Random(seed)
    mails: list[bytes] = []
    heap = Unsteady([])
    heap.random = random
    for step in range(STEPS):
        match random.choice(["deliver", "redeliver", "void", "look", "look", "two"]):
            case "deliver":
                mails.append(plain(f"Mail {len(mails)}", sender=f"s{len(mails)}@customer.example"))
                heap.mails = [*heap.mails, mails[-1]]
            case "redeliver" if mails:
                heap.mails = [*heap.mails, delivered_again(random.choice(mails), step)]
            case "void":
                kept = list(heap.mails)
                random.shuffle(kept)
                heap.mails, heap.epoch = kept, str(step + 2)
            case "two":
                await asyncio.gather(*(watches(heap).look() for _ in range(2)), return_exceptions=True)
            case _:
                await asyncio.gather(watches(heap).look(), return_exceptions=True)
    steady = Heap(heap.mails, epoch=heap.epoch)
    while await watches(steady).look():
        pass
    assert sorted(ticket.subject for ticket in await Ticket.all()) == sorted(f"Mail {n}" for n in range(len(mails)))
    assert await SeenMail.filter(verdict=Verdict.NEW).count() == len(mails)
    assert await SeenMail.filter(verdict=Verdict.DEAD).count() == 0
    assert (await verdict()).problems == []
