"""Plain data that is completed in one step is what graphql-core makes of it, its errors included.

conftest.py executes every query of tests/api both ways; here are those that nobody sends.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from graphql import GraphQLSchema
from hypothesis import given
from hypothesis import strategies as st

from models.event import Event
from models.ticket import Ticket
from resolvers.lists import Queue
from resolvers.pages import Page
from tests.fuzz.drawn import RETURNED, SCHEMA, Request, documents, lifted
from tests.models.drawn import promise, tell_the_seed
from tests.support.bothways import Compared
from tests.support.desk import EVENT, TICKET, Desk, Person
from tests.support.history import a_day

LIST = "tickets(first: 3) { edges { node { %s } } pageInfo { hasNextPage } }"


@pytest.fixture(autouse=True)
def seed_told() -> None:
    tell_the_seed()


async def agent(desk: Desk) -> Person:
    """An agent of a desk where something is everywhere."""
    ann = await desk.agent()
    first, *_ = await a_day(desk)
    await ann.locks(first)
    return ann


# ---------------------------------------------------------------- what a document may say

SAID: dict[str, tuple[str, dict[str, Any]]] = {
    "one field": ("{ tickets { edges { node { id } } } }", {}),
    "every column": ("{ " + LIST % TICKET + " }", {}),
    "the name of a type, everywhere": (
        "{ __typename tickets { __typename edges { __typename node { __typename lock { __typename } } } } }",
        {},
    ),
    "only names of types": ("{ tickets { pageInfo { __typename } edges { node { decision { __typename } } } } }", {}),
    "aliases": ("{ tickets { edges { node { a: id b: id id: subject tags: number c: lock { h: holder } } } } }", {}),
    "fields that are merged": (
        "{ tickets { edges { node { lock { holder } id lock { expiresAt holder } id } } edges { cursor } } }",
        {},
    ),
    "fragments": (
        "query { tickets { edges { ...edge } } }"
        " fragment edge on TicketEdge { cursor node { ...row ...on Ticket { id } } }"
        " fragment row on Ticket { id subject decision { ...on Decision { outcome decidedAt } } }",
        {},
    ),
    "one fragment in two places": (
        "query($id: ID!) { a: ticket(id: $id) { ...row } b: ticket(id: $id) { subject ...row } }"
        " fragment row on Ticket { id lock { holder } }",
        {"id": ""},
    ),
    "a directive that leaves out": (
        "query($no: Boolean!) { tickets { edges { node { id @skip(if: true) subject @include(if: $no) number } } } }",
        {"no": False},
    ),
    "a directive that takes in": (
        "query($no: Boolean!) { tickets { edges { node { id subject @include(if: $no) number } } } }",
        {"no": True},
    ),
    "a fragment that is left out": (
        "query($no: Boolean!) { tickets { edges { node { id ...row @skip(if: $no) } } } }"
        " fragment row on Ticket { tags }",
        {"no": True},
    ),
    "nested lists": (f"{{ {LIST % f'id events(first: 3) {{ edges {{ cursor node {{ {EVENT} }} }} }}'} }}", {}),
    "lists beside plain data": (
        f"{{ {LIST % 'id messages { edges { node { id author createdAt } } pageInfo { endCursor } } tags extra'} }}",
        {},
    ),
    "nulls in a list": ("{ ticketsByNumber(numbers: [1, 999, 1]) { number assignee lock { holder } } }", {}),
    "nothing": ('{ latestApprovedTicket(userId: "nobody") { id } }', {}),
    "a list of nothing": ('{ tickets(filter: {search: "nowhere"}) { edges { node { id } } } }', {}),
    "the queue": ("{ queue { numbers total asOf } }", {}),
    "the schema": ('{ __type(name: "Ticket") { name fields { name type { name ofType { name } } } } }', {}),
    "an error beside data": (
        'query($id: ID!) { asOf ticket(id: $id) { id subject events(after: "nonsense") { edges { cursor } } } }',
        {"id": ""},
    ),
    "an error of an argument": ("{ asOf tickets(first: 0) { asOf } }", {}),
    "variables that do not fit": ("query($id: ID!) { ticket(id: $id) { id } }", {"id": [1]}),
}


async def test_whatever_a_document_says_both_ways_answer_the_same(desk: Desk, both_ways: Compared) -> None:
    ann = await agent(desk)
    id = (await ann.asks("{ tickets(orderBy: CREATED_ASC) { edges { node { id } } } }")).tickets.edges[0].node.id
    for person in (ann, await desk.customer(), await desk.partner()):
        for what, (query, variables) in SAID.items():
            before = both_ways.count
            variables = {name: id if value == "" else value for name, value in variables.items()}
            answer = await person.post(query + f" # {person.name}", variables)
            assert both_ways.count == before + 1, what
            assert both_ways.differences == [], what
            if person is ann and "error" not in what and "fit" not in what:
                assert "errors" not in answer.json(), (what, answer.json())


@pytest.mark.parametrize(
    ("query", "planned", "left"),
    [
        ("{ " + LIST % TICKET + " }", {"TicketConnection": 1}, {}),
        (
            "{ " + LIST % "id events { edges { node { kind at } } }" + " }",
            {"TicketEventConnection": 3, "PageInfo": 1},
            {"TicketConnection": 1, "TicketEdge": 3, "Ticket": 3},
        ),
        (
            "query($no: Boolean = false) { tickets { asOf @skip(if: $no) pageInfo { hasNextPage } } }",
            {},
            {"TicketConnection": 1, "PageInfo": 1},
        ),
    ],
    ids=["all is plain", "part is plain", "directives"],
)
async def test_what_is_plain_is_completed_in_one_step_and_nothing_else_is(
    desk: Desk, both_ways: Compared, query: str, planned: dict[str, int], left: dict[str, int]
) -> None:
    ann = await agent(desk)
    both_ways.by_plan.clear()
    both_ways.by_fields.clear()
    await ann.asks(query)
    assert (+both_ways.by_plan, +both_ways.by_fields) == (planned, left)


# ---------------------------------------------------------------- doubts


def instead(value: object) -> property:
    """A property that has this value whatever it is set to, or raises it."""

    def get(_: object) -> object:
        if isinstance(value, Exception):
            raise value
        return value

    return property(get, lambda _, value: None)


class Namesake:
    """No ticket, though it has a subject."""

    subject = "x"


BROKEN = RuntimeError("nobody expects this")
PAGE = "tickets(first: 3) { asOf edges { %s } pageInfo { %s } }"
EVENTS = LIST % "id events(first: 2) { edges { node { %s } } }"
DOUBTS: dict[str, tuple[type, str, object, str, set[str]]] = {
    "a property that raises": (Ticket, "holder", BROKEN, LIST % "id lock { holder }", {"Ticket"}),
    "a cursor that raises": (Page, "start_cursor", BROKEN, PAGE % ("cursor", "startCursor"), {"PageInfo"}),
    "null for an object": (Page, "page_info", None, PAGE % ("cursor", "hasNextPage"), {"TicketConnection"}),
    "null whose type alone is asked": (Page, "page_info", None, PAGE % ("cursor", "__typename"), {"TicketConnection"}),
    "null for a list": (Page, "edges", None, PAGE % ("cursor", "hasNextPage"), {"TicketConnection"}),
    "null in a list": (Page, "edges", [None], PAGE % ("cursor", "hasNextPage"), {"TicketConnection"}),
    "null in a list whose type alone is asked": (
        Page,
        "edges",
        [None],
        PAGE % ("__typename", "hasNextPage"),
        {"TicketConnection"},
    ),
    "null for a cursor": (Page, "as_of", None, PAGE % ("cursor", "hasNextPage"), {"TicketConnection"}),
    "a text for a list": (Page, "edges", "abc", PAGE % ("__typename", "hasNextPage"), {"TicketConnection"}),
    "a mapping for a list": (Page, "edges", {"a": 1}, PAGE % ("__typename", "hasNextPage"), {"TicketConnection"}),
    "a number for a list": (Page, "edges", 7, PAGE % ("cursor", "hasNextPage"), {"TicketConnection"}),
    "a tuple for a list": (Page, "edges", (), PAGE % ("cursor", "__typename"), set()),
    "a set for a list": (Event, "changed", {"a_b"}, EVENTS % "changed", set()),
    "a text for a yes": (Page, "has_next_page", "yes", PAGE % ("cursor", "hasNextPage"), {"PageInfo"}),
    "a list for a text": (Page, "start_cursor", ["x"], PAGE % ("cursor", "startCursor"), set()),
    "an instant that is none": (Event, "at_ms", "noon", EVENTS % "at", {"TicketEventConnection"}),
    "a kind that there is not": (Event, "kind", "LEVITATED", EVENTS % "kind", {"TicketEventConnection"}),
    "null in a list of texts": (Event, "changed", [None], EVENTS % "changed", {"TicketEventConnection"}),
    "a number beyond 32 bits": (Ticket, "version", 2**40, EVENTS % "ticket { version }", {"TicketEventConnection"}),
    "a number of a queue beyond 32 bits": (Queue, "numbers", [1, 2**40], "queue { numbers }", {"Queue"}),
    "a yes among the numbers of a queue": (Queue, "numbers", [1, True], "queue { numbers }", {"Queue"}),
    "a tuple of the numbers of a queue": (Queue, "numbers", (1, 2), "queue { numbers }", {"Queue"}),
    "an object of another type": (Ticket, "as_of", lambda _: object(), EVENTS % "ticket { id }", set()),
    "another type with the same field": (Ticket, "as_of", lambda _: Namesake(), EVENTS % "ticket { subject }", set()),
}
"""A class, an attribute of it and what it is; a question that meets it; which objects graphql-core does over."""


@pytest.mark.parametrize("what", DOUBTS)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_on_any_doubt_graphql_core_does_it_over(
    desk: Desk, both_ways: Compared, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    cls, name, value, query, over = DOUBTS[what]
    ann = await agent(desk)
    both_ways.by_fields.clear()
    monkeypatch.setattr(cls, name, staticmethod(value) if callable(value) else instead(value), raising=False)
    before = both_ways.count
    await ann.post("{ " + query + " }")
    assert both_ways.count == before + 1
    assert both_ways.differences == []
    assert both_ways.by_fields.keys() >= over


# ---------------------------------------------------------------- whatever is drawn


@pytest.fixture
async def given_out(desk: Desk) -> tuple[list[Person], dict[str, list[str]]]:
    """Somebody of each role, and values that the desk gave out, by their scalar."""
    ann = await agent(desk)
    page = await ann.asks("{ " + LIST % TICKET + " asOf }")
    tickets = [edge.node for edge in page.tickets.edges]
    return [ann, await desk.customer(), await desk.admin(), await desk.partner()], {
        "ID": [each for ticket in tickets for each in (ticket.id, ticket.userId)],
        "String": ["ann", *(ticket.subject for ticket in tickets)],
        "Cursor": [page.asOf],
        "DateTime": [ticket.createdAt for ticket in tickets],
    }


QUERIES = GraphQLSchema(query=SCHEMA.query_type)


@given(request=documents(QUERIES).map(lifted), role=st.integers(0, 3))
@promise(60)
async def test_any_query_is_answered_the_same_both_ways(
    given_out: tuple[list[Person], dict[str, list[str]]], both_ways: Compared, request: Request, role: int
) -> None:
    people, values = given_out

    def real(found: re.Match[str]) -> str:
        known = values.get(found[1], [""])
        return known[int(found[2]) % len(known)]

    body = RETURNED.sub(real, json.dumps(request))
    await people[role].desk.http.post(
        "/graphql", content=body, headers=people[role].headers | {"content-type": "application/json"}
    )
    assert both_ways.differences == []
