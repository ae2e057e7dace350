"""Loops, floods and machines: what is counted is in the database, and it stops them."""

from __future__ import annotations

from desk.mail.door import house_of
from desk.mail.rates import ACKNOWLEDGED_A_DAY, ACKNOWLEDGED_A_MINUTE, AUTOMATIC_A_DAY, FLOOD, TICKETS_AN_HOUR
from desk.settings import Settings
from models.bounds import DAY_MS
from models.mail import SeenMail, Verdict
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.mail.test_set import everything
from tests.support.history import verdict
from tests.support.mail import PAUSE_MS, Heap, Paced, passes, plain, seen, the_world


def acknowledged(rows: list[SeenMail]) -> list[bool]:
    return [row.acknowledge_to is not None for row in rows]


async def test_an_address_is_told_once_in_ten_minutes_and_five_times_a_day(watches: Watches) -> None:
    await everything(watches(Heap([plain(str(number)) for number in range(3)])))
    assert acknowledged(await seen(3)) == [True, False, False]
    await passes(PAUSE_MS)
    await everything(watches(Paced([plain(str(number)) for number in range(6)], name="slow")))
    assert acknowledged(await seen(6, "slow")) == [True] * (ACKNOWLEDGED_A_DAY - 1) + [False] * 2
    await passes(DAY_MS)
    await everything(watches(Heap([plain("Tomorrow")], name="tomorrow")))
    assert acknowledged(await seen(1, "tomorrow")) == [True]


async def test_capitals_make_no_other_address(watches: Watches) -> None:
    await everything(watches(Heap([plain("1"), plain("2", sender="Ann@Customer.example")])))
    assert acknowledged(await seen(2)) == [True, False]


async def test_the_desk_tells_so_many_in_a_minute_and_takes_all_in(watches: Watches) -> None:
    count = ACKNOWLEDGED_A_MINUTE + 2
    mails = [plain("Hello", sender=f"somebody{number}@elsewhere.example") for number in range(count)]
    await everything(watches(Heap(mails)))
    rows = await seen(count)
    assert {row.verdict for row in rows} == {Verdict.NEW}
    assert acknowledged(rows) == [True] * ACKNOWLEDGED_A_MINUTE + [False] * 2


async def test_a_flood_goes_into_one_ticket(watches: Watches) -> None:
    mails = [plain(f"Alarm {number}") for number in range(TICKETS_AN_HOUR + 5)]
    await everything(watches(Heap(mails)))
    rows = await seen(len(mails))
    assert [row.verdict for row in rows] == [Verdict.NEW] * (TICKETS_AN_HOUR + 1) + [Verdict.JOINS] * 4
    (flood,) = [ticket for ticket in await Ticket.all() if FLOOD in ticket.tags]
    assert (flood.subject, flood.message_count) == (f"Alarm {TICKETS_AN_HOUR}", 4)
    assert (await verdict()).problems == []


async def test_machines_write_so_many_messages_into_a_ticket(opened: Settings, watches: Watches) -> None:
    ticket = await the_world()
    to = house_of(opened).tokens.reply_address(ticket.number)
    mails = [plain(f"Away {number}", To=to, Auto_Submitted="auto-replied") for number in range(AUTOMATIC_A_DAY + 2)]
    await everything(watches(Heap([*mails, plain("Back", To=to)])))
    verdicts = [row.verdict for row in await seen(len(mails) + 1)]
    assert verdicts == [Verdict.JOINS] * AUTOMATIC_A_DAY + [Verdict.IGNORED] * 2 + [Verdict.JOINS]


async def test_two_desks_that_tell_each_other_stop_within_three_mails(watches: Watches) -> None:
    """The other desk marks nothing as automatic, and answers whatever it is told."""
    told = 0
    for number in range(20):
        name = f"loop {number}"
        await everything(
            watches(Heap([plain(f"We have your request {number}", sender="desk@other.example")], name=name))
        )
        (row,) = await seen(1, name)
        if row.acknowledge_to is None:
            break
        told += 1
    assert told <= 3
