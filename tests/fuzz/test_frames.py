"""Whatever comes on a socket is answered, or ends that socket as the protocol says; the desk goes on."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from models.account import Role
from tests.fuzz.drawn import CASES, frames
from tests.fuzz.target import ROLES, Target, coded
from tests.models.drawn import promise
from tests.support.desk import GUARD_S, Person

CLOSES = {1000, 1002, 1003, 1007, 1009, 4400, 4401, 4406, 4408, 4409, 4429}
"""How a socket may end: by the protocols (RFC 6455, graphql-transport-ws), never by a fault of ours (1006, 1011)."""
SOCKETS, EACH = 20, 120
"""How many sockets are flooded, and how many of each tiny message one gets."""


@pytest.fixture
def conversing(target: Target) -> Target:
    """A conversation holds few documents, so that what is kept on purpose is not full at half of 10,000 yet.

    Seen there: 6 MB more in the second half; but 0.5 MB in 2,500 conversations after 2,500 documents over HTTP.
    """
    target.growth = 10 * 2**20
    return target


@given(sent=st.lists(frames, max_size=6), role=st.sampled_from(ROLES), init=st.sampled_from([True, True, True, False]))
@promise(CASES, rounds=1)
async def test_any_frames_are_answered_or_close_the_socket_as_the_protocol_says(
    conversing: Target, sent: list[str | bytes], role: Role | None, init: bool
) -> None:
    target = conversing
    async with asyncio.timeout(GUARD_S), target.desk.handshake({}) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await converse(socket, target, [*([hello(target.people[role])] if init else []), *sent])
    assert closed.value.rcvd is not None, "the desk dropped the socket"
    assert closed.value.rcvd.code in CLOSES, closed.value
    target.count()


async def converse(socket: ClientConnection, target: Target, sent: list[str | bytes]) -> None:
    """Sends all, then a query, and when that is answered something that is no message; reads to the end."""
    for frame in (*sent, subscribe("last", "{ asOf }")):
        await socket.send(target.real(frame) if isinstance(frame, str) else frame)
    while True:
        message = json.loads(await socket.recv())
        check_frame(message)
        target.learn(message.get("payload"))
        if message.get("id") == "last":
            await socket.send('{"type":"nonsense"}')


def hello(person: Person) -> str:
    return json.dumps({"type": "connection_init", "payload": person.headers})


def subscribe(id: str, query: str) -> str:
    return json.dumps({"type": "subscribe", "id": id, "payload": {"query": query}})


def check_frame(message: dict[str, Any]) -> None:
    match message["type"]:
        case "error":
            coded(message["payload"])
        case "next":
            coded(message["payload"].get("errors", []))
        case other:
            assert other in {"connection_ack", "pong", "ping", "complete"}, message


async def test_thousands_of_tiny_messages_are_answered_each_and_forgotten(target: Target) -> None:
    """Pings, operations that are given up at once, and more subscriptions than a socket may have."""
    for _ in range(SOCKETS):
        async with asyncio.timeout(GUARD_S), target.people[Role.AGENT].socket() as socket:
            for number in range(EACH):
                await socket.send('{"type":"ping"}')
                await socket.send(subscribe(f"query {number}", "{ asOf }"))
                await socket.send(json.dumps({"type": "complete", "id": f"query {number}"}))
                await socket.send(subscribe(f"live {number}", "subscription { ticketEvents { cursor } }"))
            await socket.send(subscribe("last", "{ asOf }"))
            heard = []
            while not heard or heard[-1].get("id") != "last":
                heard.append(json.loads(await socket.recv()))
                check_frame(heard[-1])
        refused = [message["id"] for message in heard if message["type"] == "error"]
        assert sum(message["type"] == "pong" for message in heard) == EACH
        assert refused
        target.count()


FOLLOW = (
    "subscription($after: Cursor, $ticketId: ID, $userId: ID)"
    " { ticketEvents(after: $after, ticketId: $ticketId, userId: $userId) { cursor } }"
)
NOWHERE = [{"userId": "\x00"}, {"ticketId": "\x00"}, {"ticketId": str(uuid.UUID(int=0))}]


async def test_following_what_cannot_be_there_is_a_coded_error(ann: Person, subtests: pytest.Subtests) -> None:
    """Also with a cursor from before, when there is something to replay."""
    before = {"after": await ann.as_of()}
    await ann.creates(userId="u-1")
    for variables in [nowhere | after for nowhere in NOWHERE for after in ({}, before)]:
        with subtests.test(variables=variables):
            async with ann.socket() as socket:
                request = {"query": FOLLOW, "variables": variables}
                await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": request}))
                async with asyncio.timeout(GUARD_S):
                    answer = json.loads(await socket.recv())
                assert (answer["type"], answer["id"]) == ("error", "1")
                check_frame(answer)
