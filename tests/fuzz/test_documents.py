"""Whatever is sent to the door, it is answered in the words of the contract, and the desk goes on."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    BooleanValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_graphql import from_schema
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from resolvers.cursors import LIST, JournalCursor, ListCursor
from tests.models.drawn import far_numbers, json_objects, numbers, promise
from tests.support.desk import GUARD_S, MUTATIONS, Desk, Person, document

CONTRACT = (Path(__file__).parents[1] / "contract.graphql").read_text()
DOCUMENTS, REQUESTS, BODIES, SOCKETS = 60, 150, 150, 60

CODES = {
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "RESYNC",
    "LIMIT_EXCEEDED",
    "RATE_LIMITED",
}
"""Every code of the contract but UNAVAILABLE and INTERNAL: nothing is broken here, so nothing may say so."""
CLOSES = {1000, 1002, 1003, 1007, 1009, 4400, 4401, 4406, 4408, 4409, 4429}
"""How a socket may end: by the protocols (RFC 6455, graphql-transport-ws), never by a fault of ours (1006, 1011)."""


@pytest.fixture
async def people(desk: Desk) -> AsyncIterator[list[Person]]:
    """Somebody of every role, and nobody; at the end the desk still answers."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1", subject="Card lost", tags=["kyc"])
    await ann.notes(ticket)
    yield [ann, await desk.customer(), await desk.partner(), await desk.admin(), desk.stranger()]
    assert await ann.reads(ticket) is not None


def check(answer: httpx.Response) -> dict[str, Any]:
    """Data, or errors that each have a code of the contract."""
    assert answer.status_code < 500, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    coded(body.get("errors", []))
    assert body.get("data") is not None or body.get("errors"), body
    return body


def coded(errors: list[dict[str, Any]]) -> None:
    for error in errors:
        assert error["message"]
        assert error.get("extensions", {}).get("code") in CODES, error


# ---------------------------------------------------------------- documents


def literal(value: Any) -> Any:
    """A JSON value as it is written in a document."""
    match value:
        case None:
            return NullValueNode()
        case bool():
            return BooleanValueNode(value=value)
        case int():
            return IntValueNode(value=str(value))
        case float():
            return FloatValueNode(value=repr(value)) if value == value else NullValueNode()
        case str():
            return StringValueNode(value=value)
        case list():
            return ListValueNode(values=tuple(map(literal, value)))
    fields = (ObjectFieldNode(name=NameNode(value=name), value=literal(item)) for name, item in value.items())
    return ObjectValueNode(fields=tuple(fields))


plain_text = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=20)
instants = st.one_of(
    st.just("2026-11-20T08:30:00.000Z"),
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    plain_text,
)
cursors = st.one_of(
    plain_text,
    st.binary(min_size=8, max_size=8).flatmap(
        lambda id: st.one_of(
            st.builds(JournalCursor, st.just(id), st.integers(-(2**63), 2**63 - 1), st.binary(min_size=4, max_size=4)),
            st.builds(ListCursor, st.just(id), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1)),
        ).map(str)
    ),
)
named = st.dictionaries(
    st.sampled_from(["a", "form", "_x1"]), st.none() | st.booleans() | numbers | plain_text, max_size=3
)
documents = from_schema(
    CONTRACT,
    custom_scalars={
        "DateTime": instants.map(literal),
        "JSON": (named | st.lists(named, max_size=2) | plain_text).map(literal),
        "Cursor": cursors.map(literal),
    },
    allow_x00=True,
)


@given(text=documents, who=st.integers(0, 4))
@promise(DOCUMENTS)
async def test_any_document_of_the_contract_gets_data_or_a_coded_error(
    people: list[Person], text: str, who: int
) -> None:
    check(await people[who].post(text))


# ---------------------------------------------------------------- arguments


any_text = st.one_of(
    st.sampled_from(
        ["", " ", "\x00", "a\x00b", "u-1", "Card lost", "kyc", "ann", "1", "x" * 300, "\u2003", "\U0001f600"]
    ),
    st.text(max_size=20),
)
ints = st.one_of(
    st.sampled_from([-(2**31), -1, 0, 1, 100, 101, 2**31 - 1, 2**31, 2**63]), st.integers(-(2**70), 2**70), st.just(1.0)
)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


extras = st.one_of(
    json_objects(numbers | far_numbers), st.sampled_from([32, 33, 100]).map(deep), any_text, st.lists(ints)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "ID": any_text | st.uuids().map(str),
    "String": any_text,
    "Int": ints,
    "Boolean": st.booleans(),
    "Cursor": cursors | any_text,
    "DateTime": instants,
    "JSON": extras,
    "TicketPriority": st.sampled_from(["LOW", "URGENT", "open"]),
    "TicketStatus": st.sampled_from(["OPEN", "CLOSED", "NONE"]),
    "TicketOrder": st.sampled_from(["CREATED_DESC", "CREATED_ASC", "UPDATED_DESC", "UPDATED_ASC"]),
}
INPUTS = {
    "CreateTicketInput": "userId: ID, subject: String!, body: String, priority: TicketPriority, tags: [String!],"
    " extra: JSON",
    "UpdateTicketInput": "subject: String, body: String, priority: TicketPriority, assignee: String, tags: [String!],"
    " extra: JSON",
    "TicketFilter": "status: [TicketStatus!], priority: [TicketPriority!], assignee: String, userId: ID, tag: String,"
    " search: String, locked: Boolean, awaitingReply: Boolean, createdAfter: DateTime, createdBefore: DateTime",
}
QUERIES = {
    "ticket($id: ID, $number: Int)": "ticket(id: $id, number: $number) { id }",
    "tickets($filter: TicketFilter, $orderBy: TicketOrder, $first: Int, $after: Cursor)": (
        "tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after)"
        " { asOf pageInfo { hasNextPage } edges { cursor node { number extra lock { holder } } } }"
    ),
    "queue($filter: TicketFilter, $orderBy: TicketOrder)": (
        "queue(filter: $filter, orderBy: $orderBy) { numbers total asOf }"
    ),
    "threads($first: Int, $after: Cursor)": (
        "tickets { edges { node { events(first: $first, after: $after) { edges { cursor node { ticket { extra } } } }"
        " messages(first: $first, after: $after) { edges { cursor node { text } } } } } }"
    ),
    "ticketsByNumber($numbers: [Int!]!)": "ticketsByNumber(numbers: $numbers) { id }",
    "latest($userId: ID!, $userIds: [ID!]!)": (
        "latestApprovedTicket(userId: $userId) { id } latestApprovedTickets(userIds: $userIds) { id }"
    ),
}


def parameters(declared: str) -> dict[str, str]:
    return {name.strip(" $"): type.strip() for name, type in (part.split(":") for part in declared.split(","))}


def value_of(type: str) -> st.SearchStrategy[Any]:
    if type.endswith("!"):
        return value_of(type[:-1])
    if type.startswith("["):
        return st.lists(value_of(type[1:-1]), max_size=4) | value_of(type[1:-1])
    if type in INPUTS:
        return given_some(INPUTS[type])
    return VALUES[type]


def given_some(declared: str) -> st.SearchStrategy[dict[str, Any]]:
    """Values for all that is required and some of the rest, null now and then."""
    kinds = parameters(declared)
    required = {name: value_of(type) for name, type in kinds.items() if type.endswith("!")}
    optional = {name: value_of(type) | st.none() for name, type in kinds.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def asked(name: str, body: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    declared = name.partition("(")[2].rstrip(")")
    return st.tuples(st.just(f"query({declared}) {{ {body} }}"), given_some(declared))


def done(name: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return given_some(MUTATIONS[name][0]).map(lambda arguments: (document(name, arguments), arguments))


requests = st.one_of(*(asked(*query) for query in QUERIES.items()), *map(done, MUTATIONS))


@given(request=requests, who=st.integers(0, 3), real=st.booleans())
@promise(REQUESTS)
async def test_any_arguments_get_data_or_a_coded_error(
    people: list[Person], request: tuple[str, dict[str, Any]], who: int, real: bool
) -> None:
    """Half of the requests are about a ticket that is there."""
    text, variables = request
    ids = {"id", "ticketId"} & variables.keys()
    if real and ids:
        ticket = await people[0].creates(userId="u-1")
        variables |= dict.fromkeys(ids, ticket.id)
    check(await people[who].post(text, variables))


FORGED = [(2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)), (2**31, 2**31), (0, 0)]


async def test_a_forged_cursor_is_a_place_or_bad_user_input(people: list[Person], subtests: pytest.Subtests) -> None:
    """Whoever takes a cursor apart and puts it together anew learns nothing and breaks nothing."""
    ann = people[0]
    listed = "query($after: Cursor) { tickets(after: $after) { edges { cursor } } }"
    thread = "query($after: Cursor) { tickets { edges { node { messages(after: $after) { edges { cursor } } } } } }"
    history = "query($after: Cursor) { tickets { edges { node { events(after: $after) { edges { cursor } } } } } }"
    page = (await ann.asks(listed)).tickets
    messages = (await ann.asks(thread)).tickets.edges[0].node.messages
    at = JournalCursor.parse(await ann.as_of())
    for major, minor in FORGED:
        for query, real in ((thread, messages.edges[0].cursor), (listed, page.edges[0].cursor)):
            _, list_id, _, _ = LIST.unpack(base64.urlsafe_b64decode(real + "=" * (-len(real) % 4)))
            with subtests.test(query=query, major=major, minor=minor):
                check(await ann.post(query, {"after": str(ListCursor(list_id, major, minor))}))
        with subtests.test(query=history, position=major):
            check(await ann.post(history, {"after": str(at._replace(position=major))}))


# ---------------------------------------------------------------- bodies


def nested(levels: int) -> bytes:
    return b'{"query":"{asOf}","variables":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["query", "variables", "operationName", "extensions", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
some_json = any_json.map(lambda value: json.dumps(value).encode())
like_a_request = st.fixed_dictionaries(
    {"query": any_json | st.sampled_from(["{asOf}", "{", "", "subscription { ticketEvents { cursor } }"])},
    optional=dict.fromkeys(("variables", "operationName", "extensions"), any_json),
).map(lambda value: json.dumps(value).encode())
odd_bytes = st.sampled_from(
    [b"", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 5_000, nested(1_000), nested(5_000), b'{"query":"\\ud800"}', b"1e999"]
)
bodies = st.one_of(st.binary(max_size=60), odd_bytes, some_json, like_a_request)
types = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/graphql-response+json",
        "text/plain",
        "",
        "a/b;;",
    ]
)
accepts = st.sampled_from(["*/*", "application/json", "application/graphql-response+json", "text/html", ",;q="])


@given(body=bodies, type=types, accept=accepts)
@promise(BODIES)
async def test_any_body_is_answered_and_never_with_a_fault(
    people: list[Person], body: bytes, type: str, accept: str
) -> None:
    ann = people[0]
    headers = ann.headers | {"content-type": type, "accept": accept}
    answer = await ann.desk.http.post("/graphql", content=body, headers=headers)
    assert answer.status_code in (200, 400, 401, 405, 406, 413, 415), (answer.status_code, answer.text)
    if "json" in answer.headers.get("content-type", ""):
        parsed = answer.json()
        for each in parsed if isinstance(parsed, list) else [parsed]:
            coded(each.get("errors", []))


@given(
    authorization=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)
    | st.sampled_from(["Bearer", "Bearer gd__", "Bearer gd_x_", "bearer gd_00000000_x", "Basic YTpi", "Bearer a b"])
)
@promise(40)
async def test_any_credential_is_somebody_or_nobody(people: list[Person], authorization: str) -> None:
    answer = await people[0].desk.http.post(
        "/graphql", json={"query": "{ viewer { name } }"}, headers={"authorization": authorization}
    )
    (error,) = check(answer)["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- sockets

follow_variables = st.fixed_dictionaries(
    {}, optional={"after": cursors | any_text, "ticketId": any_text | st.uuids().map(str), "userId": any_text}
)
FOLLOW = (
    "subscription($after: Cursor, $ticketId: ID, $userId: ID)"
    " { ticketEvents(after: $after, ticketId: $ticketId, userId: $userId) { cursor } }"
)
operations = st.one_of(
    st.builds(lambda variables: {"query": FOLLOW, "variables": variables}, follow_variables),
    requests.map(lambda request: {"query": request[0], "variables": request[1]}),
    st.fixed_dictionaries({"query": st.sampled_from(["{asOf}", "{", "", "{nothing}"]) | any_text}),
    any_json,
)
socket_messages = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("subscribe"), "id": st.sampled_from(["1", "2", "3"]), "payload": operations}
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["complete", "ping", "pong"])}, optional={"id": st.just("1"), "payload": any_json}
    ),
    st.fixed_dictionaries(
        {"type": any_text | st.just("connection_init")}, optional={"id": any_json, "payload": any_json}
    ),
    any_json,
)
frames = st.one_of(
    socket_messages.map(json.dumps),
    socket_messages.map(json.dumps),
    socket_messages.map(json.dumps),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.binary(max_size=20),
    st.sampled_from(["[" * 2_000, '{"type":"ping","payload":' + '{"a":' * 1_500, nested(900).decode()]),
)


@given(sent=st.lists(frames, max_size=6), init=st.booleans())
@promise(SOCKETS)
async def test_any_messages_are_answered_or_close_the_socket_as_the_protocol_says(
    people: list[Person], sent: list[str | bytes], init: bool
) -> None:
    ann = people[0]
    subprotocol = Subprotocol("graphql-transport-ws")
    async with asyncio.timeout(GUARD_S), connect(ann.desk.ws_url, subprotocols=[subprotocol]) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await converse(socket, [*([hello(ann)] if init else []), *sent])
    assert closed.value.rcvd is not None, "the desk dropped the socket"
    assert closed.value.rcvd.code in CLOSES, closed.value
    assert await ann.as_of()


def hello(person: Person) -> str:
    return json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {person.token}"}})


async def converse(socket: ClientConnection, sent: list[str | bytes]) -> None:
    """Sends all, then a query, and when that is answered something that is no message; reads to the end."""
    last = {"type": "subscribe", "id": "last", "payload": {"query": "{ asOf }"}}
    for frame in (*sent, json.dumps(last)):
        await socket.send(frame)
    while (answer := json.loads(await socket.recv())).get("id") != "last":
        check_frame(answer)
    check_frame(answer)
    await socket.send('{"type":"nonsense"}')
    while True:
        check_frame(json.loads(await socket.recv()))


def check_frame(message: dict[str, Any]) -> None:
    match message["type"]:
        case "error":
            coded(message["payload"])
        case "next":
            coded(message["payload"].get("errors", []))
        case other:
            assert other in {"connection_ack", "pong", "ping", "complete"}, message


NOWHERE = [{"userId": "\x00"}, {"ticketId": "\x00"}, {"ticketId": str(uuid.UUID(int=0))}]


async def test_following_what_cannot_be_there_is_a_coded_error(people: list[Person], subtests: pytest.Subtests) -> None:
    """Also with a cursor from before, when there is something to replay."""
    ann = people[0]
    before = {"after": await ann.as_of()}
    await ann.creates(userId="u-1")
    for variables in [nowhere | after for nowhere in NOWHERE for after in ({}, before)]:
        with subtests.test(variables=variables):
            async with ann.socket() as socket:
                request = {"query": FOLLOW, "variables": variables}
                await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": request}))
                async with asyncio.timeout(GUARD_S / 10):
                    answer = json.loads(await socket.recv())
                assert (answer["type"], answer["id"]) == ("error", "1")
                check_frame(answer)


ODD: dict[str, dict[str, Any]] = {
    "query is null": {"query": None},
    "query is a number": {"query": 1},
    "query is a list": {"query": ["{ asOf }"]},
    "variables are a list": {"query": "{ asOf }", "variables": []},
    "variables are a text": {"query": "{ asOf }", "variables": "{}"},
    "operationName is an object": {"query": "{ asOf }", "operationName": {}},
    "operationName is a list": {"query": "{ asOf }", "operationName": []},
    "operationName is a number": {"query": "{ asOf }", "operationName": 1},
    "operationName of a typo": {"query": "{", "operationName": {}},
    "operationName of none": {"query": "{ asOf }", "operationName": "x"},
    "extensions are a list": {"query": "{ asOf }", "extensions": []},
    "an empty document": {"query": ""},
    "a document of comments": {"query": "# nothing"},
    "only a fragment": {"query": "fragment f on Query { asOf }"},
    "two operations without a name": {"query": "query a { asOf } query b { asOf }"},
    "a subscription by HTTP": {"query": "subscription { ticketEvents { cursor } }"},
    "too many tokens": {"query": "{" + " asOf" * 5_000 + "}"},
    "too deep": {
        "query": "{ tickets { edges { node "
        + "{ events { edges { node { ticket " * 9
        + "{ id }"
        + " } } } }" * 9
        + " } } }"
    },
    "one variable twice": {"query": "query($a: Int, $a: Int) { ticket(number: $a) { id } }"},
    "a variable that lacks": {"query": "query($a: ID!) { latestApprovedTicket(userId: $a) { id } }"},
    "a variable of no type": {"query": "query($a: Nothing) { asOf }"},
}


async def test_an_odd_request_is_refused_with_a_code(people: list[Person], subtests: pytest.Subtests) -> None:
    ann = people[0]
    for what, body in ODD.items():
        for accept in ("application/json", "application/graphql-response+json"):
            with subtests.test(what, accept=accept):
                headers = ann.headers | {"accept": accept}
                assert check(await ann.desk.http.post("/graphql", json=body, headers=headers)).get("errors")


async def test_a_deep_extra_is_invalid_input_and_no_fault(people: list[Person], subtests: pytest.Subtests) -> None:
    """With a key, too, whose fingerprint is taken of what was not looked at yet."""
    ann, levels = people[0], (33, 500, 900, 1_010)
    for level, key in itertools.product(levels, (None, "k")):
        query = document("createTicket", {"input": 1} | ({"idempotencyKey": 1} if key else {}))
        variables = {"input": {"userId": "u-1", "subject": "x", "extra": "EXTRA"}, "idempotencyKey": key}
        body = json.dumps({"query": query, "variables": variables if key else {"input": variables["input"]}})
        body = body.replace('"EXTRA"', '{"a":' * level + "1" + "}" * level)
        with subtests.test(level=level, key=key):
            headers = ann.headers | {"content-type": "application/json"}
            answered = check(await ann.desk.http.post("/graphql", content=body, headers=headers))
            assert answered.get("errors") or answered["data"]["createTicket"]["field"] == "extra"
