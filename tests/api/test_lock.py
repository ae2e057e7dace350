"""The lock: one holder, an expiry, a fencing token."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.ticket import Ticket
from tests.support.desk import Answer, Desk

WAYS_TO_CHANGE = {
    "updateTicket": {"input": {"subject": "Mine"}},
    "startProcessing": {},
    "approveTicket": {},
    "rejectTicket": {"reason": "No."},
    "closeTicket": {},
    "reopenTicket": {},
    "reply": {"text": "Hello."},
}


async def lapse(ticket: Answer) -> None:
    """Lets the lease of a ticket lie in the past, whichever clock judges it."""
    await Ticket.filter(id=ticket.id).update(lock_expires_at_ms=1_000)


def of(ticket: Answer, mutation: str) -> dict[str, str]:
    return {"ticketId" if mutation == "reply" else "id": ticket.id}


async def test_a_locked_ticket_is_changed_by_its_holder_only(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    refused = await bob.approves(ticket)
    assert (refused["__typename"], refused.held.holder) == ("TicketLocked", "ann")
    assert refused.held == grant.ticket.lock
    assert (await ann.approves(ticket, lockToken=grant.token)).status == "APPROVED"


async def test_everybody_hears_of_a_lock_and_of_its_end(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    async with bob.follows(after=await bob.as_of()) as stream:
        await ann.locks(ticket, leaseSeconds=1)
        assert (await stream.next()).ticket.lock.holder == "ann"
        assert ((expired := await stream.next()).kind, expired.actor) == ("LOCK_EXPIRED", "system")
        assert expired.ticket.lock is None


async def test_a_lock_keeps_everybody_else_from_every_change(desk: Desk) -> None:
    ann, bob, ada = *await desk.agents("ann", "bob"), await desk.admin()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    for person in (bob, ada):
        for mutation, given in WAYS_TO_CHANGE.items():
            assert await person.outcome(mutation, **of(ticket, mutation), **given) == "TicketLocked", mutation
            stolen = {"lockToken": grant.token}
            assert await person.outcome(mutation, **of(ticket, mutation), **given, **stolen) == "TicketLocked"
        assert await person.outcome("lockTicket", id=ticket.id) == "TicketLocked"
        assert await person.outcome("renewLock", id=ticket.id, token=grant.token) == "TicketLocked"
        assert await person.outcome("unlockTicket", id=ticket.id) == "TicketLocked"
        assert await person.outcome("unlockTicket", id=ticket.id, token=grant.token) == "TicketLocked"
    assert await ann.reads(ticket) == grant.ticket


async def test_notes_are_never_refused_by_a_lock(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    assert (await bob.notes(ticket)).kind == "NOTE"
    assert await ann.reads(ticket) == grant.ticket


async def test_the_holder_needs_no_token_but_one_that_is_given_must_be_current(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    for wrong in ("", "0", " " + grant.token, "0" + grant.token, grant.token + ".0", "-1", "null", "９", "1" * 5_000):
        for mutation, given in WAYS_TO_CHANGE.items():
            assert await ann.outcome(mutation, **of(ticket, mutation), **given, lockToken=wrong) == "LockLost"
        assert await ann.outcome("renewLock", id=ticket.id, token=wrong) == "LockLost"
        assert await ann.outcome("unlockTicket", id=ticket.id, token=wrong) == "LockLost"
    assert (await ann.updates(ticket, given={"subject": "a"})).subject == "a"
    assert (await ann.updates(ticket, given={"subject": "b"}, lockToken=grant.token)).subject == "b"
    assert (await ann.updates(ticket, given={"subject": "c"}, lockToken=None)).subject == "c"


async def test_each_grant_has_a_larger_token_and_the_one_before_is_lost(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    tokens = []
    for person in (ann, ann, bob, ann):
        grant = await person.locks(ticket)
        assert grant.token.isdecimal()
        if tokens:
            assert await person.outcome("renewLock", id=ticket.id, token=str(tokens[-1])) == "LockLost"
        tokens.append(int(grant.token))
        if len(tokens) >= 2:
            assert (await person.unlocks(ticket, token=grant.token)).lock is None
    assert tokens == sorted(set(tokens))


async def test_renewing_keeps_the_token_and_moves_the_end_to_now_and_the_lease(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket, leaseSeconds=3_600)
    renewed = await ann.renews(ticket, grant.token, leaseSeconds=5)
    assert renewed.token == grant.token
    assert renewed.expiresAt == renewed.ticket.lock.expiresAt < grant.expiresAt
    locked, again = (await ann.history(ticket))[1:]
    assert [locked.kind, again.kind] == ["LOCKED", "LOCK_RENEWED"]
    for event, seconds in ((locked, 3_600), (again, 5)):
        ends, at = datetime.fromisoformat(event.ticket.lock.expiresAt), datetime.fromisoformat(event.at)
        assert ends - at == timedelta(seconds=seconds)


async def test_a_lease_lasts_a_second_to_an_hour_and_a_minute_unless_told(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    for seconds in (0, -1, 3_601, 2**31 - 1):
        assert await ann.outcome("lockTicket", id=ticket.id, leaseSeconds=seconds) == "BAD_USER_INPUT"
        assert await ann.outcome("renewLock", id=ticket.id, token=grant.token, leaseSeconds=seconds) == "BAD_USER_INPUT"
    assert (await ann.locks(ticket, leaseSeconds=3_600))["__typename"] == "LockGrant"
    await ann.locks(ticket, leaseSeconds=None)
    last = (await ann.history(ticket))[-1]
    lasts = datetime.fromisoformat(last.ticket.lock.expiresAt) - datetime.fromisoformat(last.at)
    assert lasts == timedelta(seconds=60)
    assert (await ann.locks(ticket, leaseSeconds=1))["__typename"] == "LockGrant"


async def test_an_expired_lock_holds_nobody_back_and_its_token_is_lost(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    await lapse(ticket)
    read = await ann.reads(ticket)
    assert read is not None
    assert read.lock is None
    assert await ann.outcome("renewLock", id=ticket.id, token=grant.token) == "LockLost"
    assert await ann.outcome("approveTicket", id=ticket.id, lockToken=grant.token) == "LockLost"
    assert await ann.outcome("unlockTicket", id=ticket.id, token=grant.token) == "LockLost"
    assert (await bob.updates(ticket, given={"subject": "Bob's turn"})).subject == "Bob's turn"


async def test_whoever_takes_an_expired_lock_leaves_its_end_in_the_history_first(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    first = await ann.locks(ticket)
    await lapse(ticket)
    second = await bob.locks(ticket)
    assert int(second.token) > int(first.token)
    events = [
        (event.kind, event.actor, event.ticket.lock and event.ticket.lock.holder) for event in await ann.history(ticket)
    ]
    assert events[2:] == [("LOCK_EXPIRED", "system", None), ("LOCKED", "bob", "bob")]


async def test_a_decision_and_closing_free_the_lock_in_the_same_event(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    for verb in ("approveTicket", "rejectTicket", "closeTicket"):
        ticket = await ann.creates(userId="u-1")
        grant = await ann.locks(ticket)
        done = await ann.does(verb, id=ticket.id, **WAYS_TO_CHANGE[verb])
        assert done.lock is None
        last = (await ann.history(ticket))[-1]
        assert (last.kind, last.ticket.lock) == (done.status, None)
        assert {"lock", "status"} <= set(last.changed)
        assert await ann.outcome("reopenTicket", id=ticket.id, lockToken=grant.token) == "LockLost"
        assert (await bob.reopens(ticket)).status == "OPEN"


async def test_other_changes_by_the_holder_keep_the_lock(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    for change in (ann.updates(ticket, given={"subject": "s"}), ann.starts(ticket)):
        assert (await change).lock == grant.ticket.lock
    await ann.replies(ticket)
    read = await ann.reads(ticket)
    assert read is not None
    assert read.lock == grant.ticket.lock


async def test_a_ticket_is_locked_in_every_status_without_a_new_version(desk: Desk) -> None:
    ann = await desk.agent()
    ways = {
        "OPEN": None,
        "PROCESSING": ann.starts,
        "APPROVED": ann.approves,
        "REJECTED": ann.rejects,
        "CLOSED": ann.closes,
    }
    for status, way in ways.items():
        ticket = await ann.creates(userId="u-1")
        before = await way(ticket) if way else ticket
        grant = await ann.locks(ticket)
        after = await ann.unlocks(ticket)
        assert (before.status, grant.ticket.status, after.status) == (status,) * 3
        assert (before.version, grant.ticket.version, after.version) == (before.version,) * 3
        assert (grant.ticket.revision, after.revision) == (before.revision + 1, before.revision + 2)


async def test_a_free_ticket_is_answered_as_it_is_without_an_event(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    before = await ann.as_of()
    assert await ann.unlocks(ticket) == ticket
    assert await ann.outcome("unlockTicket", id=ticket.id, token="1") == "LockLost"
    assert await ann.as_of() == before


async def test_an_admin_frees_anothers_lock_by_force_and_says_why(desk: Desk) -> None:
    ann, ada = await desk.agent(), await desk.admin()
    ticket = await ann.creates(userId="u-1")
    grant = await ann.locks(ticket)
    assert await ann.outcome("unlockTicket", id=ticket.id, force=True, reason="Mine.") == "FORBIDDEN"
    for reason in ({}, {"reason": None}, {"reason": ""}, {"reason": " \n"}):
        refused = await ada.unlocks(ticket, force=True, **reason)
        assert (refused["__typename"], refused.field) == ("InvalidInput", "reason")
    assert await ada.outcome("unlockTicket", id=ticket.id, force=None, reason="x") == "TicketLocked"
    assert await ada.outcome("unlockTicket", id=ticket.id, force=False, reason="x") == "TicketLocked"
    assert await ada.outcome("unlockTicket", id=ticket.id, force=True, reason="x", token="0") == "LockLost"
    assert (await ada.unlocks(ticket, force=True, reason="Ann went home.")).lock is None
    query = "query($id: ID!) { ticket(id: $id) { events { edges { node { kind actor reason } } } } }"
    last = (await ada.asks(query, id=ticket.id)).ticket.events.edges[-1].node
    assert last == {"kind": "UNLOCKED", "actor": "ada", "reason": "Ann went home."}
    assert await ann.outcome("renewLock", id=ticket.id, token=grant.token) == "LockLost"
