"""Which ticket a mail joins, who may add to it, and what it does to a ticket that is over."""

from __future__ import annotations

import pytest

from desk.mail.door import house_of
from desk.settings import Settings
from models.attachment import Files
from models.mail import Participant, ReceivedMail, SeenMail, Verdict
from models.message import Message
from models.ticket import Status, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers import erasure
from resolvers.guard import any_with_id
from tests.mail.conftest import Watches
from tests.support.history import verdict
from tests.support.mail import Heap, plain, seen, somebody, the_world

ANN, BOB, EVE = "ann@customer.example", "bob@customer.example", "eve@elsewhere.example"


@unit_of_work
async def settle(work: Work, caller: Caller, ticket: Ticket, how: str) -> None:
    """Closes, approves or rejects a ticket."""
    held = await work.ticket(any_with_id(ticket.id))
    if how == "close":
        held.close(work)
    elif how == "approve":
        held.approve(work)
    else:
        held.reject(work, "Not ours.")


async def came(watches: Watches, *mails: bytes) -> list[SeenMail]:
    await watches(Heap(mails)).look()
    return await seen(len(mails))


def to_ticket(settings: Settings, *, sender: str = ANN, **headers: str) -> bytes:
    """A mail that holds the ticket's signed address."""
    return plain("Re: Door badge", sender=sender, To=house_of(settings).tokens.reply_address(1042), **headers)


@pytest.mark.parametrize(
    ("how", "after"), [("close", Status.OPEN), ("approve", Status.APPROVED), ("reject", Status.REJECTED)]
)
async def test_an_answer_opens_what_was_closed_and_turns_no_decision(
    opened: Settings, watches: Watches, how: str, after: Status
) -> None:
    ticket = await the_world()
    await settle(somebody(), ticket, how)
    await came(watches, to_ticket(opened))
    found = await Ticket.get(id=ticket.id)
    assert (found.status, found.awaiting_reply) == (after, True)
    assert (await verdict()).problems == []


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated"}])
async def test_a_machine_opens_nothing_and_asks_for_no_reply(
    opened: Settings, watches: Watches, headers: dict[str, str]
) -> None:
    ticket = await the_world()
    await settle(somebody(), ticket, "close")
    (row,) = await came(watches, to_ticket(opened, **headers))
    found = await Ticket.get(id=ticket.id)
    assert (row.verdict, found.status, found.awaiting_reply) == (Verdict.JOINS, Status.CLOSED, False)


async def test_who_holds_the_address_only_adds_and_opens_nothing(opened: Settings, watches: Watches) -> None:
    ticket = await the_world()
    await settle(somebody(), ticket, "close")
    await came(watches, to_ticket(opened, sender=EVE), to_ticket(opened, sender=EVE))
    found = await Ticket.get(id=ticket.id)
    assert (found.status, found.message_count) == (Status.CLOSED, 2)
    eve = await Participant.get(ticket_id=ticket.id, address=EVE)
    assert (eve.confirmed, eve.requester) == (False, False)
    assert {mail.unconfirmed for mail in await ReceivedMail.filter(sender=EVE)} == {True}


async def test_a_number_in_the_subject_serves_those_who_take_part_unless_their_sender_is_doubted(
    watches: Watches,
) -> None:
    await the_world()
    forged = "mx.desk.example; dmarc=fail header.from=customer.example"
    rows = await came(
        watches,
        plain("[#1042] one", sender=BOB),
        plain("[#1042] two", sender=EVE),
        plain("[#1042] three", sender=BOB, Authentication_Results=forged),
        plain("[#99] four", sender=BOB),
    )
    assert [row.verdict for row in rows] == [Verdict.JOINS, Verdict.NEW, Verdict.NEW, Verdict.NEW]


async def test_an_answer_to_a_mail_that_came_in_joins_its_ticket_for_those_who_take_part(watches: Watches) -> None:
    first = plain("Printer", sender=ANN, Cc=BOB)
    id = next(line for line in first.decode().splitlines() if line.startswith("Message-ID")).partition(": ")[2]
    rows = await came(
        watches,
        first,
        plain("Re: Printer", sender=BOB, In_Reply_To=id),
        plain("Re: Printer", sender=EVE, References=id),
    )
    assert [row.verdict for row in rows] == [Verdict.NEW, Verdict.JOINS, Verdict.NEW]
    assert rows[0].ticket_id == rows[1].ticket_id != rows[2].ticket_id


async def test_the_newest_of_several_signed_ids_decides(opened: Settings, watches: Watches) -> None:
    tokens = house_of(opened).tokens
    old = await the_world()
    (row,) = await came(watches, plain("Another", sender=ANN))
    new = await Ticket.get(id=row.ticket_id)
    references = f"{tokens.message_id('1', old.number)} {tokens.message_id('2', new.number)}"
    await watches(Heap([b"", plain("Re: both", sender=ANN, References=references)], name="second", gone={1})).look()
    assert (await seen(2, "second"))[-1].ticket_id == new.id


async def test_a_requester_keeps_one_user_id_over_all_their_mail(watches: Watches) -> None:
    rows = await came(watches, plain("One", sender=ANN), plain("Two", sender="Ann@Customer.Example"))
    users = {(await Ticket.get(id=row.ticket_id)).user_id for row in rows}
    assert users == {ANN}


async def test_mail_for_a_person_who_was_erased_begins_anew(opened: Settings, watches: Watches) -> None:
    ticket = await the_world()
    await watches(Heap([to_ticket(opened)])).look()
    await erasure.erase(somebody(), ANN, None, Files(opened.data))
    assert not await ReceivedMail.exists()
    assert not await Participant.exists()
    await watches(Heap([to_ticket(opened, Subject="Again")], name="second")).look()
    (row,) = await seen(1, "second")
    assert (row.verdict, row.ticket_id == ticket.id) == (Verdict.NEW, False)
    assert (await verdict()).problems == []


async def test_text_from_mail_is_never_an_answer_of_the_staff(opened: Settings, watches: Watches) -> None:
    """Whoever writes as an agent is not one: From can be forged."""
    await the_world()
    await came(watches, to_ticket(opened, sender="desk-agent@desk.example"))
    assert [message.kind for message in await Message.all()] == ["INCOMING"]
