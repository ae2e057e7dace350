"""One socket: many operations, slow readers, refusals, and how it ends."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from desk.live.fanout import Fanout
from desk.live.handler import Handler
from desk.settings import Settings
from tests.support.desk import GUARD_S, Answer, Desk, Person, running, subscribe
from tests.support.live import Joined, answered_on, close_code, journal, place, position, positions, to_the_end, until

BODY = 95_000
BACKLOG = 150_000
LARGE = "cursor ticket { body }"
SMALL = "cursor"


@asynccontextmanager
async def opened(desk: Desk) -> AsyncIterator[ClientConnection]:
    """A WebSocket on which nothing was said yet."""
    async with connect(desk.ws_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        yield socket


async def says(socket: ClientConnection, type: str, **rest: object) -> None:
    await socket.send(json.dumps({"type": type, **rest}))


async def asks(socket: ClientConnection, name: str, query: str, **variables: object) -> None:
    """Starts an operation under the id `name`."""
    await says(socket, "subscribe", id=name, payload={"query": query, "variables": variables})


async def hears(socket: ClientConnection, id: str, type: str) -> Any:
    """The payload of the next message, which is this one."""
    async with asyncio.timeout(GUARD_S):
        message = json.loads(await socket.recv())
    assert (message["id"], message["type"]) == (id, type), message
    return message.get("payload")


# ---------------------------------------------------------------- slow readers


@asynccontextmanager
async def slow_socket(person: Person, after: str) -> AsyncIterator[ClientConnection]:
    """A client that subscribes and then reads only when it is asked to, into a small buffer."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    raw.connect(("127.0.0.1", person.desk.port))
    subprotocols = [Subprotocol("graphql-transport-ws")]
    async with connect(person.desk.ws_url, sock=raw, subprotocols=subprotocols, max_queue=1) as socket:
        await says(socket, "connection_init", payload=person.headers)
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await subscribe(socket, "slow", after=after, selection=LARGE)
        yield socket


async def test_who_cannot_keep_up_is_told_so_and_resumes_without_a_loss_while_others_wait_for_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1013, with neither `error` nor `complete` before: after either, a client would never come back."""
    overflowed = _overflows(monkeypatch)
    patient = replace(settings, backlog_bytes=BACKLOG, stuck_seconds=600)  # this one reads again in the end
    async with running(patient) as desk:
        ann, bob = await desk.agents("ann", "bob")
        ticket = await ann.creates(userId="u-1")
        start = await ann.as_of()
        async with slow_socket(bob, start) as slow, ann.follows(after=start, selection=SMALL) as swift:
            writes = 0
            while not overflowed.is_set():  # what the two kernels hold comes on top of the backlog
                assert writes < 200
                writes += 1
                await ann.updates(ticket, given={"body": f"{writes} ".ljust(BODY, "x")})
                assert position(await swift.next()) == place(start) + writes
            await ann.updates(ticket, given={"body": "the last"})
            assert position(await swift.next()) == place(start) + writes + 1
            messages = await to_the_end(slow)
        assert close_code(slow) == 1013
        assert {(message["id"], message["type"]) for message in messages} == {("slow", "next")}
        heard = [Answer(message["payload"]["data"]["ticketEvents"]) for message in messages]
        assert len(heard) < writes
        async with bob.follows(after=heard[-1].cursor, selection=LARGE) as stream:
            heard += await stream.take(writes + 1 - len(heard))
            assert await answered_on(stream.socket) == []
        assert positions(heard) == (await journal())[1:]
        assert [event["ticket"]["body"].split()[0] for event in heard[:-1]] == [str(n) for n in range(1, writes + 1)]


def _overflows(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when a backlog was too long and its socket is about to be closed."""
    overflowed, hang_up = asyncio.Event(), Handler._hang_up

    async def noticed(handler: Handler, code: int, reason: str) -> None:
        overflowed.set()
        await hang_up(handler, code, reason)

    monkeypatch.setattr(Handler, "_hang_up", noticed)
    return overflowed


async def test_a_replay_runs_at_its_readers_pace_however_small_the_backlog(settings: Settings) -> None:
    """Being behind is not being slow: a replay of far more than the backlog comes to its end."""
    async with running(replace(settings, backlog_bytes=2_000)) as desk:
        ann = await desk.agent()
        start = await ann.as_of()
        for number in range(20):
            await ann.creates(userId="u-1", body=str(number).ljust(1_500, "x"))
        async with ann.follows(after=start, selection=LARGE) as stream:
            assert positions(await stream.take(20)) == list(range(place(start) + 1, place(start) + 21))
            await ann.creates(userId="u-1")
            assert position(await stream.next()) == place(start) + 21


async def test_one_event_larger_than_the_backlog_still_arrives(settings: Settings) -> None:
    async with running(replace(settings, backlog_bytes=1_000)) as desk:
        ann = await desk.agent()
        async with ann.follows(after=await ann.as_of(), selection=LARGE) as stream:
            await ann.creates(userId="u-1", body="x" * BODY)
            assert len((await stream.next()).ticket.body) == BODY


# ---------------------------------------------------------------- several operations


async def test_complete_ends_a_subscription_and_the_others_go_on(desk: Desk, joined: Joined) -> None:
    ann = await desk.agent()
    async with ann.socket() as socket:
        for id in ("one", "two"):
            await asks(socket, id, f"subscription {{ ticketEvents {{ {SMALL} }} }}")
        await joined.reach(2)
        await says(socket, "complete", id="one")
        assert await answered_on(socket) == []
        await ann.creates(userId="u-1")
        await hears(socket, "two", "next")
        await ann.creates(userId="u-1")
        await hears(socket, "two", "next")
        await asks(socket, "one", f'subscription {{ ticketEvents(userId: "u-9") {{ {SMALL} }} }}')  # the id is free
        await joined.reach(3)
        await ann.creates(userId="u-9")
        async with asyncio.timeout(GUARD_S):
            assert {json.loads(await socket.recv())["id"] for _ in range(2)} == {"one", "two"}


async def test_nobody_is_left_in_the_fan_out_once_everybody_went(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fanouts: list[Fanout] = []
    follow = Fanout.follow

    async def noted(fanout: Fanout, *rest: Any) -> None:
        await follow(fanout, *rest)
        fanouts.append(fanout)

    monkeypatch.setattr(Fanout, "follow", noted)
    ann = await desk.agent()
    async with ann.follows(), ann.follows(user_id="u-1"), ann.socket() as socket:
        await subscribe(socket, "1")
        await until(lambda: len(fanouts) == 3, "three subscriptions")
        assert fanouts[0]._scopes
        await says(socket, "complete", id="1")
        assert await answered_on(socket) == []
    await until(lambda: not fanouts[0]._scopes, "an empty fan-out")


async def test_two_subscriptions_and_a_query_share_a_socket(desk: Desk) -> None:
    ann = await desk.agent()
    start = await ann.as_of()
    subscription = "subscription($after: Cursor, $user: ID) { ticketEvents(after: $after, userId: $user) { kind } }"
    async with ann.socket() as socket:
        await asks(socket, "all", subscription, after=start)
        await asks(socket, "some", subscription, after=start, user="u-1")
        await asks(socket, "query", "{ viewer { name role } }")
        seen: dict[str, list[Any]] = {"all": [], "some": [], "query": []}
        await ann.creates(userId="u-1")
        await ann.creates(userId="u-2")
        last = await ann.creates(userId="u-1")
        await ann.starts(last)
        while [len(seen[id]) for id in ("all", "some", "query")] != [4, 3, 2]:
            async with asyncio.timeout(GUARD_S):
                message = json.loads(await socket.recv())
            seen[message["id"]].append(message.get("payload", {}).get("data") or message["type"])
    assert seen["query"] == [{"viewer": {"name": "ann", "role": "AGENT"}}, "complete"]
    kinds = {id: [data["ticketEvents"]["kind"] for data in seen[id]] for id in ("all", "some")}
    assert kinds == {
        "all": ["CREATED", "CREATED", "CREATED", "PROCESSING_STARTED"],
        "some": ["CREATED", "CREATED", "PROCESSING_STARTED"],
    }


async def test_mutations_work_over_the_socket_and_each_operation_sees_what_is_now(desk: Desk) -> None:
    """Nothing outlives its operation: no loader, no head, no viewer's old answer."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    mutation = """mutation($id: ID!, $text: String!) {
      reply(ticketId: $id, text: $text) { __typename ... on Message { text } } }"""
    query = "query($id: ID!) { asOf ticket(id: $id) { revision messages { edges { node { text } } } } }"
    heads = set()
    async with ann.socket() as socket:
        for number in range(1, 4):
            await asks(socket, "m", mutation, id=ticket.id, text=f"reply {number}")
            data = (await hears(socket, "m", "next"))["data"]
            assert data["reply"] == {"__typename": "Message", "text": f"reply {number}"}
            await hears(socket, "m", "complete")
            await asks(socket, "q", query, id=ticket.id)
            data = (await hears(socket, "q", "next"))["data"]
            await hears(socket, "q", "complete")
            assert len(data["ticket"]["messages"]["edges"]) == number
            assert data["ticket"]["revision"] == number + 1
            heads.add(data["asOf"])
    assert len(heads) == 3


async def test_more_operations_than_allowed_are_refused_by_a_coded_error_and_the_socket_goes_on(
    settings: Settings,
) -> None:
    async with running(replace(settings, operations=2)) as desk:
        ann = await desk.agent()
        async with ann.socket() as socket:
            for id in ("one", "two", "three"):
                await asks(socket, id, f"subscription {{ ticketEvents {{ {SMALL} }} }}")
            extensions = await told(socket, "three")
            assert (extensions.get("code"), extensions.get("bound")) == ("LIMIT_EXCEEDED", 2)
            await says(socket, "complete", id="one")
            assert await answered_on(socket) == []


# ---------------------------------------------------------------- who asks, and typos


@pytest.mark.parametrize("id", ["1", "1" * 200, "é" * 200])
async def test_an_id_that_is_in_use_closes_the_socket_however_long_it_is(desk: Desk, id: str) -> None:
    """The reason names it, as far as a close frame has room."""
    async with (await desk.agent()).socket() as socket:
        for _ in range(2):
            await says(socket, "subscribe", id=id, payload={"query": "subscription { ticketEvents { cursor } }"})
        await to_the_end(socket)
    assert close_code(socket) == 4409


async def test_a_wrong_token_closes_the_socket(desk: Desk) -> None:
    for credential in ("Bearer wrong", "Bearer gd_00000000_x", "Basic YW5u", "", 7, ["Bearer x"]):
        async with opened(desk) as socket:
            await says(socket, "connection_init", payload={"authorization": credential})
            assert await to_the_end(socket) == []
        assert close_code(socket) == 4401, credential


async def test_without_a_token_a_socket_is_acknowledged_and_each_operation_told(desk: Desk) -> None:
    operations = {
        "query": "{ viewer { name } }",
        "mutation": 'mutation { addNote(ticketId: "1", text: "x") { __typename } }',
        "subscription": f"subscription {{ ticketEvents {{ {SMALL} }} }}",
    }
    for init in ({}, {"payload": {}}, {"payload": {"authorization": None}}):
        async with opened(desk) as socket:
            await says(socket, "connection_init", **init)
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            for id, operation in operations.items():
                await asks(socket, id, operation)
                assert (await told(socket, id))["code"] == "UNAUTHENTICATED"
            assert await answered_on(socket) == []


async def told(socket: ClientConnection, id: str) -> dict[str, Any]:
    """The extensions of the error with which an operation is answered."""
    async with asyncio.timeout(GUARD_S):
        message = json.loads(await socket.recv())
    assert message["id"] == id
    if message["type"] == "next":
        await hears(socket, id, "complete")
        return message["payload"]["errors"][0]["extensions"]  # type: ignore[no-any-return]
    assert message["type"] == "error", message
    return message["payload"][0].get("extensions", {})  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("code", "documents"),
    [
        ("GRAPHQL_PARSE_FAILED", ["subscription { ticketEvents { ", "{", "{ viewer { name }", "mutation {"]),
        (
            "GRAPHQL_VALIDATION_FAILED",
            [
                "{ viewr { name } }",
                "mutation { approve }",
                "subscription { ticketEvents { cursr } }",
                "subscription { ticketEvents(aftr: 1) { cursor } }",
                "subscription { ticketEvents { cursor } more: ticketEvents { cursor } }",
            ],
        ),
        (
            "BAD_USER_INPUT",
            [
                "subscription($after: Cursor!) { ticketEvents(after: $after) { cursor } }",
                'subscription { ticketEvents(after: "x") { cursor } }',
            ],
        ),
    ],
)
async def test_a_typo_is_a_coded_error_of_its_operation_and_the_socket_goes_on(
    desk: Desk, code: str, documents: list[str]
) -> None:
    ann = await desk.agent()
    async with ann.socket() as socket:
        for document in documents:
            await asks(socket, "typo", document)
            assert (await told(socket, "typo")).get("code") == code, document
        stream = await subscribe(socket, "typo", after=await ann.as_of())
        await ann.creates(userId="u-1")
        assert (await stream.next()).kind == "CREATED"


async def test_a_document_without_an_operation_is_an_error_and_the_socket_goes_on(desk: Desk) -> None:
    any_code = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}
    ann = await desk.agent()
    async with ann.socket() as socket:
        for document in ("", "fragment F on Ticket { id }", "query A { asOf } query B { asOf }"):
            await asks(socket, "none", document)
            assert (await told(socket, "none")).get("code") in any_code, document
        assert await answered_on(socket) == []


async def test_a_subscription_through_fragments_and_aliases_is_followed_like_any_other(desk: Desk) -> None:
    ann = await desk.agent()
    document = """
      subscription S($from: Cursor) { ...F }
      fragment F on Subscription { news: ticketEvents(after: $from) { ...E } }
      fragment E on TicketEvent { what: kind ticketId }
    """
    async with ann.socket() as socket:
        await asks(socket, "1", document, **{"from": await ann.as_of()})
        ticket = await ann.creates(userId="u-1")
        assert (await hears(socket, "1", "next"))["data"] == {"news": {"what": "CREATED", "ticketId": ticket.id}}


# ---------------------------------------------------------------- the end


async def test_at_a_stop_sockets_close_with_1012_and_no_subscription_is_ended_for_good(settings: Settings) -> None:
    async with AsyncExitStack() as outlives:
        async with running(settings) as desk:
            ann = await desk.agent()
            follower = await outlives.enter_async_context(ann.follows(after=await ann.as_of()))
            idle = await outlives.enter_async_context(ann.socket())
            await ann.creates(userId="u-1")
            assert (await follower.next()).kind == "CREATED"
        for socket in (follower.socket, idle):
            assert await to_the_end(socket) == []
            assert close_code(socket) == 1012
