"""The lease: one holder at a time, tokens that only grow, one clock."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from models.account import Role
from models.errors import TicketLocked
from models.ticket import Ticket
from models.work import World
from resolvers import locks
from resolvers.viewer import Viewer
from tests.support.desk import Answer, Desk, Person

AGENTS, ROUNDS = 10, 8
FIVE_MINUTES_MS = 300_000


async def everybody_locks(agents: list[Person], ticket: Answer) -> tuple[Person, Answer]:
    """All at once: one is granted the lock, and everybody else is told who."""
    answers = await asyncio.gather(*(agent.locks(ticket) for agent in agents))
    granted = [(agent, answer) for agent, answer in zip(agents, answers, strict=True) if "token" in answer]
    assert len(granted) == 1
    holder, grant = granted[0]
    refused = [answer for answer in answers if answer is not grant]
    assert {(answer["__typename"], answer.held.holder) for answer in refused} == {("TicketLocked", holder.name)}
    return holder, grant


async def test_of_many_who_lock_a_ticket_at_once_exactly_one_is_granted_it(desk: Desk) -> None:
    agents = await desk.agents(*(f"agent-{number}" for number in range(AGENTS)))
    ticket = await agents[0].creates(userId="u-1")
    tokens: list[int] = []
    for _ in range(ROUNDS):
        holder, grant = await everybody_locks(agents, ticket)
        tokens.append(int(grant.token))
        await holder.unlocks(ticket, token=grant.token)
    assert tokens == sorted(set(tokens))
    kinds = [event.kind for event in await agents[0].history(ticket)]
    assert kinds == ["CREATED", *["LOCKED", "UNLOCKED"] * ROUNDS]


async def test_of_many_who_take_an_expired_lock_at_once_exactly_one_is_granted_it(desk: Desk) -> None:
    """Each expiry is written down once, before the next grant, whoever notices it."""
    agents = await desk.agents(*(f"agent-{number}" for number in range(AGENTS)))
    ticket = await agents[0].creates(userId="u-1")
    tokens: list[int] = []
    for _ in range(ROUNDS):
        holder, grant = await everybody_locks(agents, ticket)
        tokens.append(int(grant.token))
        await Ticket.filter(id=ticket.id).update(lock_expires_at_ms=1)  # long ago, by any clock
        lost = await holder.renews(ticket, grant.token)
        assert lost["__typename"] == "LockLost"
    assert tokens == sorted(set(tokens))
    kinds = [event.kind for event in await agents[0].history(ticket)]
    assert [kind for kind in kinds if kind != "LOCK_EXPIRED"] == ["CREATED", *["LOCKED"] * ROUNDS]
    assert all(pair != ("LOCKED", "LOCKED") for pair in pairwise(kinds))
    assert all(pair != ("LOCK_EXPIRED", "LOCK_EXPIRED") for pair in pairwise(kinds))


async def test_only_one_token_is_current_however_often_the_holder_locks_again(desk: Desk) -> None:
    """A second tab, a lost answer: every grant replaces the one before."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    grants = await asyncio.gather(*(ann.locks(ticket) for _ in range(AGENTS)))
    tokens = sorted(int(grant.token) for grant in grants)
    assert len(set(tokens)) == AGENTS
    for token in tokens[:-1]:
        assert (await ann.renews(ticket, str(token)))["__typename"] == "LockLost"
        assert (await ann.updates(ticket, given={"subject": "x"}, lockToken=str(token)))["__typename"] == "LockLost"
    assert (await ann.renews(ticket, str(tokens[-1]))).token == str(tokens[-1])


async def test_a_holder_whose_lease_ran_out_writes_nothing_however_many_try(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    old = await ann.locks(ticket)
    await Ticket.filter(id=ticket.id).update(lock_expires_at_ms=1)
    new, *late = await asyncio.gather(
        bob.locks(ticket),
        *(ann.updates(ticket, given={"subject": f"late {n}"}, lockToken=old.token) for n in range(AGENTS)),
    )
    assert {answer["__typename"] for answer in late} == {"LockLost"}
    assert int(new.token) > int(old.token)
    now = await bob.reads(ticket)
    assert now is not None
    assert (now.subject, now.lock.holder) == ("Card lost", "bob")


async def test_processes_whose_clocks_differ_agree_on_who_holds_a_lock(desk: Desk) -> None:
    """On PostgreSQL the database's clock is the clock. (SQLite is one machine, with one.)"""
    if not desk.on_postgres:
        pytest.skip("SQLite is one machine: its clock is the clock")
    ticket = await (await desk.agent()).creates(userId="u-1")

    def process(name: str, ahead_ms: int) -> Viewer:
        return Viewer(uuid7(), name, Role.AGENT, None, World(now_ms=lambda: wall_clock_ms() + ahead_ms, new_id=uuid7))

    right, ahead, behind = process("ann", 0), process("bob", FIVE_MINUTES_MS), process("cem", -FIVE_MINUTES_MS)
    expiries = []
    for holder in (right, ahead, behind):
        held = await locks.lock(holder, ticket.id, 60)
        expiries.append(held.lock_expires_at_ms or 0)
        for other in {right, ahead, behind} - {holder}:
            with pytest.raises(TicketLocked):
                await locks.lock(other, ticket.id, 60)
        assert (await locks.renew(holder, ticket.id, str(held.lock_token), 60)).lock_holder == holder.name
        await locks.unlock(holder, ticket.id, str(held.lock_token), force=False, reason=None)
    assert expiries == sorted(expiries)
    assert expiries[-1] - expiries[0] < FIVE_MINUTES_MS


@pytest.mark.parametrize("seconds", [300, -300])
async def test_a_desk_whose_clock_is_wrong_ends_leases_when_they_end(desk: Desk, seconds: int) -> None:
    """Neither by its answers nor by its sweep, which writes LOCK_EXPIRED."""
    if not desk.on_postgres:
        pytest.skip("SQLite is one machine: its clock is the clock")
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    overdue = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    desk.clock.passes(seconds)
    async with ann.follows(after=await ann.as_of()) as stream:
        await ann.locks(overdue, leaseSeconds=1)
        while (event := await stream.next()).kind != "LOCK_EXPIRED":  # the sweep was here
            pass
        assert event.ticketId == overdue.id
    refused = await bob.approves(ticket)
    assert (refused["__typename"], refused.held.holder) == ("TicketLocked", "ann")
    assert (await ann.approves(ticket, lockToken=grant.token)).status == "APPROVED"
