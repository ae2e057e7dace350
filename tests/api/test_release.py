"""Asking for a lock, and passing it on."""

from __future__ import annotations

import pytest

from tests.api.test_lock import lapse
from tests.support.desk import Desk, Errors


async def test_a_lock_is_passed_on_to_another_agent_who_takes_it_up(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    hers = await ann.locks(ticket)
    async with bob.follows(after=await bob.as_of()) as stream:
        given = await ann.hands_over(ticket, "bob", token=hers.token, leaseSeconds=600)
        event = await stream.next()
    assert (event.kind, event.actor, event.ticket.lock) == ("LOCKED", "ann", given.lock)
    assert (given.lock.holder, given.version, given.revision) == ("bob", ticket.version, hers.ticket.revision + 1)
    assert given.lock.expiresAt > hers.expiresAt
    assert await ann.outcome("renewLock", id=ticket.id, token=hers.token) == "LockLost"
    assert await ann.outcome("updateTicket", id=ticket.id, input={"subject": "Mine"}) == "TicketLocked"
    his = await bob.locks(ticket)
    assert int(his.token) > int(hers.token) + 1
    assert (await bob.updates(ticket, given={"subject": "His"}, lockToken=his.token)).subject == "His"


async def test_only_the_holder_passes_on_and_only_what_there_is(desk: Desk) -> None:
    ann, bob, ada = *await desk.agents("ann", "bob"), await desk.admin()
    ticket = await ann.creates(userId="u-1")
    assert await ann.outcome("handOver", id=ticket.id, to="bob") == "LockLost"
    grant = await ann.locks(ticket)
    before = await ann.as_of()
    assert (await bob.hands_over(ticket, "bob")).held.holder == "ann"
    assert await ada.outcome("handOver", id=ticket.id, to="bob") == "TicketLocked"
    assert await ann.outcome("handOver", id=ticket.id, to="bob", token="0") == "LockLost"
    assert (await ann.hands_over(ticket, "ann")).lock == grant.ticket.lock
    assert await ann.as_of() == before
    await lapse(ticket)
    assert await ann.outcome("handOver", id=ticket.id, to="bob", token=grant.token) == "LockLost"


@pytest.mark.parametrize("to", ["nobody", "carla", "zoe", ""])
async def test_a_lock_is_passed_on_to_active_agents_and_admins_only(desk: Desk, to: str) -> None:
    ann, _, ada = await desk.agent("ann"), await desk.customer("carla"), await desk.admin()
    await desk.agent("zoe")
    await ada.does("disableAccount", account="zoe")
    ticket = await ann.creates(userId="u-1")
    await ann.locks(ticket)
    refused = await ann.hands_over(ticket, to)
    assert (refused["__typename"], refused.field) == ("InvalidInput", "to")


async def test_an_admin_passes_on_by_force_and_says_why(desk: Desk) -> None:
    ann, bob, ada = *await desk.agents("ann", "bob"), await desk.admin()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    refused = await ada.hands_over(ticket, "bob", force=True)
    assert (refused["__typename"], refused.field) == ("InvalidInput", "reason")
    assert (await ada.hands_over(ticket, "bob", force=True, reason="On leave.")).lock.holder == "bob"
    query = "query($id: ID!) { ticket(id: $id) { events { edges { node { kind actor reason } } } } }"
    last = (await bob.asks(query, id=ticket.id)).ticket.events.edges[-1].node
    assert last == {"kind": "LOCKED", "actor": "ada", "reason": "On leave."}
    assert await ann.outcome("renewLock", id=ticket.id, token=grant.token) == "LockLost"
    assert await ann.outcome("renewLock", id=ticket.id, token=str(int(grant.token) + 1)) == "TicketLocked"


async def test_refusals_of_passing_on_come_in_the_order_of_the_contract(desk: Desk) -> None:
    ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer()
    ticket = await ann.creates(userId="u-1")
    await ann.locks(ticket)
    wrong = {"to": "nobody", "leaseSeconds": 0}
    assert await carla.outcome("handOver", id="x", **wrong) == "FORBIDDEN"
    with pytest.raises(Errors) as told:
        await bob.does("handOver", id="x", **wrong)
    assert told.value.code == "BAD_USER_INPUT"
    assert await bob.outcome("handOver", id="x", to="nobody") == "InvalidInput"
    assert await bob.outcome("handOver", id="x", to="ann") == "NotFound"
    assert await bob.outcome("handOver", id=ticket.id, to="ann", token="0") == "LockLost"


async def test_who_asks_for_a_lock_is_told_until_it_is_another_or_free(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    assert (await bob.asks_to_release(ticket)).lock is None
    await ann.locks(ticket)
    before = await ann.as_of()
    async with ann.watches(ticket) as stream:
        assert await stream.here() == []
        assert (await bob.asks_to_release(ticket)).lock.holder == "ann"
        assert await stream.here() == ["bob asks"]
        assert (await ann.asks_to_release(ticket)).lock.holder == "ann"
        assert await ann.as_of() == before, "it is written nowhere"
        await bob.is_at(ticket, typing=True)
        assert await stream.here() == ["bob types asks"]
        await ann.unlocks(ticket)
        assert await stream.here() == ["bob types"]


async def test_who_asks_is_content_once_the_lock_is_theirs_and_after_a_minute(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    await ann.locks(ticket, leaseSeconds=3_600)
    async with ann.watches(ticket) as stream:
        await bob.asks_to_release(ticket)
        await stream.becomes("bob asks")
        await ann.hands_over(ticket, "bob", leaseSeconds=3_600)
        await stream.becomes()
        await ann.asks_to_release(ticket)
        await stream.becomes("ann asks")
        desk.clock.passes(60)
        await stream.becomes()


async def test_customers_may_not_ask_and_nobody_asks_for_what_they_may_not_see(desk: Desk) -> None:
    ann, carla = await desk.agent("ann"), await desk.customer()
    ticket = await ann.creates(userId="u-1")
    assert await carla.outcome("askToRelease", id=ticket.id) == "FORBIDDEN"
    assert await ann.outcome("askToRelease", id="x") == "NotFound"
