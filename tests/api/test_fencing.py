"""Fencing on every write path: whoever lost the lock writes nothing, whichever mutation they try.

The mutations are read from the schema, so that none is forgotten: a new one fails here until WAYS says what a lock is
to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import GraphQLField, is_required_argument

from models.ticket import Ticket
from schema import schema
from tests.support.desk import ACCESS, MUTATIONS, OF_MAIL, Answer, Desk, Person

assert schema._schema.mutation_type is not None
FIELDS: dict[str, GraphQLField] = {
    name: mutation
    for name, mutation in schema._schema.mutation_type.fields.items()
    if name not in {*ACCESS, *OF_MAIL, "checkMail", "signOut"}  # which have to do with no ticket
}
DONE = {"Ticket", "Message", "LockGrant", "Presence"}
LEASE_S = 60


def token_of(mutation: str) -> str | None:
    """The name of the argument that takes the token of a lock."""
    return next((name for name in ("lockToken", "token") if name in FIELDS[mutation].args), None)


def may_leave_out_the_token(mutation: str) -> bool:
    name = token_of(mutation)
    return name is None or not is_required_argument(FIELDS[mutation].args[name])


def asked(mutation: str, ticket: Answer, token: str | None = None) -> dict[str, Any]:
    """The arguments with which a mutation is asked of a ticket, its token among them where there is one to give."""
    id = {"ticketId" if "ticketId" in FIELDS[mutation].args else "id": ticket.id}
    name = token_of(mutation)
    return id | WAYS[mutation].given | ({name: token} if name and token is not None else {})


async def runs_out(desk: Desk, ticket: Answer) -> None:
    """Ends the lease by time; PostgreSQL's clock cannot be moved, so there its end is."""
    if desk.on_postgres:
        await Ticket.filter(id=ticket.id).update(lock_expires_at_ms=1)
    else:
        desk.clock.passes(LEASE_S)


async def told_by_people(person: Person, ticket: Answer) -> list[Answer]:
    """The history but for LOCK_EXPIRED, which the desk may write at any moment now."""
    return [event for event in await person.history(ticket) if event.kind != "LOCK_EXPIRED"]


# ---------------------------------------------------------------- what a lock may be to a mutation


async def of_no_ticket(desk: Desk, mutation: str) -> None:
    """It makes what nobody can have locked yet."""
    assert "id" not in FIELDS[mutation].args
    assert token_of(mutation) is None
    assert await (await desk.agent()).outcome(mutation, **WAYS[mutation].given) in DONE


async def guarded(desk: Desk, mutation: str) -> None:
    """It changes a ticket: only the holder of the lock is let through, and a token that is given must be current."""
    assert token_of(mutation) == "lockToken", f"{mutation} changes a ticket and takes no lockToken"
    await lost_with_the_lock(desk, mutation)


async def lost_with_the_lock(desk: Desk, mutation: str) -> None:
    """Whoever held the lock until its lease ran out writes nothing, neither before nor after another takes it."""
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    if WAYS[mutation].closed:
        await ann.closes(ticket)
    old = await ann.locks(ticket, leaseSeconds=LEASE_S)
    before = await ann.history(ticket)
    await runs_out(desk, ticket)
    late = asked(mutation, ticket, old.token)
    if token_of(mutation):
        assert await ann.outcome(mutation, **late) == "LockLost", "the lease is over, though nobody took the lock since"
        assert await told_by_people(ann, ticket) == before
    new = await bob.locks(ticket)
    now = await bob.reads(ticket), await bob.as_of()
    if token_of(mutation):
        assert await ann.outcome(mutation, **late) == "LockLost"
    if may_leave_out_the_token(mutation):
        refused = await ann.does(mutation, **asked(mutation, ticket))
        assert (refused["__typename"], refused.held) == ("TicketLocked", new.ticket.lock)
        assert refused.held.holder == "bob"
    assert (await bob.reads(ticket), await bob.as_of()) == now, "a refusal writes nothing"
    assert await bob.outcome(mutation, **asked(mutation, ticket, new.token)) in DONE


async def guarded_but_for_the_requester(desk: Desk, mutation: str) -> None:
    """By an agent it is guarded; what the requester sends is taken in, whatever they say of the lock."""
    await guarded(desk, mutation)
    await never_refused(desk, mutation, await desk.customer("carla", "u-2"))


async def never_refused(desk: Desk, mutation: str, person: Person | None = None) -> None:
    """No lock is in its way, and it leaves the lock as it is."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-2")
    grant = await ann.locks(ticket)
    person = person or await desk.agent("bob")
    assert await person.outcome(mutation, **asked(mutation, ticket)) in DONE
    assert await person.outcome(mutation, **asked(mutation, ticket, "0")) in DONE
    held = await ann.reads(ticket)
    assert held is not None
    assert held.lock == grant.ticket.lock
    assert await ann.outcome("renewLock", id=ticket.id, token=grant.token) == "LockGrant"


@dataclass(frozen=True)
class Way:
    """What a lock is to a mutation, how it is asked, and whether of a closed ticket."""

    lock: Callable[[Desk, str], Awaitable[None]]
    given: dict[str, Any] = field(default_factory=dict)
    closed: bool = False


WAYS = {
    "createTicket": Way(of_no_ticket, {"input": {"userId": "u-1", "subject": "Card lost"}}),
    "updateTicket": Way(guarded, {"input": {"subject": "Card found"}}),
    "startProcessing": Way(guarded),
    "approveTicket": Way(guarded),
    "rejectTicket": Way(guarded, {"reason": "Not ours to give."}),
    "closeTicket": Way(guarded),
    "reopenTicket": Way(guarded, closed=True),
    "reply": Way(guarded_but_for_the_requester, {"text": "We look into it."}),
    "addNote": Way(never_refused, {"text": "Seen before."}),
    "lockTicket": Way(lost_with_the_lock),
    "renewLock": Way(lost_with_the_lock),
    "unlockTicket": Way(lost_with_the_lock),
    "handOver": Way(lost_with_the_lock, {"to": "ann"}),
    "present": Way(never_refused, {"typing": True}),
    "askToRelease": Way(never_refused),
}


@pytest.mark.parametrize("mutation", sorted(FIELDS))
async def test_no_mutation_forgets_the_lock(desk: Desk, mutation: str) -> None:
    known = mutation in WAYS and mutation in MUTATIONS
    assert known, (
        f"{mutation} is new: say in WAYS of this file what a lock is to it (guarded, most likely) and how it is asked,"
        " and in MUTATIONS of tests/support/desk.py what it takes and what is selected of its result."
    )
    await WAYS[mutation].lock(desk, mutation)


def test_every_way_is_one_of_the_schema() -> None:
    assert WAYS.keys() == FIELDS.keys()
