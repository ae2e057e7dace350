"""The history: each event tells what changed, and a snapshot with the events after it is the snapshot after them."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.desk import EVENT, TICKET, Answer, Desk, Person

HISTORY = f"""query($id: ID!, $after: Cursor, $first: Int) {{ ticket(id: $id) {{ {TICKET}
  events(after: $after, first: $first) {{ edges {{ cursor node {{ {EVENT} }} }}
  pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }} }}"""
ALL = f"{{ tickets(orderBy: CREATED_ASC) {{ asOf edges {{ node {{ {TICKET} }} }} }} }}"
OWN = {"subject", "body", "status", "priority", "assignee", "tags", "extra", "decision"}
LOCK_KINDS = {"LOCKED", "LOCK_RENEWED", "UNLOCKED", "LOCK_EXPIRED"}


async def a_long_story(desk: Desk, ticket: Answer) -> None:
    """Everything that can happen to a ticket, much of it twice."""
    ann, bob, ada, carla = *await desk.agents("ann", "bob"), await desk.admin(), await desk.customer()
    grant = await ann.locks(ticket)
    await ann.renews(ticket, grant.token, leaseSeconds=600)
    extra = {"zz": [1, 2.5], "a": {"b": None}}
    given = {"subject": "New", "body": "New", "priority": "HIGH", "tags": ["x"], "extra": extra, "assignee": "ann"}
    await ann.updates(ticket, given=given, lockToken=grant.token)
    await ann.updates(ticket, given=given)
    await carla.replies(ticket, "Hello?")
    await bob.notes(ticket, "A note.")
    await ada.unlocks(ticket, force=True, reason="Lunch.")
    await bob.updates(ticket, given={"assignee": None})
    await bob.starts(ticket)
    await bob.locks(ticket)
    await bob.replies(ticket, "Hello.")
    await bob.approves(ticket, reason="Fine.")
    await ann.reopens(ticket)
    await ann.rejects(ticket)
    await carla.replies(ticket, "Why?")
    await ann.locks(ticket)
    await ann.reopens(ticket)
    await ann.closes(ticket)
    await ann.locks(ticket)
    await carla.replies(ticket, "Again.")
    await ann.unlocks(ticket)


async def history(person: Person, ticket: Answer) -> list[Answer]:
    events = await person.history(ticket)
    assert len(events) >= 20
    return events


def differing(before: Answer, after: Answer) -> set[str]:
    return {name for name in after if name != "__typename" and before[name] != after[name]}


async def test_every_event_names_exactly_the_fields_that_differ(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    await a_long_story(desk, ticket)
    events = await history(ann, ticket)
    for before, event in itertools.pairwise(events):
        assert set(event.changed) == differing(before.ticket, event.ticket), event.kind
        assert len(set(event.changed)) == len(event.changed)
    assert {event.kind for event in events} == {
        "CREATED", "UPDATED", "LOCKED", "LOCK_RENEWED", "UNLOCKED", "PROCESSING_STARTED",
        "APPROVED", "REJECTED", "CLOSED", "REOPENED", "MESSAGE_ADDED",
    }  # fmt: skip


async def test_version_and_revision_count_what_the_contract_says(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    await a_long_story(desk, ticket)
    events = await history(ann, ticket)
    assert (events[0].ticket.version, events[0].ticket.revision) == (1, 1)
    for before, event in itertools.pairwise(events):
        own = bool(set(event.changed) & OWN)
        is_note = event.kind == "MESSAGE_ADDED" and event.message.kind == "NOTE"
        assert event.ticket.version - before.ticket.version == own, event.kind
        assert event.ticket.revision - before.ticket.revision == (not is_note), event.kind
        assert not (own and (event.kind in LOCK_KINDS or event.kind == "MESSAGE_ADDED"))
        assert (event.message is not None) == (event.kind == "MESSAGE_ADDED")
        assert event.ticketId == event.ticket.id == ticket.id
        assert event.at >= before.at
        if {"version"} <= set(event.changed):
            assert event.ticket.updatedAt == event.at


async def test_snapshot_before_and_events_are_the_snapshot_after(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket, other = await carla.creates(), await ann.creates(userId="u-2")
    for person in (ann, carla):
        before = (await person.asks(ALL)).tickets
        state: dict[str, Any] = {edge.node.id: edge.node for edge in before.edges}
        async with person.follows(after=before.asOf) as stream:
            await a_long_story(desk, ticket)
            await ann.updates(other, given={"subject": f"by {person.name}"})
            await ann.creates(userId="u-1", subject="last")
            after = (await person.asks(ALL)).tickets
            while not stream.seen or stream.seen[-1].cursor != after.asOf:
                event = await stream.next()
                known = state.get(event.ticketId)
                if known is None or event.ticket.revision >= known.revision:
                    state[event.ticketId] = event.ticket
        assert state == {edge.node.id: edge.node for edge in after.edges}


async def test_the_history_is_read_in_pages_by_journal_cursor(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    await a_long_story(desk, ticket)
    for person in (ann, carla):
        whole = await history(person, ticket)
        read, after = [], None
        while True:
            page = (await person.asks(HISTORY, id=ticket.id, after=after, first=4)).ticket.events
            assert [edge.cursor for edge in page.edges] == [edge.node.cursor for edge in page.edges]
            assert page.pageInfo.hasPreviousPage == (after is not None)
            read += [edge.node for edge in page.edges]
            after = page.pageInfo.endCursor
            if not page.pageInfo.hasNextPage:
                break
        assert read == whole
        rest = (await person.asks(HISTORY, id=ticket.id, after=whole[7].cursor)).ticket.events.edges
        assert [edge.node for edge in rest] == whole[8:]


async def test_an_event_shows_the_ticket_as_it_was_and_its_thread_as_it_is(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", subject="first")
    await ann.updates(ticket, given={"subject": "second"})
    await ann.replies(ticket, "Hello.")
    query = """query($id: ID!) { ticket(id: $id) { events { edges { node { ticket { subject
      messages { edges { node { text } } } events { edges { node { kind } } } } } } } } }"""
    nodes = [edge.node.ticket for edge in (await ann.asks(query, id=ticket.id)).ticket.events.edges]
    assert [node.subject for node in nodes] == ["first", "second", "second"]
    for node in nodes:
        assert [edge.node.text for edge in node.messages.edges] == ["Hello."]
        assert [edge.node.kind for edge in node.events.edges] == ["CREATED", "UPDATED", "MESSAGE_ADDED"]


async def test_a_refused_change_leaves_no_trace(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    grant = await bob.locks(ticket)
    before = await ann.as_of()
    refusals = [
        await ann.outcome("approveTicket", id=ticket.id),
        await bob.outcome("approveTicket", id=ticket.id, expectedVersion=9),
        await bob.outcome("reopenTicket", id=ticket.id),
        await bob.outcome("approveTicket", id=ticket.id, lockToken="0"),
        await bob.outcome("reply", ticketId=ticket.id, text=""),
    ]
    assert refusals == ["TicketLocked", "VersionConflict", "InvalidTransition", "LockLost", "InvalidInput"]
    assert await ann.as_of() == before
    assert await ann.reads(ticket) == grant.ticket
