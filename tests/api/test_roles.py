"""What customers, partners, agents, admins and strangers may and may not."""

from __future__ import annotations

from typing import Any

from models.account import Account
from tests.support.desk import EVENT, TICKET, Answer, Desk, Person

MISSING = "00000000-0000-7000-8000-000000000000"
CALLS: dict[str, dict[str, Any]] = {
    "updateTicket": {"input": {"subject": "x"}},
    "lockTicket": {},
    "renewLock": {"token": "1"},
    "unlockTicket": {},
    "startProcessing": {},
    "approveTicket": {},
    "rejectTicket": {"reason": "No."},
    "closeTicket": {},
    "reopenTicket": {},
    "reply": {"text": "Hello."},
    "addNote": {"text": "Hm."},
}
LIST = """query($filter: TicketFilter) {
  tickets(filter: $filter) { edges { node { number } } } queue(filter: $filter) { total } }"""
ONE = f"query($id: ID, $number: Int) {{ ticket(id: $id, number: $number) {{ {TICKET} }} }}"
EVERYTHING = f"""query($id: ID!) {{ ticket(id: $id) {{ {TICKET}
  events(first: 100) {{ edges {{ node {{ {EVENT} }} }} }}
  messages {{ edges {{ node {{ kind author text }} }} }} }} }}"""


def on(mutation: str, id: str) -> dict[str, str]:
    return {"ticketId" if mutation in ("reply", "addNote") else "id": id}


async def listed(person: Person, **filter: Any) -> list[int]:
    answer = await person.asks(LIST, filter=filter)
    numbers = [edge.node.number for edge in answer.tickets.edges]
    assert answer.queue.total == len(numbers)
    return numbers[::-1]


async def test_the_viewer_is_told_who_he_is(desk: Desk) -> None:
    query = "{ viewer { name role userId } }"
    assert (await (await desk.agent()).asks(query)).viewer == {"name": "ann", "role": "AGENT", "userId": None}
    assert (await (await desk.admin()).asks(query)).viewer == {"name": "ada", "role": "ADMIN", "userId": None}
    assert (await (await desk.partner()).asks(query)).viewer == {"name": "bank", "role": "PARTNER", "userId": None}
    assert (await (await desk.customer()).asks(query)).viewer == {"name": "carla", "role": "CUSTOMER", "userId": "u-1"}


async def test_nobody_may_do_nothing(desk: Desk) -> None:
    ann, stranger = await desk.agent(), desk.stranger()
    ticket = await ann.creates(userId="u-1")
    for query in (
        "{ viewer { name } }",
        "{ asOf }",
        "{ tickets { asOf } }",
        "{ queue { total } }",
        "{ ticketsByNumber(numbers: [1]) { id } }",
        '{ latestApprovedTicket(userId: "u-1") { id } }',
        '{ latestApprovedTickets(userIds: ["u-1"]) { id } }',
    ):
        assert await stranger.refused(query) == "UNAUTHENTICATED", query
    assert await stranger.refused(ONE, id=ticket.id) == "UNAUTHENTICATED"
    assert await stranger.outcome("createTicket", input={"userId": "u-1", "subject": "x"}) == "UNAUTHENTICATED"
    for mutation, given in CALLS.items():
        assert await stranger.outcome(mutation, **on(mutation, ticket.id), **given) == "UNAUTHENTICATED"
    assert await ann.reads(ticket) == ticket


async def test_a_wrong_credential_is_told_and_never_taken_for_none(desk: Desk) -> None:
    ann = await desk.agent()
    assert ann.token
    wrong = ["gd", ann.token[:-1], ann.token + "x", ann.token.replace("_", "-", 1), ann.token.upper(), "gd__", "gd_é_é"]
    headers = [f"Bearer {token}" for token in wrong] + [ann.token, f"Basic {ann.token}", "Bearer", "é", "x" * 5_000]
    for header in headers:
        encoded = {"authorization": header.encode("utf-8")}
        answer = await desk.http.post("/graphql", json={"query": "{ __typename }"}, headers=encoded)
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", header
        assert answer.status_code in (200, 401)
    await Account.filter(name="ann").update(active=False)
    assert await ann.refused("{ viewer { name } }") == "UNAUTHENTICATED"


async def test_customers_know_their_own_tickets_only(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer("carla", "u-1")
    own, other = await ann.creates(userId="u-1", subject="same"), await ann.creates(userId="u-2", subject="same")
    assert (await carla.asks(ONE, id=own.id)).ticket.id == own.id
    assert (await carla.asks(ONE, number=own.number)).ticket.id == own.id
    assert (await carla.asks(ONE, id=other.id)).ticket is None
    assert (await carla.asks(ONE, number=other.number)).ticket is None
    assert (
        await listed(carla) == await listed(carla, userId="u-1") == await listed(carla, search="same") == [own.number]
    )
    assert await listed(carla, userId="u-2") == []
    for id in (other.id, MISSING, "malformed", ""):
        assert await carla.outcome("reply", ticketId=id, text="x") == "NotFound"


async def test_customers_create_read_and_reply_and_nothing_else(desk: Desk) -> None:
    carla = await desk.customer("carla", "u-1")
    ticket = await carla.creates()
    for mutation, given in CALLS.items():
        expected = "Message" if mutation == "reply" else "FORBIDDEN"
        assert await carla.outcome(mutation, **on(mutation, ticket.id), **given) == expected
    assert await carla.outcome("unlockTicket", id=ticket.id, force=True, reason="x") == "FORBIDDEN"


async def test_partners_create_for_anybody_and_read_by_user_or_id_and_nothing_else(desk: Desk) -> None:
    ann, bank = await desk.agent(), await desk.partner()
    ticket = await bank.creates(userId="u-1")
    await ann.notes(ticket)
    assert (await bank.asks(ONE, id=ticket.id)).ticket == ticket
    assert await listed(bank, userId="u-1") == [ticket.number]
    assert await listed(bank, userId="u-2") == []
    for filter in ({}, {"userId": None}, {"status": ["OPEN"]}, {"search": "card"}):
        assert await bank.refused("query($f: TicketFilter) { tickets(filter: $f) { asOf } }", f=filter) == "FORBIDDEN"
        assert await bank.refused("query($f: TicketFilter) { queue(filter: $f) { asOf } }", f=filter) == "FORBIDDEN"
    assert await bank.refused("{ tickets { asOf } }") == "FORBIDDEN"
    for mutation, given in CALLS.items():
        assert await bank.outcome(mutation, **on(mutation, ticket.id), **given) == "FORBIDDEN"
        assert await bank.outcome(mutation, **on(mutation, MISSING), **given) == "FORBIDDEN"
    seen = (await bank.asks(EVERYTHING, id=ticket.id)).ticket
    assert (len(seen.events.edges), seen.messages.edges) == (1, [])


async def test_agents_and_admins_work_on_every_ticket(desk: Desk) -> None:
    bank = await desk.partner()
    for person in (await desk.agent(), await desk.admin()):
        ticket = await bank.creates(userId="u-9")
        grant = await person.locks(ticket)
        assert (await person.renews(ticket, grant.token)).token == grant.token
        assert (await person.unlocks(ticket)).lock is None
        assert (await person.updates(ticket, given={"assignee": person.name})).assignee == person.name
        assert [(await person.replies(ticket)).kind, (await person.notes(ticket)).kind] == ["REPLY", "NOTE"]
        steps = (person.starts, person.approves, person.reopens, person.rejects, person.reopens, person.closes)
        went = [(await step(ticket)).status for step in steps]
        assert went == ["PROCESSING", "APPROVED", "PROCESSING", "REJECTED", "PROCESSING", "CLOSED"]
        assert ticket.number in await listed(person)


def names_in(answer: Any) -> set[str]:
    """Every account's name that an answer shows."""
    if isinstance(answer, dict):
        own = {answer[key] for key in ("holder", "assignee", "decidedBy", "actor", "author") if answer.get(key)}
        return own.union(*map(names_in, answer.values()))
    return set().union(*map(names_in, answer)) if isinstance(answer, list) else set()


async def test_customers_read_an_agent_where_others_read_a_name(desk: Desk) -> None:
    ann, bob, ada = *await desk.agents("ann", "bob"), await desk.admin()
    carla, carl, bank = await desk.customer("carla", "u-1"), await desk.customer("carl", "u-1"), await desk.partner()
    ticket = await bank.creates(userId="u-1")
    await carla.replies(ticket, "Hello?")
    await carl.replies(ticket, "Hello, too.")
    await ann.replies(ticket, "Hello.")
    await ann.updates(ticket, given={"assignee": "bob"})
    await bob.approves(ticket, reason="Fine.")
    await ada.locks(ticket)
    everybody = {"ann", "bob", "ada", "bank", "carla", "carl"}
    assert names_in(await ann.asks(EVERYTHING, id=ticket.id)) == everybody
    assert names_in(await bank.asks(EVERYTHING, id=ticket.id)) == everybody
    assert names_in(await carla.asks(EVERYTHING, id=ticket.id)) == {"carla", "an agent"}
    assert names_in(await carl.asks(EVERYTHING, id=ticket.id)) == {"carl", "an agent"}
    seen = await carla.asks(EVERYTHING, id=ticket.id)
    assert (seen.ticket.lock.holder, seen.ticket.assignee, seen.ticket.decision.decidedBy) == ("an agent",) * 3
    assert [edge.node.author for edge in seen.ticket.messages.edges] == ["carla", "an agent", "an agent"]


async def test_customers_cannot_find_out_a_name_by_asking_for_it(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer("carla", "u-1")
    ticket = await carla.creates()
    await ann.starts(ticket)
    assert await listed(carla, assignee="ann") == await listed(carla, assignee="nobody") == []
    assert await listed(ann, assignee="ann") == [ticket.number]


async def test_what_a_customer_may_not_see_looks_like_what_is_not_there(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer("carla", "u-1")
    hidden = await ann.creates(userId="u-2")
    await ann.creates(userId="u-2", key="ann's key")

    async def told(id: str) -> Answer:
        return await carla.does("reply", ticketId=id, text="x", idempotencyKey="k", lockToken="1")

    assert await told(hidden.id) == await told(MISSING)
    there = await carla.post(ONE, {"id": hidden.id})
    assert there.json() == (await carla.post(ONE, {"id": MISSING})).json()


async def test_notes_stay_among_agents_wherever_events_are_read(desk: Desk) -> None:
    ann, carla, bank = await desk.agent(), await desk.customer("carla", "u-1"), await desk.partner()
    ticket = await carla.creates()
    await ann.notes(ticket, "Looks like fraud.")
    await ann.replies(ticket, "We look into it.")
    nested = """query($id: ID!) { ticket(id: $id) { events { edges { node { ticket {
      messages { edges { node { text } } } events { edges { node { message { text } } } } } } } } } }"""
    for person in (carla, bank):
        assert "fraud" not in (await person.post(EVERYTHING, {"id": ticket.id})).text
        assert "fraud" not in (await person.post(nested, {"id": ticket.id})).text
    assert "fraud" in (await ann.post(nested, {"id": ticket.id})).text
