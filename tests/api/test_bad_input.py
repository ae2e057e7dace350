"""Whatever comes in: it is taken within its bounds, or refused at the door with a code, and the desk goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.desk import Answer, Desk, Person, document

CODES = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "UNAUTHENTICATED", "FORBIDDEN",
         "NOT_FOUND", "RESYNC", "LIMIT_EXCEEDED", "RATE_LIMITED", "UNAVAILABLE"}  # fmt: skip
"""The contract's codes but INTERNAL: nothing that somebody sends is a surprise."""
LEAKS = (
    "Traceback",
    "asyncpg",
    "sqlite",
    "tortoise",
    "Error(",
    "Exception",
    "recursion",
    "codec",
    ".py",
    "orjson",
    "4300",
)
CREATE = document("createTicket", {"input": 1})
UPDATE = document("updateTicket", {"id": 1, "input": 1})


def nested(levels: int) -> Any:
    """An object that is `levels` deep."""
    value: Any = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def listed(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 2):
        value = [value]
    return {"a": value}


def sized(size: int) -> dict[str, str]:
    """An object of exactly `size` bytes of JSON."""
    return {"a": "x" * (size - len('{"a":""}'))}


AT_THE_LIMIT: dict[str, list[Any]] = {
    "userId": ["u" * 128, "é" * 128, "🏦" * 128],
    "subject": ["s" * 200, "é" * 200, "🏦" * 200, " x "],
    "body": ["", " ", "b" * 100_000, "é" * 50_000, "🏦" * 25_000],
    "tags": [[], ["t" * 50], ["🏦" * 50], [f"t{n}" for n in range(20)], ["same"] * 500, ["  " + "t" * 50 + " "]],
    "extra": [
        {}, nested(32), listed(32), {f"k{n}": n for n in range(1_000)}, sized(64_000),
        {"n": [2**53, -(2**53), 1.7e308, 5e-324, -0.5]}, {"deep": [{f"{n}": n} for n in range(499)]},
    ],
}  # fmt: skip
PAST_IT: dict[str, list[Any]] = {
    "userId": ["u" * 129, "", " ", "a\0b", "\0"],
    "subject": ["s" * 201, "🏦" * 201, "", " \t\n", "a\0b"],
    "body": ["b" * 100_001, "é" * 50_001, "a\0b"],
    "tags": [["t" * 51], [f"t{n}" for n in range(21)], [""], ["ok", "  "], ["a\0b"]],
    "extra": [
        nested(33), listed(33), nested(300), listed(900), {f"k{n}": n for n in range(1_001)}, sized(64_001),
        {"n": 2**53 + 1}, {"n": -(2**53) - 1}, {"n": [2**63]}, {"n": 2**64}, {"n": 2**80}, {"n": -(10**100)},
        {"a\0b": 1}, {"a": "\0"}, {"a": [{"b": "x\0"}]}, [], [1], "text", "", 1, 1.5, True, False,
    ],
}  # fmt: skip


class Findings(dict[str, str]):
    """What did not hold, by its name: a sweep goes on behind the first."""

    @contextmanager
    def of(self, *name: object) -> Iterator[None]:
        try:
            yield
        except AssertionError as error:
            self[" ".join(str(part)[:60] for part in name)] = str(error)[:300]


async def posted(
    desk: Desk, content: bytes, person: Person | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """An answer to these very bytes: never a 5xx, every error with a code of the contract, nothing from inside."""
    known = (person.headers if person else {}) | {"content-type": "application/json"} | headers
    answer = await desk.http.post("/graphql", content=content, headers=known)
    shown = f"{content[:200]!r} → {answer.status_code} {answer.text[:500]}"
    assert answer.status_code == 200 or 400 <= answer.status_code < 500, shown
    body: dict[str, Any] = answer.json()
    for error in body.get("errors", []):
        assert error.get("extensions", {}).get("code") in CODES, shown
        assert not any(leak.lower() in error["message"].lower() for leak in LEAKS), shown
    return answer.status_code, body


async def refused(desk: Desk, content: bytes, person: Person | None = None, **headers: str) -> tuple[int, str]:
    """Status and code of the error that these bytes are answered with."""
    status, body = await posted(desk, content, person, **headers)
    assert body.get("errors"), f"{content[:200]!r} → {body}"
    assert not any((body.get("data") or {}).values())
    return status, body["errors"][0]["extensions"]["code"]


def request(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


async def made(person: Person, **given: Any) -> Answer:
    return await person.creates(**{"userId": "u-1", "subject": "s"} | given)


# ---------------------------------------------------------------- bounds of what is written


async def test_everything_is_taken_up_to_its_bound(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await made(ann)
    for field, values in AT_THE_LIMIT.items():
        for value in values:
            assert (await made(ann, **{field: value}))["__typename"] == "Ticket", (field, str(value)[:60])
            if field != "userId":
                assert (await ann.updates(ticket, given={field: value}))["__typename"] == "Ticket", (
                    field,
                    str(value)[:60],
                )
    for reason in ("r" * 2_000, "🏦" * 2_000):
        assert (await ann.approves(await made(ann), reason=reason)).decision.reason == reason
        assert (await ann.rejects(await made(ann), reason=reason)).decision.reason == reason
        assert (await ann.unlocks(ticket, reason=reason))["__typename"] == "Ticket"
    for text in ("t" * 100_000, "🏦" * 25_000, "."):
        assert (await ann.replies(ticket, text)).text == (await ann.notes(ticket, text)).text == text


async def test_one_past_a_bound_is_refused_with_the_name_of_the_field(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await made(ann)
    before, findings = await ann.as_of(), Findings()
    for field, value in [(field, value) for field, values in PAST_IT.items() for value in values]:
        calls = [request(CREATE, input={"userId": "u-1", "subject": "s"} | {field: value})]
        calls += [request(UPDATE, id=ticket.id, input={field: value})] if field != "userId" else []
        for call in calls:
            with findings.of(field, value):
                _, body = await posted(desk, call, ann)
                (result,) = (body.get("data") or {"": None}).values()
                assert result, body
                assert (result["__typename"], result.get("field")) == ("InvalidInput", field)
    for mutation, field, wrong in (
        ("approveTicket", "reason", ["r" * 2_001, "a\0b"]),
        ("rejectTicket", "reason", ["r" * 2_001, "a\0b", ""]),
        ("unlockTicket", "reason", ["r" * 2_001, "a\0b"]),
        ("reply", "text", ["", " \n", "t" * 100_001, "🏦" * 25_001, "a\0b", "\0"]),
        ("addNote", "text", ["", " \n", "t" * 100_001, "🏦" * 25_001, "a\0b", "\0"]),
    ):
        for value in wrong:
            id = {"ticketId" if field == "text" else "id": ticket.id}
            with findings.of(mutation, value):
                result = await ann.does(mutation, **id, **{field: value})
                assert (result["__typename"], result.get("field")) == ("InvalidInput", field)
    assert findings == {}
    assert await ann.as_of() == before


async def test_a_key_makes_a_deep_form_no_less_refused(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await made(ann)
    deep = [(mutation, value) for mutation in ("createTicket", "updateTicket") for value in (nested(300), listed(900))]
    for mutation, value in deep:
        call: dict[str, Any] = {"input": {"extra": value}, "idempotencyKey": "k"}
        if mutation == "createTicket":
            call["input"] |= {"userId": "u-1", "subject": "s"}
        else:
            call["id"] = ticket.id
        _, body = await posted(desk, request(document(mutation, call), **call), ann)
        assert body.get("data"), body
        assert (body["data"][mutation]["__typename"], body["data"][mutation]["field"]) == ("InvalidInput", "extra")


async def test_half_a_pair_of_surrogates_is_refused_wherever_it_stands(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await made(ann)
    before = await ann.as_of()
    half = "\ud800"
    calls = [
        request(CREATE, input={"userId": "u-1", "subject": "s"} | {field: value})
        for field, value in (
            ("userId", half), ("subject", half), ("body", "x" + half), ("tags", [half]), ("extra", {"a": half}),
            ("extra", {half: 1}), ("extra", {"a": [{"b": half}]}), ("subject", "\udc00\ud800"),
        )
    ]  # fmt: skip
    calls += [
        request(document("reply", {"ticketId": 1, "text": 1}), ticketId=ticket.id, text=half),
        request(document("reply", {"ticketId": 1, "text": 1}), ticketId=half, text="x"),
        request(document("rejectTicket", {"id": 1, "reason": 1}), id=ticket.id, reason=half),
        request(document("closeTicket", {"id": 1, "lockToken": 1}), id=ticket.id, lockToken=half),
        request(document("closeTicket", {"id": 1, "idempotencyKey": 1}), id=ticket.id, idempotencyKey=half),
        request("query($f: TicketFilter) { tickets(filter: $f) { asOf } }", f={"search": half}),
        request("query($c: Cursor) { tickets(after: $c) { asOf } }", c=half),
        request('query { tickets(filter: {search: "' + half + '"}) { asOf } }'),
        request("query { __typename }", unused=half),
        json.dumps({"query": "{ __typename }", "operationName": half}).encode(),
    ]
    for call in calls:
        status, body = await posted(desk, call, ann)
        results = [value for value in (body.get("data") or {}).values() if isinstance(value, dict)]
        assert all(value.get("__typename") in ("InvalidInput", "NotFound", "LockLost") for value in results), (
            status,
            body,
        )
    assert await ann.as_of() == before
    assert (await made(ann, subject="\U0001f3e6")).subject == "🏦"


# ---------------------------------------------------------------- bounds of what is asked


async def test_texts_to_look_for_may_be_anything_that_fits(desk: Desk) -> None:
    ann = await desk.agent()
    await made(ann)
    query = "query($f: TicketFilter) { tickets(filter: $f) { edges { node { id } } } queue(filter: $f) { total } }"
    texts = [
        "",
        " ",
        "'",
        '"',
        "%",
        "\\",
        "🏦",
        "x" * 200,
        "x" * 201,
        "$1",
        "{}",
        "x" * 101,
        "x" * 1_001,
        "x" * 5_000,
        "a\0b",
        "\0",
    ]
    findings = Findings()
    for field in ("userId", "assignee", "tag", "search"):
        for text in texts:
            with findings.of(field, len(text), text):
                _, body = await posted(desk, request(query, f={field: text}), ann)
                if "errors" in body:
                    assert len(text) > 100 or "\0" in text
                elif text.strip() and not (field == "search" and not any(map(str.isalnum, text))):
                    assert body["data"]["queue"]["total"] == 0
    latest = """query($u: ID!, $m: [ID!]!) {
      latestApprovedTicket(userId: $u) { id } latestApprovedTickets(userIds: $m) { id } }"""
    for text in texts:
        with findings.of("latest", len(text), text):
            _, body = await posted(desk, request(latest, u=text, m=[text]), ann)
            if "errors" not in body:
                assert body["data"] == {"latestApprovedTicket": None, "latestApprovedTickets": [None]}
    assert findings == {}


async def test_dates_have_a_zone_and_lie_within_the_calendar(desk: Desk) -> None:
    ann = await desk.agent()
    await made(ann)
    query = "query($d: DateTime) { tickets(filter: {createdAfter: $d, createdBefore: $d}) { asOf } }"
    good = [
        "1970-01-01T00:00:00Z", "9998-12-31T23:59:59.999Z", "2026-11-20T08:30:00.123456789+14:00",
        "2024-02-29T00:00:00-00:00",
        "2026-11-20t08:30:00z", "2026-11-20T08:30:00.1Z", "2026-11-20T23:59:59-23:59",
    ]  # fmt: skip
    bad: list[Any] = [
        "", "now", "2020-01-01", "2020-01-01T00:00:00", "2020-W01-1T00:00:00Z", "20200101T000000Z",
        "2020-01-01 00:00:00Z",
        "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "2023-02-29T00:00:00Z", "2020-13-01T00:00:00Z",
        "2020-01-32T00:00:00Z", "2020-00-01T00:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T23:60:00Z",
        "2020-01-01T00:00:61Z", "2020-01-01T00:00:00+24:00", "2020-01-01T00:00:00+99:00", "2020-01-01T00:00:00+01:60",
        "2020-01-01T00:00:00+0100", "2020-01-01T00:00:00.Z", "２０２０-01-01T00:00:00Z", "-2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z\n", " 2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z\0", "9" * 5_000, 0, 1.5, True, {}, [],
        10**18, ["2020-01-01T00:00:00Z"],
    ]  # fmt: skip
    findings = Findings()
    for text in good:
        with findings.of(text):
            _, body = await posted(desk, request(query, d=text), ann)
            assert "errors" not in body
    for value in bad:
        with findings.of(value):
            _, code = await refused(desk, request(query, d=value), ann)
            assert code == "BAD_USER_INPUT"
    assert findings == {}


async def test_variables_of_the_wrong_kind_are_bad_input(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await made(ann)
    lists = """query($f: TicketFilter, $o: TicketOrder, $n: Int, $c: Cursor) {
      tickets(filter: $f, orderBy: $o, first: $n, after: $c) { asOf } }"""
    calls: list[tuple[str, dict[str, Any]]] = [
        (lists, {"f": {"status": ["NEW"]}}),
        (lists, {"f": {"status": "open"}}),
        (lists, {"f": {"status": [None]}}),
        (lists, {"f": {"priority": [1]}}),
        (lists, {"f": {"unknown": 1}}),
        (lists, {"f": {"locked": "true"}}),
        (lists, {"f": {"search": 1}}),
        (lists, {"f": {"userId": 1.5}}),
        (lists, {"f": {"userId": {}}}),
        (lists, {"f": []}),
        (lists, {"f": "x"}),
        (lists, {"o": "NEWEST"}),
        (lists, {"o": 1}),
        (lists, {"n": "50"}),
        (lists, {"n": 1.5}),
        (lists, {"n": True}),
        (lists, {"n": 2**31}),
        (lists, {"n": 2**53}),
        (lists, {"n": 10**400}),
        (lists, {"c": 1}),
        (lists, {"c": ["x"]}),
        ("query($n: Int) { ticket(number: $n) { id } }", {"n": 2**31}),
        ("query($n: [Int!]!) { ticketsByNumber(numbers: $n) { id } }", {"n": [1, 2**31]}),
        ("query($n: [Int!]!) { ticketsByNumber(numbers: $n) { id } }", {"n": [None]}),
        ("query($n: [Int!]!) { ticketsByNumber(numbers: $n) { id } }", {}),
        (CREATE, {"input": None}),
        (CREATE, {"input": {}}),
        (CREATE, {"input": {"subject": None}}),
        (CREATE, {"input": {"subject": 1, "userId": "u"}}),
        (CREATE, {"input": {"subject": "s", "userId": "u", "priority": "HIGHEST"}}),
        (CREATE, {"input": {"subject": "s", "userId": "u", "tags": [None]}}),
        (CREATE, {"input": {"subject": "s", "userId": "u", "unknown": 1}}),
        (UPDATE, {"id": ticket.id, "input": {"tags": [1]}}),
        (UPDATE, {"id": ticket.id, "input": {"priority": "none"}}),
        (document("reopenTicket", {"id": 1, "expectedVersion": 1}), {"id": ticket.id, "expectedVersion": 2**31}),
        (document("lockTicket", {"id": 1, "leaseSeconds": 1}), {"id": ticket.id, "leaseSeconds": 2**31}),
        (document("unlockTicket", {"id": 1, "force": 1}), {"id": ticket.id, "force": "yes"}),
    ]  # fmt: skip
    findings = Findings()
    for query, variables in calls:
        with findings.of(query, variables):
            _, code = await refused(desk, request(query, **variables), ann)
            assert code == "BAD_USER_INPUT"
    assert findings == {}
    assert await ann.reads(ticket) == ticket


async def test_an_id_that_is_none_is_simply_not_found(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await made(ann)
    for id in ("", "1", "x" * 5_000, "\0", "é", ticket.id[:-1], ticket.id + " ", str(ticket.number), 7):
        for mutation, given in (
            ("updateTicket", {"input": {}}), ("lockTicket", {}), ("renewLock", {"token": "1"}), ("unlockTicket", {}),
            ("startProcessing", {}), ("approveTicket", {}), ("rejectTicket", {"reason": "x"}), ("closeTicket", {}),
            ("reopenTicket", {}), ("reply", {"text": "x"}), ("addNote", {"text": "x"}),
        ):  # fmt: skip
            key = "ticketId" if mutation in ("reply", "addNote") else "id"
            assert await ann.outcome(mutation, **{key: id}, **given) == "NotFound", (mutation, id)


# ---------------------------------------------------------------- documents and bodies


async def test_numbers_written_into_the_document_have_the_same_bounds(desk: Desk) -> None:
    ann = await desk.agent()
    select, findings = "{ __typename ... on InvalidInput { field } }", Findings()
    for number in (2**53 + 1, 2**80, "1" + "0" * 5_000, "1e999", "-1e999"):
        query = f'mutation {{ createTicket(input: {{userId: "u", subject: "s", extra: {{n: [{number}]}}}}) {select} }}'
        with findings.of("extra", number):
            _, body = await posted(desk, request(query), ann)
            result = (body.get("data") or {}).get("createTicket")
            assert result in (None, {"__typename": "InvalidInput", "field": "extra"})
            assert result or body["errors"]
    for number in ("1" + "0" * 5_000, "2147483648", "-1"):
        with findings.of("first", number):
            await refused(desk, request(f"{{ tickets(first: {number}) {{ asOf }} }}"), ann)
    assert findings == {}
    assert (await ann.asks("{ queue { total } }")).queue.total == 0


DOCUMENTS = {
    "empty": "",
    "blank": " \n",
    "a word": "x",
    "unfinished": "{ tickets { ",
    "unfinished text": '{ ticket(id: "x',
    "half a pair, escaped": '{ ticket(id: "\\ud800") { id } }',
    "an unknown field": "{ secrets }",
    "an unknown argument": "{ tickets(secret: 1) { asOf } }",
    "an unknown variable": "{ tickets(first: $x) { asOf } }",
    "an unknown type": "query($x: Secret) { viewer { name } }",
    "no selection": "{ viewer }",
    "two anonymous operations": "{ asOf } { asOf }",
    "only a fragment": "fragment a on Query { asOf }",
    "a fragment of itself": "{ ...a } fragment a on Query { ...a asOf }",
    "a type definition": "type Query { x: Int }",
    "a subscription": "subscription { ticketEvents { kind } }",
    "100,000 braces": "{" * 100_000,
    "100,000 brackets": "{ tickets(filter: {status: " + "[" * 100_000,
    "900 brackets": "{ tickets(filter: {status: " + "[" * 900 + "]" * 900 + "}) { asOf } }",
    "900 braces": "{ a" * 900 + "}" * 900,
    "600 objects": "{ tickets(filter: " + "{a: " * 300 + "1" + "}" * 300 + ") { asOf } }",
    "900 list types": "query($x: " + "[" * 900 + "Int" + "]" * 900 + ") { asOf }",
    "a deep selection": "{ tickets { edges { node { id " + "events { edges { node { ticket { id " * 20 + "}" * 84,
    "100,000 fields": "{ " + "asOf " * 100_000 + "}",
    "100,000 aliases": "{ " + " ".join(f"a{n}: asOf" for n in range(60_000)) + " }",
    "a NUL": "{ asOf \0 }",
    "a wrong directive": "{ asOf @secret }",
}


async def test_whatever_stands_in_a_document_is_answered_with_a_code(desk: Desk) -> None:
    ann, findings = await desk.agent(), Findings()
    for name, query in DOCUMENTS.items():
        for person in (ann, desk.stranger()):
            with findings.of(name, person.name):
                _, code = await refused(desk, request(query), person)
                assert code in CODES - {"FORBIDDEN", "NOT_FOUND", "RESYNC"}
                assert (code == "GRAPHQL_PARSE_FAILED") or name != "unfinished"
    assert findings == {}
    assert (await ann.asks("{ viewer { name } }")).viewer.name == "ann"


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"hello",
    "broken JSON": b'{"query": "{ asOf }"',
    "broken UTF-8": b'{"query": "{ asOf \xff\xfe }"}',
    "UTF-16": '{"query": "{ asOf }"}'.encode("utf-16"),
    "a BOM": b'\xef\xbb\xbf{"quer": 1}',
    "a number": b"1",
    "a text": b'"x"',
    "null": b"null",
    "true": b"true",
    "a list": b"[]",
    "a batch": b'[{"query": "{ asOf }"}]',
    "a batch of nothing": b"[1, null]",
    "no query": b"{}",
    "a null query": b'{"query": null}',
    "a number as query": b'{"query": 5}',
    "a list as query": b'{"query": ["{ asOf }"]}',
    "an object as query": b'{"query": {"a": 1}}',
    "variables as list": b'{"query": "{ asOf }", "variables": []}',
    "variables as text": b'{"query": "{ asOf }", "variables": "x"}',
    "variables as number": b'{"query": "{ asOf }", "variables": 1}',
    "extensions as text": b'{"query": "{ asOf }", "extensions": "x"}',
    "operationName as number": b'{"query": "{ asOf }", "operationName": 5}',
    "operationName as list": b'{"query": "{ asOf }", "operationName": []}',
    "an unknown operationName": b'{"query": "query a { asOf }", "operationName": "b"}',
    "no operationName of two": b'{"query": "query a { asOf } query b { asOf }"}',
    "NaN": b'{"query": "{ asOf }", "variables": {"x": NaN}}',
    "Infinity": b'{"query": "{ asOf }", "variables": {"x": -Infinity}}',
    "1e999": b'{"query": "query($x: JSON) { asOf }", "variables": {"x": 1e999}}',
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets in variables": b'{"query": "{ asOf }", "variables": {"x": '
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}}",
    "100,000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a persisted query": b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}',
    "gzip": b"\x1f\x8b\x08\x00",
}
LENIENT = {"extensions as text"}
"""May be answered, too."""


async def test_whatever_comes_as_a_body_is_answered_with_a_code(desk: Desk) -> None:
    ann, findings = await desk.agent(), Findings()
    for name, body in BODIES.items():
        with findings.of(name):
            _, answer = await posted(desk, body, ann)
            assert "errors" in answer or name in LENIENT, answer
    for kind in (
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "",
        "x",
        "application/xml",
    ):
        with findings.of("content-type", kind):
            await refused(desk, b'{"query": "{ asOf }"}', ann, **{"content-type": kind})
    assert findings == {}
    assert (await ann.asks("{ viewer { name } }")).viewer.name == "ann"


async def test_a_body_that_is_too_large_is_refused_with_its_bound(desk: Desk) -> None:
    ann = await desk.agent()
    bound = desk.settings.request_bytes
    inside = b'{"query": "{ __typename }"%s}'
    fits = inside % (b" " * (bound - len(inside) + 2))
    assert len(fits) == bound
    assert (await posted(desk, fits, ann))[1]["data"] == {"__typename": "Query"}
    status, body = await posted(desk, fits + b" ", ann)
    extensions = body["errors"][0]["extensions"]
    assert (status, extensions["code"], extensions["bound"]) == (413, "LIMIT_EXCEEDED", bound)
    assert extensions["value"] > bound
    assert extensions["limit"]
    assert (await posted(desk, b"x" * (3 * bound), ann))[0] == 413
    assert (await ann.asks("{ viewer { name } }")).viewer.name == "ann"


async def test_form_numbers_beyond_a_double_are_never_written_down_as_something_else(desk: Desk) -> None:
    ann = await desk.agent()
    before, findings = await ann.as_of(), Findings()
    for number in ("9007199254740993", "18446744073709551616", "123456789012345678901234567890", "1e999", "-1e400"):
        body = json.dumps({"query": CREATE, "variables": {"input": {"userId": "u", "subject": "s", "extra": {"n": 0}}}})
        _, answer = await posted(desk, body.replace('"n": 0', f'"n": {number}').encode(), ann)
        with findings.of(number):
            result = (answer.get("data") or {}).get("createTicket") or {}
            assert answer.get("errors") or (result["__typename"], result.get("field")) == ("InvalidInput", "extra")
    assert findings == {}
    assert await ann.as_of() == before
