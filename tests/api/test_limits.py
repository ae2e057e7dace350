"""How large a document may be, told by name, value and bound; and who may learn the schema. Over HTTP and sockets."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, get_directive_values, get_introspection_query

from desk.settings import Settings
from models.bounds import Bounds
from schema import sdl
from tests.support.desk import GUARD_S, Answer, Desk, Person, answered, running
from tests.support.live import Joined, until

PAGE = """query($rows: Int = 100) { tickets(first: $rows) { edges { node {
  id number userId subject body status priority tags source awaitingReply version revision createdAt updatedAt extra
  assignee lock { holder expiresAt } decision { outcome reason }
  messages(first: 10) { edges { node { id ticketId kind text html createdAt delivery author } } }
  events(first: 10) { edges { node { kind at cursor actor changed reason } } } } } } }"""
FLAT = [{"message": "This document does not fit the schema.", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]


async def by_http(person: Person, query: str, **request: Any) -> Answer:
    answer = await person.post(query, **request)
    assert answer.status_code == 200
    return answered(answer.json())  # type: ignore[no-any-return]


async def by_socket(person: Person, query: str, **request: Any) -> Answer:
    """The answer to a query or mutation, or the errors of a subscription."""
    async with person.socket() as socket, asyncio.timeout(GUARD_S):
        payload = {"query": query, **request}
        await socket.send(json.dumps({"type": "subscribe", "id": "it", "payload": payload}))
        message = json.loads(await socket.recv())
    if message["type"] == "error":
        return Answer(errors=answered(message["payload"]))
    assert message["type"] == "next"
    return answered(message["payload"])  # type: ignore[no-any-return]


Ask = Callable[..., Any]


@pytest.fixture
def follows(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Subscribes: answers with the errors, or with nothing once the subscription stands in the live group."""
    joined = Joined(monkeypatch)

    async def follows(person: Person, query: str, **request: Any) -> Answer:
        before, answer = joined.count, asyncio.create_task(by_socket(person, query, **request))
        await until(lambda: answer.done() or joined.count > before, "a subscription, or its errors")
        if answer.done():
            return answer.result()
        answer.cancel()
        with suppress(asyncio.CancelledError):
            await answer
        return Answer()

    return follows


DOORS = pytest.mark.parametrize("ask", [by_http, by_socket])


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """The built-in database alone: a document is refused before any is asked."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data")


def limits(answer: Answer) -> list[tuple[str, int, int]]:
    """Every limit that an answer says was exceeded, with value and bound; it says nothing else."""
    errors = answer.get("errors", [])
    assert {error.extensions.code for error in errors} <= {"LIMIT_EXCEEDED"}, errors
    assert not errors or answer.get("data") is None
    return [(error.extensions.limit, error.extensions.value, error.extensions.bound) for error in errors]


# ---------------------------------------------------------------- what stands in the document


def deep(levels: int, *start: str) -> str:
    """A selection of so many levels of fields, with lists of one."""
    names = [*start, *["events(first: 1)", "edges", "node", "ticket"] * levels][: levels - 1]
    return "{ " + " { ".join([*names, "__typename"]) + " }" * levels


def operations(tokens: int) -> str:
    """Operations of 5 tokens each; the first, which is meant, has what is left over too."""
    others = "".join(f" query b{n} {{ __typename }}" for n in range(tokens // 5 - 1))
    return "query a { __typename" + " __typename" * (tokens % 5) + " }" + others


SIZES: dict[str, tuple[int, Callable[[int], str]]] = {
    "depth": (16, lambda levels: deep(levels, "ticket(number: 1)")),
    "nesting": (200, lambda levels: "{ " + "...{ " * (levels - 1) + "__typename" + " }" * levels),
    "introspection": (
        2,
        lambda lists: "{ __schema { types { " + "fields { type { " * lists + "name" + " }" * (3 + 2 * lists),
    ),
    "rootFields": (20, lambda count: "query a { ...F } fragment F on Query {" + " __typename" * count + " }"),
    "aliases": (15, lambda count: "{ viewer {" + "".join(f" a{n}: name" for n in range(count)) + " } }"),
    "directives": (20, lambda count: "{ viewer { __typename" + " name @skip(if: false)" * count + " } }"),
    "tokens": (1_000, operations),
    "comments": (100, lambda count: "#\n" * count + "{ __typename }"),
    "characters": (16_000, lambda count: "{ __typename }".ljust(count)),
}


@DOORS
@pytest.mark.parametrize("limit", SIZES)
async def test_a_document_may_be_as_large_as_the_bound_and_no_larger(desk: Desk, ask: Ask, limit: str) -> None:
    ann, (bound, document) = await desk.agent(), SIZES[limit]
    name = "a" if limit == "tokens" else None
    assert "errors" not in await ask(ann, document(bound), operationName=name)
    assert limits(await ask(ann, document(bound + 1), operationName=name)) == [(limit, bound + 1, bound)]


FOLLOWED: dict[str, Callable[[int], str]] = {
    "depth": lambda levels: "subscription " + deep(levels, "ticketEvents", "ticket"),
    "aliases": lambda count: "subscription { ticketEvents {" + "".join(f" a{n}: cursor" for n in range(count)) + " } }",
    "directives": lambda count: "subscription { ticketEvents {" + " cursor @skip(if: false)" * count + " } }",
    "comments": lambda count: "subscription { ticketEvents { cursor } }" + "#\n" * count,
    "characters": lambda count: "subscription { ticketEvents { cursor } }".ljust(count),
}


@pytest.mark.parametrize("limit", FOLLOWED)
async def test_a_subscription_is_held_to_the_same_bounds(desk: Desk, follows: Ask, limit: str) -> None:
    ann, bound = await desk.agent(), SIZES[limit][0]
    assert await follows(ann, FOLLOWED[limit](bound)) == {}
    assert limits(await follows(ann, FOLLOWED[limit](bound + 1))) == [(limit, bound + 1, bound)]


@DOORS
async def test_fragments_that_nest_deeper_than_brackets_may_are_refused(desk: Desk, ask: Ask) -> None:
    chain = " ".join(f"fragment F{n} on Query {{ ...{{ ...{{ ...F{n + 1} }} }} }}" for n in range(67))
    query = f"{{ ...F0 }} {chain} fragment F67 on Query {{ __typename }}"
    assert limits(await ask(await desk.agent(), query)) == [("nesting", 201, 200)]


@DOORS
async def test_fields_that_are_compared_each_with_each_are_refused_early(desk: Desk, ask: Ask) -> None:
    """graphql-core compares all fields of one name: 250 in a document, within the tokens, took 0.3 s of everybody's."""
    ann = await desk.agent()
    assert "errors" not in await ask(ann, "{ ticket(number: 1) {" + " lock { holder }" * 50 + " } }")
    query = "{ ticket(number: 1) {" + " lock { holder }" * 245 + " } }"
    assert limits(await ask(ann, query)) == [("comparisons", 10_001, 10_000)]


@DOORS
async def test_fragments_that_spread_each_other_twice_are_refused_at_once(desk: Desk, ask: Ask) -> None:
    """2^60 fields in a small document: measured once for each fragment, else nobody would be answered again."""
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    query = f"{{ ...F0 }} {chain} fragment F60 on Query {{ __typename }}"
    assert limits(await ask(await desk.agent(), query)) == [("rootFields", 2**53, 20)]


async def test_several_limits_are_told_at_once(desk: Desk) -> None:
    answer = await by_http(await desk.agent(), "{" + "".join(f" a{n}: asOf" for n in range(21)) + " }")
    assert limits(answer) == [("rootFields", 21, 20), ("aliases", 21, 15)]


# ---------------------------------------------------------------- what depends on the variables


@DOORS
@pytest.mark.parametrize(
    "more", ["", "é", '"', 10**40, [10**40, 1.5, None, {"a": [], "é": {}}], json.loads("[" * 300 + "]" * 300)]
)
async def test_variables_may_have_so_many_bytes_of_json(settings: Settings, ask: Ask, more: object) -> None:
    async with running(replace(settings, variables_bytes=1_000)) as desk:
        ann, query = await desk.agent(), "query($id: ID!) { latestApprovedTicket(userId: $id) { id } }"
        empty = json.dumps({"id": "", "more": more}, ensure_ascii=False, separators=(",", ":"))
        fits = {"id": "x" * (1_000 - len(empty.encode())), "more": more}
        assert "LIMIT_EXCEEDED" not in json.dumps(await ask(ann, query, variables=fits))
        large = fits | {"id": f"{fits['id']}x"}
        assert limits(await ask(ann, query, variables=large)) == [("variables", 1_001, 1_000)]


async def test_variables_of_a_subscription_too(settings: Settings, follows: Ask) -> None:
    async with running(replace(settings, variables_bytes=100)) as desk:
        ann, query = await desk.agent(), "subscription($id: ID) { ticketEvents(userId: $id) { cursor } }"
        assert await follows(ann, query, variables={"id": "x" * 91}) == {}
        assert limits(await follows(ann, query, variables={"id": "x" * 92})) == [("variables", 101, 100)]


async def test_variables_too_deep_to_be_counted_are_no_fault_of_the_desk(desk: Desk) -> None:
    body = '{"query": "{ asOf }", "variables": {"x": ' + "[" * 1_000 + "]" * 1_000 + "}}"
    headers = (await desk.agent()).headers | {"content-type": "application/json"}
    answer = answered((await desk.http.post("/graphql", content=body, headers=headers)).json())
    assert "data" in answer or answer.errors[0].extensions.code == "BAD_USER_INPUT"


COSTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "fields": ("{ asOf viewer { name role } }", {}, 4),
    "a page": ("{ tickets(first: 7) { asOf edges { node { id } } } }", {}, 3 + 7 * 2),
    "a page as long as usual": ("{ tickets { edges { cursor } } }", {}, 2 + 50),
    "a page by null": ("{ tickets(first: null) { edges { cursor } } }", {}, 2 + 50),
    "a variable": ("query($n: Int) { tickets(first: $n) { edges { cursor } } }", {"n": 9}, 2 + 9),
    "a variable's default": ("query($n: Int = 8) { tickets(first: $n) { edges { cursor } } }", {}, 2 + 8),
    "a variable left out": ("query($n: Int) { tickets(first: $n) { edges { cursor } } }", {}, 2 + 50),
    "a page in a page": (
        "{ tickets(first: 3) { edges { node { messages(first: 4) { edges { node { id } } } } } } }",
        {},
        2 + 3 * (3 + 4 * 2),
    ),
    "by number": ("{ ticketsByNumber(numbers: [1, 2, 3]) { id number } }", {}, 1 + 3 * (2 + 10)),
    "by one number": ("{ ticketsByNumber(numbers: 1) { id number } }", {}, 1 + 2 + 10),
    "by numbers in a variable": (
        "query($n: [Int!]!) { ticketsByNumber(numbers: $n) { id } }",
        {"n": [1, 2, 3, 4]},
        1 + 4 * (1 + 10),
    ),
    "by users": ('{ latestApprovedTickets(userIds: ["a", "b"]) { id } }', {}, 1 + 2 * (1 + 10)),
    "fragments": (
        "{ tickets(first: 2) { ...F } } fragment F on TicketConnection { edges { ... on TicketEdge { cursor } } }",
        {},
        2 + 2,
    ),
    "a list without a size": (
        'mutation { reply(ticketId: "x", text: "x") { ... on Unseen { events { kind } } } }',
        {},
        10 + 1 + 50,
    ),
    "a weight": ("{ queue { total numbers } }", {}, 20_000 + 2),
    "a weight under what is given": ('{ tickets(first: 1, filter: {search: "x", tag: "x"}) { asOf } }', {}, 20_001 + 1),
    "a weight under a variable": (
        "query($f: TicketFilter) { queue(filter: $f) { asOf } }",
        {"f": {"search": "x"}},
        40_000 + 1,
    ),
    "a weight under null": ("{ tickets(filter: {search: null}) { asOf } }", {}, 2),
    "introspection": ("{ __schema { types { name } } }", {}, 1),
}


@DOORS
@pytest.mark.parametrize("what", COSTS)
async def test_every_answer_tells_the_cost(desk: Desk, ask: Ask, what: str) -> None:
    ann, (query, variables, cost) = await desk.agent(), COSTS[what]
    answer = await ask(ann, query, variables=variables)
    assert answer.extensions == {"cost": {"requested": cost, "bound": 100_000}}


@DOORS
async def test_what_was_not_run_has_no_cost(desk: Desk, ask: Ask) -> None:
    ann = await desk.agent()
    for query in ("{", "{ viewr }", "{ asOf" + " asOf" * 20 + " }"):
        assert "extensions" not in await ask(ann, query)


async def test_a_live_event_tells_no_cost(desk: Desk) -> None:
    ann = await desk.agent()
    after = await ann.as_of()
    await ann.creates(userId="u-1", subject="Card lost")
    query = "subscription($after: Cursor!) { ticketEvents(after: $after) { kind } }"
    assert await by_socket(ann, query, variables={"after": after}) == {"data": {"ticketEvents": {"kind": "CREATED"}}}


def test_the_schema_says_what_is_not_1() -> None:
    contract = build_schema(sdl())
    weighs = contract.get_directive("cost")
    assert weighs
    assert contract.mutation_type
    weights = {
        f"{type.name}.{name}": weight["weight"]
        for type in contract.type_map.values()
        for name, field in getattr(type, "fields", {}).items()
        if field.ast_node and (weight := get_directive_values(weighs, field.ast_node))
    }
    written = contract.mutation_type.fields.keys() - {"present", "askToRelease"}  # which write nothing
    assert {weights.pop(f"Mutation.{name}") for name in written} == {10}
    kept = {"Query.counts": 100, "Query.figures": 100}
    assert weights == {"Query.queue": 20_000, "TicketFilter.search": 20_000, **kept}


@DOORS
async def test_an_operation_may_cost_as_much_as_the_bound_and_no_more(settings: Settings, ask: Ask) -> None:
    async with running(replace(settings, query_cost=12)) as desk:
        ann, query = await desk.agent(), "query($n: Int!) { tickets(first: $n) { edges { cursor } } }"
        assert "errors" not in await ask(ann, query, variables={"n": 10})
        assert limits(await ask(ann, query, variables={"n": 11})) == [("cost", 13, 12)]


async def test_a_subscription_may_cost_as_much_as_the_bound_and_no_more(settings: Settings, follows: Ask) -> None:
    async with running(replace(settings, query_cost=14)) as desk:
        ann = await desk.agent()
        query = (
            "subscription($n: Int!) { ticketEvents { ticket { messages(first: $n) { edges { cursor } } } } }"  # 4 + n
        )
        assert await follows(ann, query, variables={"n": 10}) == {}
        assert limits(await follows(ann, query, variables={"n": 11})) == [("cost", 15, 14)]


async def test_what_costs_too_much_is_not_run(settings: Settings) -> None:
    async with running(replace(settings, query_cost=1)) as desk:
        ann = await desk.agent()
        query = 'mutation { createTicket(input: {userId: "u-1", subject: "s"}) { ... on Ticket { id } } }'
        assert limits(await by_http(ann, query)) == [("cost", 11, 1)]
        assert (await ann.asks("{ asOf }")).asOf == await ann.as_of()
    async with running(settings) as desk:
        assert (await (await desk.agent("bob")).asks("{ queue { total } }")).queue.total == 0


@DOORS
async def test_a_large_page_with_its_threads_passes(desk: Desk, ask: Ask) -> None:
    answer = await ask(await desk.agent(), PAGE)
    assert "errors" not in answer
    assert answer.extensions.cost.requested < answer.extensions.cost.bound / 4


# ---------------------------------------------------------------- who may learn the schema

WRONG = {
    "a field": "{ viewr { name } }",
    "an argument": "{ tickets(frst: 1) { asOf } }",
    "a type": "query($filter: TicketFiltr) { tickets(filter: $filter) { asOf } }",
    "a value": "{ tickets(orderBy: CREATED_DES) { asOf } }",
    "an input's field": '{ tickets(filter: {taq: "x"}) { asOf } }',
    "many": "{ viewr { name } tickets(frst: 1) { asOf } }",
    "a subscription": "subscription { ticketEvents { cursr } }",
    "introspection": get_introspection_query(),
    "one type": '{ __type(name: "Ticket") { name } }',
}


@pytest.mark.parametrize("what", WRONG)
async def test_strangers_learn_nothing_from_what_is_wrong(desk: Desk, what: str) -> None:
    """Also when somebody who may know asked the same before: what was found out is kept apart."""
    ann, stranger = await desk.agent(), desk.stranger()
    doors = [by_socket] if what == "a subscription" else [by_http, by_socket]
    for ask in doors * 2:
        known = await ask(ann, WRONG[what])
        assert known.get("errors") != FLAT
        assert (await ask(stranger, WRONG[what])).errors == FLAT
        assert await ask(ann, WRONG[what]) == known


async def test_who_is_signed_in_reads_what_was_meant(desk: Desk) -> None:
    ann = await desk.agent()
    for ask in (by_http, by_socket):
        (error,) = (await ask(ann, WRONG["a field"])).errors
        assert "Did you mean 'viewer'?" in error.message
        assert (await ask(ann, WRONG["one type"])).data == {"__type": {"name": "Ticket"}}


@DOORS
async def test_strangers_learn_nothing_from_wrong_variables(desk: Desk, ask: Ask) -> None:
    query = "query($order: TicketOrder) { tickets(orderBy: $order) { asOf } }"
    (error,) = (await ask(desk.stranger(), query, variables={"order": "CREATED_DES"})).errors
    assert error == {
        "message": "This operation cannot be run with these variables.",
        "extensions": {"code": "BAD_USER_INPUT"},
    }
    (error,) = (await ask(await desk.agent(), query, variables={"order": "CREATED_DES"})).errors
    assert "CREATED_DESC" in error.message


@DOORS
async def test_strangers_may_ask_for_the_typename_and_are_told_limits_and_typos(desk: Desk, ask: Ask) -> None:
    stranger = desk.stranger()
    assert (await ask(stranger, "{ __typename }")).data == {"__typename": "Query"}
    assert limits(await ask(stranger, "{" + " viewr" * 21 + "}")) == [("rootFields", 21, 20)]
    assert (await ask(stranger, "{")).errors[0].extensions.code == "GRAPHQL_PARSE_FAILED"


@DOORS
@pytest.mark.parametrize("audience", ["everybody", "nobody"])
async def test_both_can_be_switched(settings: Settings, ask: Ask, audience: Any) -> None:
    async with running(replace(settings, introspection=audience, suggestions="everybody")) as desk:
        for person in (await desk.agent(), desk.stranger()):
            answer = await ask(person, WRONG["one type"])
            assert (answer.get("data") == {"__type": {"name": "Ticket"}}) is (audience == "everybody")
            assert "viewer" in (await ask(person, WRONG["a field"])).errors[0].message
    async with running(replace(settings, introspection="everybody", suggestions=audience)) as desk:
        for person in (await desk.agent("bob"), desk.stranger()):
            assert "errors" not in await ask(person, WRONG["one type"])
            assert ((await ask(person, WRONG["a field"])).errors == FLAT) is (audience == "nobody")


async def test_a_list_of_values_is_as_long_as_a_page_and_dear_when_it_is_longer(desk: Desk) -> None:
    ann, query = await desk.agent(), "query($f: TicketFilter) { tickets(filter: $f) { asOf } }"
    assert (await by_http(ann, query, variables={"f": {"status": ["OPEN"] * 100}})).data
    assert await ann.refused(query, f={"status": ["OPEN"] * 101}) == "BAD_USER_INPUT"
    assert limits(await by_http(ann, query, variables={"f": {"priority": ["LOW"] * 10_000}})) == [
        ("cost", 100_002, 100_000)
    ]


async def test_an_answer_has_a_largest_size(settings: Settings) -> None:
    async with running(replace(settings, bounds=Bounds(answer_bytes=5_000))) as desk:
        ann = await desk.agent()
        ticket = await ann.creates(userId="u-1", body="x" * 1_000)
        for _ in range(3):
            await ann.replies(ticket, "x" * 1_000)
        once = "query($id: ID!) { ticket(id: $id) { messages { edges { node { text } } } } }"
        assert (await by_http(ann, once, variables={"id": ticket.id})).data
        twice = once.replace("{ messages", "{ again: messages { edges { node { text } } } messages")
        (error,) = (await by_http(ann, twice, variables={"id": ticket.id})).errors
        told = {"code": "LIMIT_EXCEEDED", "limit": "answerBytes", "value": 7_000, "bound": 5_000}
        assert error.extensions == told
        selection = "ticket { messages { edges { node { text } } } }"
        async with ann.follows(ticket_id=ticket.id, after=await ann.as_of(), selection=selection) as stream:
            for _ in range(3):  # each event is an answer of its own
                await ann.updates(ticket, given={"extra": {"n": _}})
                assert len((await stream.next()).ticket.messages.edges) == 3


async def test_lists_of_everybody_reach_back_as_far_as_the_window_and_no_list_of_one_user_does(
    settings: Settings,
) -> None:
    bound = replace(settings, bounds=Bounds(list_window_days=7))
    day = timedelta(days=1)
    queries = [f"query($f: TicketFilter) {{ {name}(filter: $f) {{ asOf }} }}" for name in ("tickets", "queue")]
    async with running(bound) as desk:
        ann, carla, bank = await desk.agent(), await desk.customer(), await desk.partner()
        now = datetime.fromtimestamp(desk.clock() / 1_000, UTC)
        for query in queries:
            for given in ({}, {"status": ["OPEN"]}, {"createdAfter": (now - 8 * day).isoformat()}):
                refusal = (await ann.post(query, {"f": given})).json()["errors"][0]
                assert refusal["extensions"]["code"] == "BAD_USER_INPUT"
                assert "7 days" in refusal["message"]
            assert await ann.asks(query, f={"createdAfter": (now - 6 * day).isoformat()})
            assert await carla.asks(query, f={})
            for person in (ann, bank):
                assert await person.asks(query, f={"userId": "u-1"})
