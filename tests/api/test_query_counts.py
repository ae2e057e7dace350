"""However many rows a page has, it takes the same few statements; and an operation leaves nothing behind."""

from __future__ import annotations

import gc

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from desk import keeper
from resolvers.context import Context
from schema.limits import BOUNDS
from schema.operations import Executing
from tests.support.desk import GUARD_S, Desk, Person
from tests.support.sql import statements

PAGE = """query($first: Int) { tickets(first: $first) { asOf edges { node {
  number subject lock { holder } decision { decidedBy }
  events(first: 10) { edges { cursor node { kind actor
    ticket { subject lock { holder } messages { edges { node { id } } } }
    message { text author } } } pageInfo { hasNextPage } }
  messages(first: 10) { edges { cursor node { kind author text } } pageInfo { hasNextPage } } } } } }"""
BY_NUMBER = """query($numbers: [Int!]!) { ticketsByNumber(numbers: $numbers) {
  subject events { edges { node { kind message { text } } } } messages { edges { node { text } } } } }"""
LATEST = (
    "query($users: [ID!]!) { latestApprovedTickets(userIds: $users) { subject messages { edges { node { text } } } } }"
)
QUEUE = "{ queue { numbers total } }"
LIST = "query($first: Int) { tickets(first: $first) { edges { node { number subject status tags createdAt } } } }"
LATEST_OF_ONE = "query($userId: ID!) { latestApprovedTicket(userId: $userId) { number subject status } }"
UPDATE = 'mutation($id: ID!) { updateTicket(id: $id, input: {subject: "new"}) { ... on Ticket { version } } }'


@pytest.fixture(autouse=True)
def nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seal is made meanwhile: its statements are nobody's who asks."""
    monkeypatch.setattr(keeper, "ROUND_S", 60 * GUARD_S)


@pytest.fixture(autouse=True)
def both_ways() -> None:
    """Each query is executed once: see conftest.py."""


async def filled(desk: Desk, count: int) -> Person:
    """Tickets each with an own user, a reply, a note, a lock and an approval; all made in a few requests."""
    ann = await desk.agent()

    async def at_once(*mutations: str) -> None:
        most = BOUNDS["aliases"]
        for begin in range(0, len(mutations), most):
            batch = mutations[begin : begin + most]
            await ann.asks("mutation { " + " ".join(f"m{n}: {text}" for n, text in enumerate(batch)) + " }")

    some = "{ __typename }"
    await at_once(*(f'createTicket(input: {{userId: "u-{n}", subject: "s"}}) {some}' for n in range(count)))
    query = "{ tickets(first: 100) { edges { node { id } } } }"
    ids = [edge.node.id for edge in (await ann.asks(query)).tickets.edges]
    await at_once(*(f'reply(ticketId: "{id}", text: "hello") {some}' for id in ids))
    await at_once(*(f'addNote(ticketId: "{id}", text: "note") {some}' for id in ids))
    await at_once(*(f'approveTicket(id: "{id}") {some}' for id in ids))
    await at_once(*(f'lockTicket(id: "{id}") {some}' for id in ids))
    return ann


async def test_a_page_takes_as_many_statements_as_a_single_row(desk: Desk) -> None:
    ann = await filled(desk, 50)
    numbers = (await ann.asks(QUEUE)).queue.numbers
    few_and_many = {
        PAGE: ({"first": 2}, {"first": 50}),
        BY_NUMBER: ({"numbers": numbers[:2]}, {"numbers": numbers}),
        LATEST: ({"users": ["u-0", "u-1"]}, {"users": [f"u-{n}" for n in range(50)]}),
        QUEUE: ({}, {}),
    }
    for query, (few, many) in few_and_many.items():
        with statements() as of_few:
            await ann.asks(query, **few)
        with statements() as of_many:
            answer = await ann.post(query, many)
        assert "errors" not in answer.json()
        assert len(of_many) == len(of_few) <= 12, "\n".join(sql for sql, _ in of_many)


async def test_what_is_asked_most_takes_one_statement_and_none_the_second_time(desk: Desk) -> None:
    ann = await filled(desk, 3)
    for query, given in ((LIST, {"first": 3}), (LATEST_OF_ONE, {"userId": "u-1"})):
        with statements() as first:
            answer = await ann.post(query, given)
        with statements() as second:
            assert (await ann.post(query, given)).json() == answer.json()
        assert (len(first), len(second)) == (1, 0), "\n".join(sql for sql, _ in first + second)


async def test_an_update_takes_one_statement_to_read_and_one_for_each_thing_that_it_writes(desk: Desk) -> None:
    ann = await filled(desk, 1)
    (edge,) = (await ann.asks("{ tickets { edges { node { id } } } }")).tickets.edges
    with statements() as sent:
        assert (await ann.asks(UPDATE, id=edge.node.id)).updateTicket.version
    clock = ["SELECT"] if desk.on_postgres else []
    ticket, words, head, event = "UPDATE", "INSERT", "UPDATE", "INSERT"
    assert [sql.split()[0] for sql, _ in sent] == ["SELECT", *clock, ticket, words, head, event], sent


async def test_the_page_that_is_counted_is_full(desk: Desk) -> None:
    ann = await filled(desk, 3)
    page = (await ann.asks(PAGE, first=3)).tickets
    for edge in page.edges:
        kinds = [event.node.kind for event in edge.node.events.edges]
        assert kinds == ["CREATED", "MESSAGE_ADDED", "MESSAGE_ADDED", "APPROVED", "LOCKED"]
        assert [message.node.text for message in edge.node.messages.edges] == ["hello", "note"]
        assert edge.node.lock.holder == edge.node.decision.decidedBy == "ann"
        assert edge.node.events.edges[1].node.message.text == "hello"


async def test_an_operation_leaves_nothing_for_the_garbage_collector(desk: Desk) -> None:
    """What holds itself waits for a collector, which looks through everything else on its way."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for number in range(3):
            await ann.asks(f'{{ ticket(id: "{ticket.id}") {{ again{number}: subject }} }}')
            await ann.updates(ticket, given={"subject": f"Time {number}"})
        gc.collect()
        left = [type(each) for each in gc.garbage if isinstance(each, Context | Executing | RequestResponseCycle)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert left == []
