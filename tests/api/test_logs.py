"""No secret is ever logged, however much is logged; and what is no error is not logged as one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from desk.settings import Settings
from tests.support.desk import GUARD_S, SESSION, Desk
from tests.support.processes import Server, token
from tests.support.redis import Redis

SECRET = "sesame0pen"
URL = f"/graphql?token={SECRET}"
DOCUMENTS = [
    f'{{ ticket(id: "{SECRET}") {{ id }} }}',
    f'mutation {{ addNote(ticketId: "{SECRET}", text: "{SECRET}") {{ __typename }} }}',
    f"{{ {SECRET} }}",
    f'{{ "{SECRET}',
    f'mutation {{ signIn(name: "ann", password: "{SECRET}") {{ __typename }} }}',
    f'mutation {{ signIn(secret: "gc_00000000_{SECRET}") {{ __typename }} }}',
    f'mutation {{ setPassword(password: "{SECRET}", current: "{SECRET}{SECRET}") {{ __typename }} }}',
    f"query($password: String) {{ tickets(search: $password) {{ totalCount }} }} # {SECRET}",
]


@pytest.fixture
def server(settings: Settings, redis: Redis, tmp_path: Path) -> Iterator[Server]:
    server = Server(replace(settings, broadcast_url=redis.url, log_level="debug"), tmp_path / "log")
    yield server
    server.kill()


def planted(bearer: str) -> list[dict[str, str]]:
    """Headers with a secret in each that may have one."""
    wrong = f"Bearer gd_00000000_{SECRET}"
    return [
        {
            "authorization": f"Bearer {bearer}",
            "x-secret": SECRET,
            "user-agent": SECRET,
            "referer": f"https://{SECRET}/",
        },
        {"authorization": wrong},
        {"authorization": f"Basic {SECRET}"},
        {"cookie": f"{SESSION}={SECRET}; other={SECRET}"},
        {"cookie": f"{SESSION}=gs_00000000_{SECRET}", "origin": f"https://{SECRET}.example"},
    ]


async def by_http(desk: Desk, headers: dict[str, str]) -> None:
    for query in DOCUMENTS:
        body = {"query": query, "variables": {"password": SECRET}, "operationName": None}
        await desk.http.post(URL, json=body, headers=headers)
        await desk.http.get(URL, params={"query": query}, headers=headers)
    for content in (SECRET, f'{{"query": "{SECRET}', f'{{"{SECRET}": 1}}', f'{{"query": 1, "variables": "{SECRET}"}}'):
        for path in (URL, f"/{SECRET}?token={SECRET}", f"/health?token={SECRET}"):
            await desk.http.post(path, content=content, headers=headers | {"content-type": "application/json"})


async def by_socket(desk: Desk, headers: dict[str, str], *messages: str, subprotocol: str) -> None:
    try:
        url = f"{desk.ws_url}?token={SECRET}"
        subprotocols = [Subprotocol(subprotocol), Subprotocol(SECRET)]
        async with connect(url, additional_headers=headers, subprotocols=subprotocols) as socket:
            for message in messages:
                await socket.send(message)
            async with asyncio.timeout(GUARD_S):
                await socket.send('{"type": "ping"}')
                while json.loads(await socket.recv())["type"] != "pong":
                    pass
    except WebSocketException:
        pass  # refused, as most of these are


async def test_no_secret_is_logged_at_any_level(server: Server) -> None:
    ann = await token(server.settings, "ann")
    await server.start()
    init = json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {ann}", "password": SECRET}})
    wrong = json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer gd_00000000_{SECRET}"}})
    asked = [
        json.dumps({"type": "subscribe", "id": SECRET, "payload": {"query": each, "variables": {"password": SECRET}}})
        for each in [*DOCUMENTS, "subscription($password: Cursor) { ticketEvents(after: $password) { cursor } }"]
    ]
    async with server.client() as desk:
        for headers in planted(ann):
            await by_http(desk, headers)
            for messages in ([init, *asked], [wrong], [SECRET], [json.dumps({"type": SECRET})], [f'"{SECRET}']):
                await by_socket(desk, headers, *messages, subprotocol="graphql-transport-ws")
            await by_socket(desk, headers, init, subprotocol="graphql-ws")
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
        writer.write(f"{SECRET} {URL} HTTP/9\r\n{SECRET}\r\n\r\n".encode())
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()
    assert await server.stop() == 0
    assert "running on" in server.log
    secrets = {SECRET, *ann.split("_", 2)[1:]}
    assert [line for line in server.log.splitlines() if any(secret in line for secret in secrets)] == []


async def test_who_leaves_before_the_answers_is_no_error(settings: Settings, tmp_path: Path) -> None:
    server = Server(settings, tmp_path / "log")
    try:
        head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await token(settings, 'ann')}\r\n"
        body = b'{"query": "{ asOf }"}'
        request = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        await server.start()
        for _ in range(100):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(request * 5)
            writer.close()
            await writer.wait_closed()
        assert await server.stop() == 0
        assert "Traceback" not in server.log
    finally:
        server.kill()
