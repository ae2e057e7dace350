"""Making a ticket: what it begins as, whose it is, and that it comes back as it was given."""

from __future__ import annotations

import re
from uuid import UUID

from tests.support.desk import TICKET, Desk

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_a_new_ticket_is_open_and_waits_for_an_answer(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", subject="Card lost")
    assert (ticket.status, ticket.priority, ticket.body, ticket.tags, ticket.extra) == ("OPEN", "NORMAL", "", [], {})
    assert (ticket.version, ticket.revision, ticket.awaitingReply, ticket.source) == (1, 1, True, "API")
    assert (ticket.assignee, ticket.lock, ticket.decision, ticket.userId) == (None, None, None, "u-1")
    assert UUID(ticket.id).version == 7
    assert INSTANT.fullmatch(ticket.createdAt)
    assert ticket.updatedAt == ticket.createdAt


async def test_its_history_begins_with_one_event_that_names_every_field(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    (event,) = await ann.history(ticket)
    assert (event.kind, event.actor, event.ticketId, event.message) == ("CREATED", "ann", ticket.id, None)
    assert event.ticket == ticket
    assert event.at == ticket.createdAt
    assert set(event.changed) == set(ticket) - {"__typename"}


async def test_what_was_made_is_found_by_id_and_by_number(desk: Desk) -> None:
    ann = await desk.agent()
    first, second = await ann.creates(userId="u-1"), await ann.creates(userId="u-2")
    assert second.number > first.number
    assert await ann.reads(second) == second
    by_number = await ann.asks(f"query($n: Int) {{ ticket(number: $n) {{ {TICKET} }} }}", n=first.number)
    assert by_number.ticket == first


async def test_the_requester_is_implied_for_customers_and_required_of_all_others(desk: Desk) -> None:
    carla = await desk.customer("carla", "u-1")
    assert (await carla.creates()).userId == "u-1"
    assert (await carla.creates(userId=None)).userId == "u-1"
    assert (await carla.creates(userId="u-1")).userId == "u-1"
    assert await carla.outcome("createTicket", input={"subject": "x", "userId": "u-2"}) == "FORBIDDEN"
    for person in (await desk.agent(), await desk.admin(), await desk.partner()):
        assert (await person.creates(userId="u-2")).userId == "u-2"
        for given in ({}, {"userId": None}, {"userId": ""}, {"userId": "  "}):
            refused = await person.creates(**given)
            assert (refused["__typename"], refused.field) == ("InvalidInput", "userId")


async def test_a_number_as_requester_reads_as_text(desk: Desk) -> None:
    ann = await desk.agent()
    assert (await ann.creates(userId=4711)).userId == "4711"


async def test_tags_are_trimmed_and_kept_once_in_their_order(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", tags=[" vip ", "card", "vip", "Card"])
    assert ticket.tags == ["vip", "card", "Card"]


async def test_whatever_the_business_attaches_comes_back_equal(desk: Desk) -> None:
    ann = await desk.agent()
    extra = {
        "zeta": 1,
        "a": {"nested": [1, 2.5, "three", None, True, {}, []]},
        "limits": [2**53, -(2**53)],
        "floats": [0.1, -1.5e-300, 1e300, 1e16, 3.0],
        "": "an empty key",
        "ключ 🔑": 'значение\n\t"quoted" \\ / \u2028 \u007f \u0001',
        "__proto__": {"constructor": "x"},
    }
    ticket = await ann.creates(userId="u-1", extra=extra)
    assert ticket.extra == extra
    read = await ann.reads(ticket)
    assert read is not None
    assert read.extra == extra
    assert (await ann.history(ticket))[0].ticket.extra == extra
    changed = await ann.updates(ticket, given={"subject": "Still the same form"})
    assert changed.extra == extra


async def test_texts_come_back_to_the_letter(desk: Desk) -> None:
    ann = await desk.agent()
    subject = "  <b>Karte</b> 🏦 %s '\" \\ ; -- עברית e\u0301 é "
    body = "line one\r\nline two\n\ttab \u0000".replace("\u0000", "\u200b") + "\U0001f468\u200d\U0001f469"
    ticket = await ann.creates(userId="u'1 ü", subject=subject, body=body)
    read = await ann.reads(ticket)
    assert read is not None
    assert (read.subject, read.body, read.userId) == (subject, body, "u'1 ü")
