"""How many sockets somebody may have open, by address and by account, and which sockets are none of ours."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from desk.settings import Settings
from tests.support.desk import GUARD_S, Desk, Person, running
from tests.support.live import answered_on, close_code, to_the_end


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A desk of the built-in kind: sockets do not depend on the database."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data")


async def hears(socket: ClientConnection) -> dict[str, object]:
    async with asyncio.timeout(GUARD_S):
        message: dict[str, object] = json.loads(await socket.recv())
    return message


async def is_let_in(desk: Desk, **headers: str) -> None:
    """Waits until a place is free."""
    async with asyncio.timeout(GUARD_S):
        while True:
            try:
                async with desk.handshake(headers):
                    return
            except InvalidStatus:
                await asyncio.sleep(0)


async def is_acknowledged(person: Person) -> bool:
    async with person.desk.handshake({}) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": person.headers}))
        try:
            return (await hears(socket))["type"] == "connection_ack"
        except ConnectionClosed:
            return False


async def turned_away(desk: Desk, **headers: str) -> dict[str, object]:
    """The error with which a handshake is answered."""
    with pytest.raises(InvalidStatus) as refused:
        async with desk.handshake(headers):
            pass
    response = refused.value.response
    assert (response.status_code, response.headers["x-content-type-options"]) == (429, "nosniff")
    assert response.body is not None
    [error] = json.loads(response.body)["errors"]
    extensions: dict[str, object] = error["extensions"]
    return extensions


async def test_an_address_has_so_many_sockets_and_one_more_when_one_is_closed(settings: Settings) -> None:
    async with running(replace(settings, sockets_per_address=2)) as desk:
        full = {"code": "LIMIT_EXCEEDED", "limit": "socketsPerAddress", "value": 3, "bound": 2}
        async with desk.handshake({}):
            async with desk.handshake({}):
                assert [await turned_away(desk) for _ in range(3)] == [full] * 3
            await is_let_in(desk)
        for foreign in ("https://evil.example", "null"):
            with pytest.raises(InvalidStatus):
                await desk.handshake({"origin": foreign})  # takes no place
        async with desk.handshake({}), desk.handshake({}):
            assert await turned_away(desk) == full
        await is_let_in(desk)


async def test_an_account_has_so_many_sockets_and_one_more_when_one_is_closed(settings: Settings) -> None:
    async with running(replace(settings, sockets_per_account=1)) as desk:
        ann, bob = await desk.agents("ann", "bob")
        async with ann.socket() as first, bob.socket(), desk.stranger().socket(), desk.stranger().socket():
            async with desk.handshake({}) as second:
                await second.send(json.dumps({"type": "connection_init", "payload": ann.headers}))
                assert await to_the_end(second) == []
            assert (close_code(second), second.close_reason) == (1013, "socketsPerAccount: 2 of 1")
            assert await answered_on(first) == []
        async with asyncio.timeout(GUARD_S):
            while not await is_acknowledged(ann):  # until the first one's end is noticed
                pass


async def test_a_forwarded_address_has_its_own_sockets_only_from_a_named_proxy(settings: Settings) -> None:
    one, other = ({"x-forwarded-for": address} for address in ("192.0.2.1", "192.0.2.2"))
    async with running(replace(settings, sockets_per_address=1)) as desk, desk.handshake(one):
        assert (await turned_away(desk, **other))["bound"] == 1
    trusting = replace(settings, sockets_per_address=1, trusted_proxies="127.0.0.1")
    async with running(trusting) as desk, desk.handshake(one):
        await is_let_in(desk, **other)
        assert (await turned_away(desk, **one))["bound"] == 1


# ---------------------------------------------------------------- graphql-transport-ws, and nothing else


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], ["soap"], None])
async def test_other_subprotocols_are_refused(settings: Settings, subprotocols: list[str] | None) -> None:
    async with running(settings) as desk:
        named = [Subprotocol(name) for name in subprotocols] if subprotocols else None
        async with connect(desk.ws_url, subprotocols=named) as socket:
            assert await to_the_end(socket) == []
        assert (close_code(socket), socket.subprotocol) == (4406, None)


async def test_who_says_nothing_is_hung_up_on(settings: Settings) -> None:
    async with running(replace(settings, init_seconds=1)) as desk, desk.handshake({}) as socket:
        assert await to_the_end(socket) == []
        assert close_code(socket) == 4408


async def test_ping_is_answered_before_and_after_the_beginning(settings: Settings) -> None:
    async with running(settings) as desk, desk.handshake({}) as socket:
        await socket.send('{"type": "ping"}')
        assert await hears(socket) == {"type": "pong"}
        await socket.send('{"type": "connection_init"}')
        assert await hears(socket) == {"type": "connection_ack"}
        await socket.send('{"type": "ping", "payload": {"at": 1}}')
        assert (await hears(socket))["type"] == "pong"


async def test_a_message_that_is_too_long_closes_the_socket(settings: Settings) -> None:
    async with running(replace(settings, request_bytes=10_000)) as desk:
        async with desk.stranger().socket() as socket:
            await socket.send(json.dumps({"type": "ping"}).ljust(10_000))
            assert await hears(socket) == {"type": "pong"}
            await socket.send(json.dumps({"type": "ping"}).ljust(10_001))
            assert await to_the_end(socket) == []
        assert close_code(socket) == 1009
