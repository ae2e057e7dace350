"""The lock: one holder, an expiry, a fencing token."""

from __future__ import annotations

from tests.support.desk import Desk


async def test_a_locked_ticket_is_changed_by_its_holder_only(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    refused = await bob.approves(ticket)
    assert (refused["__typename"], refused.held.holder) == ("TicketLocked", "ann")
    assert (await ann.approves(ticket, lockToken=grant.token)).status == "APPROVED"


async def test_everybody_hears_of_a_lock_and_of_its_end(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    async with bob.follows(after=await bob.as_of()) as stream:
        await ann.locks(ticket, leaseSeconds=1)
        assert (await stream.next()).ticket.lock.holder == "ann"
        assert ((expired := await stream.next()).kind, expired.actor) == ("LOCK_EXPIRED", "system")
        assert expired.ticket.lock is None
