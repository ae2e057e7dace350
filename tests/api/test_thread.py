"""The thread of a ticket: messages of the requester, replies and notes."""

from __future__ import annotations

from tests.support.desk import Answer, Desk, Person

THREAD = """query($id: ID!, $first: Int, $after: Cursor) { ticket(id: $id) { messages(first: $first, after: $after) {
  edges { cursor node { id ticketId kind author text html createdAt delivery } }
  pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }"""


async def thread(person: Person, ticket: Answer, **page: object) -> Answer:
    return (await person.asks(THREAD, id=ticket.id, **page)).ticket.messages  # type: ignore[no-any-return]


async def texts(person: Person, ticket: Answer) -> list[str]:
    return [edge.node.text for edge in (await thread(person, ticket)).edges]


async def now(person: Person, ticket: Answer) -> Answer:
    found = await person.reads(ticket)
    assert found is not None
    return found


async def test_a_customer_writes_in_and_an_agent_replies(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    asked = await carla.replies(ticket, "Any news?")
    replied = await ann.replies(ticket, "Soon.")
    assert (asked.kind, asked.author, asked.ticketId) == ("INCOMING", "carla", ticket.id)
    assert (replied.kind, replied.author, replied.ticketId) == ("REPLY", "ann", ticket.id)
    seen = [edge.node for edge in (await thread(ann, ticket)).edges]
    assert [(entry.id, entry.text) for entry in seen] == [(asked.id, "Any news?"), (replied.id, "Soon.")]
    assert [(entry.html, entry.delivery) for entry in seen] == [(None, None)] * 2
    events = (await ann.history(ticket))[1:]
    assert [(event.kind, event.actor, event.message.id) for event in events] == [
        ("MESSAGE_ADDED", "carla", asked.id),
        ("MESSAGE_ADDED", "ann", replied.id),
    ]


async def test_a_message_makes_a_new_revision_but_no_new_version(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    await ann.replies(ticket)
    await carla.replies(ticket)
    after = await now(ann, ticket)
    assert (after.version, after.revision) == (1, 3)


async def test_a_ticket_awaits_a_reply_from_the_requesters_word_until_ours(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    waits = [ticket.awaitingReply]
    steps = (
        ann.notes(ticket),
        ann.replies(ticket),
        carla.replies(ticket),
        ann.starts(ticket),
        ann.updates(ticket, given={"subject": "s"}),
        ann.approves(ticket),
        carla.replies(ticket),
        ann.reopens(ticket),
        ann.rejects(ticket),
        ann.reopens(ticket),
        carla.replies(ticket),
        ann.closes(ticket),
    )
    for step in steps:
        await step
        waits.append((await now(ann, ticket)).awaitingReply)
    assert waits == [True, True, False, True, True, True, False, True, True, False, False, True, False]


async def test_notes_are_for_agents_and_admins_and_leave_the_ticket_as_it_is(desk: Desk) -> None:
    ann, ada, carla, bank = await desk.agent(), await desk.admin(), await desk.customer(), await desk.partner()
    ticket = await carla.creates()
    note = await ann.notes(ticket, "He called twice.")
    assert (note.kind, note.author) == ("NOTE", "ann")
    assert await now(ann, ticket) == ticket
    for person in (ann, ada):
        assert await texts(person, ticket) == ["He called twice."]
        event = (await person.history(ticket))[-1]
        assert (event.kind, event.message.kind, event.changed) == ("MESSAGE_ADDED", "NOTE", [])
        assert event.ticket == ticket
    for person in (carla, bank):
        assert await texts(person, ticket) == []
        assert [event.kind for event in await person.history(ticket)] == ["CREATED"]


async def test_a_customers_message_reopens_a_closed_ticket_even_while_it_is_locked(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    await ann.starts(ticket)
    await ann.closes(ticket)
    grant = await ann.locks(ticket)
    assert (await carla.replies(ticket, "It is still broken."))["__typename"] == "Message"
    after = await now(ann, ticket)
    assert (after.status, after.awaitingReply, after.lock) == ("PROCESSING", True, grant.ticket.lock)
    assert after.version == grant.ticket.version + 1
    assert [(event.kind, event.actor) for event in await ann.history(ticket)][-2:] == [
        ("MESSAGE_ADDED", "carla"),
        ("REOPENED", "carla"),
    ]
    assert (await ann.renews(ticket, grant.token)).token == grant.token


async def test_a_customers_message_leaves_a_decision_alone(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    for verb in ("approveTicket", "rejectTicket"):
        ticket = await carla.creates()
        decided = await ann.does(verb, id=ticket.id, reason="So it is.")
        await carla.replies(ticket, "Why?")
        after = await now(ann, ticket)
        assert (after.status, after.decision, after.awaitingReply) == (decided.status, decided.decision, True)


async def test_a_lock_stops_replies_of_others_but_never_the_customer(desk: Desk) -> None:
    ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer()
    ticket = await carla.creates()
    grant = await ann.locks(ticket)
    refused = await bob.replies(ticket)
    assert (refused["__typename"], refused.held.holder) == ("TicketLocked", "ann")
    assert (await carla.replies(ticket, "Hello?"))["__typename"] == "Message"
    assert (await ann.replies(ticket, "Here.", lockToken=grant.token))["__typename"] == "Message"
    assert await texts(ann, ticket) == ["Hello?", "Here."]


async def test_what_was_written_without_seeing_the_others_message_is_refused_with_it(desk: Desk) -> None:
    ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer()
    ticket = await carla.creates()
    seen = (await ann.history(ticket))[-1].cursor
    message = await carla.replies(ticket, "Do not send it, I found it!")
    await bob.updates(ticket, given={"priority": "LOW"})
    refused = await ann.replies(ticket, "We send a new card.", basedOn=seen)
    assert refused["__typename"] == "Unseen"
    assert refused.events == (await ann.history(ticket))[1:]
    assert [event.kind for event in refused.events] == ["MESSAGE_ADDED", "UPDATED"]
    assert refused.events[0].message.id == message.id
    assert await texts(ann, ticket) == ["Do not send it, I found it!"]
    assert (await ann.replies(ticket, "Good!", basedOn=refused.events[-1].cursor))["__typename"] == "Message"


async def test_own_words_mere_locks_and_other_tickets_are_never_unseen(desk: Desk) -> None:
    ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer()
    ticket, other = await carla.creates(), await carla.creates()
    seen = (await ann.history(ticket))[-1].cursor
    await ann.replies(ticket, "First.")
    await ann.updates(ticket, given={"subject": "s"})
    grant = await bob.locks(ticket)
    await bob.renews(ticket, grant.token)
    await bob.unlocks(ticket)
    await bob.updates(other, given={"subject": "s"})
    assert (await ann.replies(ticket, "Second.", basedOn=seen))["__typename"] == "Message"
    assert (await ann.replies(ticket, "Third.", basedOn=await ann.as_of()))["__typename"] == "Message"
    assert (await ann.replies(ticket, "Fourth.", basedOn=None))["__typename"] == "Message"


async def test_a_colleagues_note_is_unseen_for_agents_and_does_not_exist_for_customers(desk: Desk) -> None:
    ann, bob, carla = *await desk.agents("ann", "bob"), await desk.customer()
    ticket = await carla.creates()
    seen = await ann.as_of()
    note = await bob.notes(ticket, "Wait for the fraud team.")
    refused = await ann.replies(ticket, "Approved.", basedOn=seen)
    assert [event.message.id for event in refused.events] == [note.id]
    assert (await carla.replies(ticket, "Hello?", basedOn=seen))["__typename"] == "Message"


async def test_customers_learn_what_they_had_not_seen_without_names(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    seen = await carla.as_of()
    await ann.replies(ticket, "Please send a photo.")
    refused = await carla.replies(ticket, "Hello?", basedOn=seen)
    (event,) = refused.events
    assert (event.actor, event.message.author, event.message.text) == ("an agent", "an agent", "Please send a photo.")


async def test_the_thread_is_read_in_pages_oldest_first(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer()
    ticket = await carla.creates()
    for number in range(5):
        await ann.notes(ticket, f"note {number}")
        await ann.replies(ticket, f"reply {number}")
    for person, expected in ((ann, 10), (carla, 5)):
        read, after = [], None
        while True:
            page = await thread(person, ticket, first=3, after=after)
            assert page.pageInfo.hasPreviousPage == (after is not None)
            assert (page.pageInfo.startCursor, page.pageInfo.endCursor) == (page.edges[0].cursor, page.edges[-1].cursor)
            read += [edge.node.text for edge in page.edges]
            after = page.pageInfo.endCursor
            if not page.pageInfo.hasNextPage:
                break
        assert read == await texts(person, ticket)
        assert len(read) == expected
    empty = await thread(ann, ticket, first=3, after=after)
    assert (empty.edges, empty.pageInfo.endCursor, empty.pageInfo.hasNextPage) == ([], None, False)


async def test_messages_keep_their_text_to_the_letter(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    text = "  <script>alert(1)</script>\r\n\t'; DROP TABLE tickets; -- 🏦 e\u0301 \u2028 %s $1 ?1 \\ "
    assert (await ann.replies(ticket, text)).text == text
    assert await texts(ann, ticket) == [text]
