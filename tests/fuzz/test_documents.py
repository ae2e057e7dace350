"""Whatever is sent to the door, it is answered in the words of the contract, and the desk goes on."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.account import Role
from resolvers.cursors import LIST, JournalCursor, ListCursor
from tests.fuzz.drawn import CASES, SCHEMA, Request, bodies, requests, roots
from tests.fuzz.target import ROLES, Target, check, coded
from tests.models.drawn import promise
from tests.support.desk import Person, document


@pytest.fixture
def answering(target: Target) -> Iterator[Target]:
    """At the end a quarter of all queries and mutations has answered at least: the documents were about something."""
    yield target
    print(f"{len(target.reached)} of {len(roots(SCHEMA))} answered")
    assert 4 * len(target.reached) > len(roots(SCHEMA)), target.reached


@given(request=requests, role=st.sampled_from(ROLES))
@promise(CASES, rounds=1)
async def test_any_document_is_answered_with_data_or_a_coded_error(
    answering: Target, request: Request, role: Role | None
) -> None:
    """Valid ones and corrupted ones, of everybody, about what is there and what is not."""
    await answering.post(role, json.dumps(request))


FORGED = [(2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)), (2**31, 2**31), (0, 0)]


async def test_a_forged_cursor_is_a_place_or_bad_user_input(ann: Person, subtests: pytest.Subtests) -> None:
    """Whoever takes a cursor apart and puts it together anew learns nothing and breaks nothing."""
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
@promise(100)
async def test_any_body_is_answered_and_never_with_a_fault(ann: Person, body: bytes, type: str, accept: str) -> None:
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
async def test_any_credential_is_somebody_or_nobody(ann: Person, authorization: str) -> None:
    answer = await ann.desk.http.post(
        "/graphql", json={"query": "{ viewer { name } }"}, headers={"authorization": authorization}
    )
    (error,) = check(answer)["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


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


async def test_an_odd_request_is_refused_with_a_code(ann: Person, subtests: pytest.Subtests) -> None:
    for what, body in ODD.items():
        for accept in ("application/json", "application/graphql-response+json"):
            with subtests.test(what, accept=accept):
                headers = ann.headers | {"accept": accept}
                assert check(await ann.desk.http.post("/graphql", json=body, headers=headers)).get("errors")


async def test_a_deep_extra_is_invalid_input_and_no_fault(ann: Person, subtests: pytest.Subtests) -> None:
    """With a key, too, whose fingerprint is taken of what was not looked at yet."""
    levels = (33, 500, 900, 1_010)
    for level, key in itertools.product(levels, (None, "k")):
        query = document("createTicket", {"input": 1} | ({"idempotencyKey": 1} if key else {}))
        variables = {"input": {"userId": "u-1", "subject": "x", "extra": "EXTRA"}, "idempotencyKey": key}
        body = json.dumps({"query": query, "variables": variables if key else {"input": variables["input"]}})
        body = body.replace('"EXTRA"', '{"a":' * level + "1" + "}" * level)
        with subtests.test(level=level, key=key):
            headers = ann.headers | {"content-type": "application/json"}
            answered = check(await ann.desk.http.post("/graphql", content=body, headers=headers))
            assert answered.get("errors") or answered["data"]["createTicket"]["field"] == "extra"
