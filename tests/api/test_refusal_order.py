"""Of several reasons to refuse, the first in the contract's order is told.

Each mutation is asked in a situation in which everything that can be wrong with it is wrong at once. What is told is
then put right, and the next reason must show, until nothing is left and it is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.desk import Answer, Desk, Person

MISSING = "00000000-0000-7000-8000-000000000000"
LONG = "x" * 2_001

WRONG_INPUT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "updateTicket": ({"input": {"subject": " "}}, {"input": {"subject": "Fine"}}),
    "approveTicket": ({"reason": LONG}, {"reason": "Fine."}),
    "rejectTicket": ({"reason": ""}, {"reason": "Fine."}),
    "reply": ({"text": " "}, {"text": "Fine."}),
    "addNote": ({"text": ""}, {"text": "Fine."}),
    "unlockTicket": ({"reason": LONG}, {"reason": "Fine."}),
}
"""What is InvalidInput of a mutation, and what puts it right."""

VERSIONED = {"updateTicket", "approveTicket", "rejectTicket", "reopenTicket"}
KEYED = VERSIONED | {"startProcessing", "closeTicket", "reply", "addNote"}
FAMILIES = {
    "moving": {"startProcessing", "approveTicket", "rejectTicket", "closeTicket", "reopenTicket"},
    "writing": {"updateTicket", "reply", "addNote"},
    "locking": {"lockTicket", "renewLock", "unlockTicket"},
}
MOVING = FAMILIES["moving"]
LOCKABLE = KEYED - {"addNote"}


class Situation:
    """A call in which everything is wrong, and how to put each thing right."""

    def __init__(self, desk: Desk, mutation: str, ticket: Answer) -> None:
        self.desk, self.mutation, self.ticket = desk, mutation, ticket
        self.person: Person = desk.stranger()
        self.arguments: dict[str, Any] = {"ticketId" if mutation in ("reply", "addNote") else "id": MISSING}
        self.steps: list[tuple[str, Callable[[], Awaitable[None]]]] = []

    def wrong(self, told: str, right: Callable[[], Awaitable[None]], **arguments: Any) -> None:
        self.arguments |= arguments
        self.steps.append((told, right))

    def gives(self, **arguments: Any) -> Callable[[], Awaitable[None]]:
        async def right() -> None:
            self.arguments |= arguments

        return right

    async def unravels(self) -> None:
        for told, right in self.steps:
            before = await self.desk.people["ann"].as_of()
            assert await self.person.outcome(self.mutation, **self.arguments) == told, self.mutation
            assert await self.desk.people["ann"].as_of() == before, f"{told} left a trace"
            await right()
        assert await self.person.outcome(self.mutation, **self.arguments) in ("Ticket", "Message", "LockGrant")


async def situation(desk: Desk, mutation: str) -> Situation:
    ann, bob = await desk.agents("ann", "bob")
    outsider = await desk.partner()
    ticket = await ann.creates(userId="u-1")
    at_first = await ann.as_of()
    if mutation != "reopenTicket":
        await bob.closes(ticket)
    await bob.updates(ticket, given={"subject": "Bob was here"})
    assert (await ann.creates(userId="u-1", key="used"))["__typename"] == "Ticket"
    grant = await bob.locks(ticket)
    this = Situation(desk, mutation, ticket)

    async def sign_in() -> None:
        this.person = outsider

    async def be_ann() -> None:
        this.person = ann

    async def find() -> None:
        this.arguments["ticketId" if "ticketId" in this.arguments else "id"] = ticket.id

    async def forget_token() -> None:
        del this.arguments["lockToken"]

    async def bob_leaves() -> None:
        assert (await bob.unlocks(ticket, token=grant.token)).lock is None

    async def move() -> None:
        if mutation == "reopenTicket":
            await bob.closes(ticket)
        else:
            await bob.reopens(ticket)
        this.arguments.pop("expectedVersion", None)

    this.wrong("UNAUTHENTICATED", sign_in)
    this.wrong("FORBIDDEN", be_ann)
    if mutation == "reply":
        listed = (await ann.asks("{ tickets { pageInfo { endCursor } } }")).tickets.pageInfo.endCursor
        this.wrong("BAD_USER_INPUT", this.gives(basedOn=at_first), basedOn=listed)
    if mutation in KEYED:
        this.wrong("BAD_USER_INPUT", this.gives(idempotencyKey="used"), idempotencyKey="x" * 201)
    if mutation in ("lockTicket", "renewLock"):
        this.wrong("BAD_USER_INPUT", this.gives(leaseSeconds=60), leaseSeconds=0)
    if mutation in WRONG_INPUT:
        wrong, right = WRONG_INPUT[mutation]
        this.wrong("InvalidInput", this.gives(**right), **wrong)
    this.wrong("NotFound", find)
    if mutation in KEYED:
        this.wrong("IdempotencyConflict", this.gives(idempotencyKey=f"fresh {mutation}"))
    if mutation in LOCKABLE:
        this.wrong("LockLost", forget_token, lockToken="12345")
    if mutation in ("renewLock", "unlockTicket"):
        this.wrong("LockLost", this.gives(token=grant.token), token="12345")
    if mutation in LOCKABLE | {"lockTicket", "unlockTicket"}:
        this.wrong("TicketLocked", bob_leaves)
    if mutation == "renewLock":

        async def take_over() -> None:
            await bob_leaves()
            this.arguments["token"] = (await ann.locks(ticket)).token

        this.wrong("TicketLocked", take_over)
    if mutation in VERSIONED:
        current = await ann.reads(ticket)
        assert current is not None
        this.wrong("VersionConflict", this.gives(expectedVersion=current.version), expectedVersion=1_000)
    if mutation == "reply":
        this.wrong("Unseen", this.gives(basedOn=await ann.as_of()))
    if mutation in MOVING:
        this.wrong("InvalidTransition", move)
    if mutation == "unlockTicket":

        async def without_token() -> None:
            del this.arguments["token"]

        this.steps[-1:] = [this.steps[-1], ("LockLost", without_token)]
    return this


@pytest.mark.parametrize("family", FAMILIES)
async def test_the_first_reason_in_the_contracts_order_is_told(desk: Desk, family: str) -> None:
    for mutation in sorted(FAMILIES[family]):
        this = await situation(desk, mutation)
        await this.unravels()


async def test_creating_is_refused_in_the_contracts_order(desk: Desk) -> None:
    carla = await desk.customer("carla", "u-1")
    await carla.creates(key="used", subject="Another")
    call: dict[str, Any] = {"input": {"userId": "u-2", "subject": " "}, "idempotencyKey": ""}
    assert await desk.stranger().outcome("createTicket", **call) == "UNAUTHENTICATED"
    assert await carla.outcome("createTicket", **call) == "FORBIDDEN"
    call["input"]["userId"] = "u-1"
    assert await carla.outcome("createTicket", **call) == "BAD_USER_INPUT"
    call["idempotencyKey"] = "used"
    assert await carla.outcome("createTicket", **call) == "InvalidInput"
    call["input"]["subject"] = "Fine"
    assert await carla.outcome("createTicket", **call) == "IdempotencyConflict"
    call["idempotencyKey"] = "fresh"
    assert await carla.outcome("createTicket", **call) == "Ticket"


async def test_forcing_a_lock_is_refused_in_the_contracts_order(desk: Desk) -> None:
    ann, ada = await desk.agent(), await desk.admin()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    call: dict[str, Any] = {"id": MISSING, "force": True, "token": "0", "reason": ""}
    assert await desk.stranger().outcome("unlockTicket", **call) == "UNAUTHENTICATED"
    assert await ann.outcome("unlockTicket", **call) == "FORBIDDEN"
    assert await ada.outcome("unlockTicket", **call) == "InvalidInput"
    call["reason"] = "Ann went home."
    assert await ada.outcome("unlockTicket", **call) == "NotFound"
    call["id"] = ticket.id
    assert await ada.outcome("unlockTicket", **call) == "LockLost"
    call["token"] = grant.token
    assert await ada.outcome("unlockTicket", **call) == "Ticket"


async def test_a_replay_wins_over_everything_behind_it(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    call = {"id": ticket.id, "expectedVersion": 1, "lockToken": grant.token, "idempotencyKey": "k"}
    first = await ann.does("approveTicket", **call)
    await bob.locks(ticket)
    assert await ann.does("approveTicket", **call) == first
    assert await ann.outcome("approveTicket", **call | {"id": MISSING}) == "NotFound"
    assert await ann.outcome("approveTicket", **call, reason=LONG) == "InvalidInput"
