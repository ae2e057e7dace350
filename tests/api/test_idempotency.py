"""The same request under the same key is done once, and answered the same for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from uuid_utils.compat import uuid7

from desk.keeper import Keeper
from models import database
from models.attachment import Files
from models.idempotency import Idempotency
from models.work import World
from tests.support.desk import Answer, Desk, Person

DAY_S = 86_400

CALLS: dict[str, dict[str, Any]] = {
    "updateTicket": {"input": {"subject": "Changed", "extra": {"b": 1, "a": 2}}, "expectedVersion": None},
    "startProcessing": {},
    "approveTicket": {"reason": "Fine."},
    "rejectTicket": {"reason": "No."},
    "closeTicket": {},
    "reopenTicket": {},
    "reply": {"text": "Hello."},
    "addNote": {"text": "Hm."},
}
OTHER: dict[str, dict[str, Any]] = {
    "updateTicket": {"input": {"subject": "Changed", "extra": {"b": 1, "a": True}}},
    "startProcessing": {"lockToken": "1"},
    "approveTicket": {"reason": "Fine!"},
    "rejectTicket": {"reason": "No!"},
    "closeTicket": {"lockToken": "1"},
    "reopenTicket": {"expectedVersion": 2},
    "reply": {"text": "Hello!"},
    "addNote": {"text": "Hm!"},
}
"""The same mutations with other input."""


def on(mutation: str, ticket: Answer) -> dict[str, str]:
    return {"ticketId" if mutation in ("reply", "addNote") else "id": ticket.id}


async def prepared(ann: Person, mutation: str) -> Answer:
    ticket = await ann.creates(userId="u-1", extra={"old": 1})
    return await ann.closes(ticket) if mutation == "reopenTicket" else ticket


async def unsettle(ann: Person, ticket: Answer) -> None:
    """Changes whatever can change, and leaves a lock of somebody else."""
    bob = await ann.desk.agent("bob")
    await bob.updates(ticket, given={"subject": "Later", "extra": {}, "priority": "LOW", "assignee": "bob"})
    await bob.replies(ticket, "Later still.")
    for verb in ("reopenTicket", "rejectTicket"):
        await bob.does(verb, id=ticket.id, **({"reason": "x"} if verb == "rejectTicket" else {}))
    await bob.locks(ticket)


async def test_a_ticket_is_made_once(desk: Desk) -> None:
    ann = await desk.agent()
    given = {"userId": "u-1", "subject": "Card lost", "extra": {"b": 1, "a": [2.5]}, "tags": [" x "]}
    first = await ann.creates(key="k", **given)
    await unsettle(ann, first)
    before = await ann.as_of()
    assert await ann.creates(key="k", **given) == first
    assert await ann.as_of() == before


async def test_defaults_filled_in_by_hand_are_the_same_input(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    first = await ann.creates(key="k", userId="u-1", subject="s")
    spelled = {"userId": "u-1", "subject": "s", "body": "", "priority": "NORMAL", "tags": [], "extra": {}}
    assert await ann.creates(key="k", **spelled) == first
    own = await carla.creates(key="k", subject="s")
    assert await carla.creates(key="k", subject="s", userId=None) == own
    ticket = await ann.does("approveTicket", id=first.id, idempotencyKey="a")
    nulls = {"reason": None, "expectedVersion": None, "lockToken": None}
    assert await ann.does("approveTicket", id=first.id, idempotencyKey="a", **nulls) == ticket
    said = await ann.replies(first, "Hi.", idempotencyKey="r")
    assert await ann.replies(first, "Hi.", idempotencyKey="r", basedOn=None, lockToken=None) == said


async def test_the_order_of_keys_in_extra_is_no_other_input(desk: Desk) -> None:
    ann = await desk.agent()
    first = await ann.creates(key="k", userId="u-1", extra={"a": 1, "b": {"c": 2, "d": 3}})
    assert await ann.creates(key="k", userId="u-1", extra={"b": {"d": 3, "c": 2}, "a": 1}) == first


async def test_a_repeated_request_is_answered_as_the_first_time_and_done_once(desk: Desk) -> None:
    ann = await desk.agent()
    for mutation, given in CALLS.items():
        ticket = await prepared(ann, mutation)
        call = on(mutation, ticket) | given | {"idempotencyKey": mutation}
        first = await ann.does(mutation, **call)
        assert first["__typename"] in ("Ticket", "Message")
        before = await ann.as_of()
        assert await ann.does(mutation, **call) == first
        assert await ann.as_of() == before
        await unsettle(ann, ticket)
        before = await ann.as_of()
        assert await ann.does(mutation, **call) == first, "after further changes, while somebody else holds the lock"
        assert await ann.as_of() == before


async def test_a_key_used_for_other_input_or_another_mutation_is_a_conflict(desk: Desk) -> None:
    ann = await desk.agent()
    for mutation, given in CALLS.items():
        ticket, twin = await prepared(ann, mutation), await prepared(ann, mutation)
        key = {"idempotencyKey": mutation}
        first = await ann.does(mutation, **on(mutation, ticket), **given, **key)
        assert first["__typename"] in ("Ticket", "Message")
        before = await ann.as_of()
        assert await ann.outcome(mutation, **on(mutation, ticket), **OTHER[mutation], **key) == "IdempotencyConflict"
        assert await ann.outcome(mutation, **on(mutation, twin), **given, **key) == "IdempotencyConflict"
        for other in CALLS.keys() - {mutation}:
            assert await ann.outcome(other, **on(other, ticket), **CALLS[other], **key) == "IdempotencyConflict"
        made = {"input": {"userId": "u-1", "subject": "s"}}
        assert await ann.outcome("createTicket", **made, **key) == "IdempotencyConflict"
        assert await ann.as_of() == before


async def test_a_refusal_uses_up_no_key(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    key = {"idempotencyKey": "k"}
    missing = "00000000-0000-7000-8000-000000000000"
    assert await ann.outcome("createTicket", input={"userId": "u-1", "subject": ""}, **key) == "InvalidInput"
    assert await ann.outcome("updateTicket", id=missing, input={}, **key) == "NotFound"
    assert await ann.outcome("approveTicket", id=ticket.id, lockToken="7", **key) == "LockLost"
    grant = await bob.locks(ticket)
    assert await ann.outcome("approveTicket", id=ticket.id, **key) == "TicketLocked"
    await bob.unlocks(ticket, token=grant.token)
    assert await ann.outcome("approveTicket", id=ticket.id, expectedVersion=9, **key) == "VersionConflict"
    assert await ann.outcome("reopenTicket", id=ticket.id, **key) == "InvalidTransition"
    seen = await ann.as_of()
    await bob.replies(ticket)
    assert await ann.outcome("reply", ticketId=ticket.id, text="x", basedOn=seen, **key) == "Unseen"
    assert (await ann.approves(ticket, **key)).status == "APPROVED"


async def test_two_at_once_are_done_once(desk: Desk) -> None:
    ann = await desk.agent()
    tickets = await asyncio.gather(*(ann.creates(key="k", userId="u-1") for _ in range(8)))
    assert all(ticket == tickets[0] for ticket in tickets)
    said = await asyncio.gather(*(ann.replies(tickets[0], "Hi.", idempotencyKey="r") for _ in range(8)))
    assert all(message == said[0] for message in said)
    assert [event.kind for event in await ann.history(tickets[0])] == ["CREATED", "MESSAGE_ADDED"]
    assert (await ann.asks("{ queue { total } }")).queue.total == 1


async def test_keys_of_different_accounts_do_not_meet(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    one, two = await ann.creates(key="k", userId="u-1"), await bob.creates(key="k", userId="u-1")
    assert one.id != two.id
    assert (await bob.creates(key="k", userId="u-1")).id == two.id


async def test_without_a_key_the_same_request_is_done_again(desk: Desk) -> None:
    ann = await desk.agent()
    one, two = [
        await ann.does("createTicket", input={"userId": "u", "subject": "s"}, idempotencyKey=None) for _ in "12"
    ]
    assert one.id != two.id


async def test_a_key_has_1_to_200_characters(desk: Desk) -> None:
    ann = await desk.agent()
    given = {"input": {"userId": "u-1", "subject": "s"}}
    for key in ("k", "ключ 🔑", "x" * 200, "🔑" * 200):
        first = await ann.does("createTicket", **given, idempotencyKey=key)
        assert await ann.does("createTicket", **given, idempotencyKey=key) == first
    ticket = await ann.creates(userId="u-1")
    for key in ("", "x" * 201, "a\0b"):
        assert await ann.outcome("createTicket", **given, idempotencyKey=key) == "BAD_USER_INPUT"
        for mutation, call in CALLS.items():
            assert await ann.outcome(mutation, **on(mutation, ticket), **call, idempotencyKey=key) == "BAD_USER_INPUT"


async def test_a_repeated_update_that_changed_nothing_is_answered_as_the_first_time(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    await ann.locks(ticket)
    call = {"given": {"subject": ticket.subject}, "idempotencyKey": "k"}
    first = await ann.updates(ticket, **call)
    await carla.replies(ticket, "Hello?")
    await ann.unlocks(ticket)
    await unsettle(ann, ticket)
    assert await ann.updates(ticket, **call) == first


async def test_under_one_key_two_customers_of_one_account_are_two_requests(desk: Desk) -> None:
    ada = await desk.admin()
    first, second = [
        Person(desk, "ada", (await ada.does("createToken", name="x", role="CUSTOMER", userId=user)).secret)
        for user in ("u-1", "u-2")
    ]
    hers = await first.creates(subject="mine", key="order-77")
    assert (await first.creates(subject="mine", key="order-77")).id == hers.id
    assert (await second.creates(subject="mine", key="order-77"))["__typename"] == "IdempotencyConflict"


async def test_an_outcome_is_kept_for_a_day_and_then_forgotten(desk: Desk) -> None:
    """Forgotten by the keeper of whichever process looks; a request of the day after is kept."""
    ann = await desk.agent()
    first = await ann.creates(userId="u-1", key="first")
    await _ages(desk, "first", DAY_S - 60)
    await ann.creates(userId="u-1", key="second")
    keeper = Keeper(World(now_ms=desk.clock, new_id=uuid7), DAY_S * 1_000, {}, Files(desk.settings.data))
    await keeper.look()
    assert (await ann.creates(userId="u-1", key="first")).id == first.id
    await _ages(desk, "first", 120)
    await Keeper(World(now_ms=desk.clock, new_id=uuid7), DAY_S * 1_000, {}, Files(desk.settings.data)).look()
    assert [row.key for row in await Idempotency.all()] == ["second"]
    assert (await ann.creates(userId="u-1", key="first")).id != first.id


async def _ages(desk: Desk, key: str, seconds: int) -> None:
    """Makes an outcome older: PostgreSQL's clock cannot be set."""
    (row,) = await Idempotency.filter(key=key)
    earlier = row.created_at_ms - seconds * 1_000
    await database.primary().execute_query(f"UPDATE idempotency SET created_at_ms = {earlier} WHERE key = '{key}'")
