"""Readers that never read: bounded while they are there, gone after the limit, and in nobody's way."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
import os
import socket as sockets
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import replace

import psutil
import pytest
from websockets.frames import Frame, Opcode

from desk.live.outbox import Outbox
from desk.live.socket import Socket
from desk.settings import Settings
from tests.support.desk import GUARD_S, Person, running
from tests.support.live import position, until

STUCK, HEALTHY = 20, 5
BODY = 95_000
BACKLOG = 200_000
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


@contextmanager
def never_reading(person: Person, after: str) -> Iterator[sockets.socket]:
    """A raw connection that subscribes to large events, reads the acknowledgement, and then never again."""
    with closing(sockets.socket()) as raw:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        raw.settimeout(GUARD_S)
        raw.connect(("127.0.0.1", person.desk.port))
        raw.sendall(HANDSHAKE.format(key=base64.b64encode(os.urandom(16)).decode()).encode())
        _read_until(raw, b"\r\n\r\n")
        raw.sendall(_frame({"type": "connection_init", "payload": person.headers}))
        _read_until(raw, b"connection_ack")
        query = "subscription($after: Cursor) { ticketEvents(after: $after) { cursor ticket { body } } }"
        payload = {"query": query, "variables": {"after": after}}
        raw.sendall(_frame({"type": "subscribe", "id": "1", "payload": payload}))
        yield raw


def _read_until(raw: sockets.socket, end: bytes) -> None:
    heard = b""
    while end not in heard:
        more = raw.recv(4_096)
        assert more, heard
        heard += more


def _frame(message: dict[str, object]) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True)


def still_served(clients: list[sockets.socket]) -> int:
    """How many of these clients the server in this process still has a connection with."""
    ports = {client.getsockname()[1] for client in clients}
    return sum(bool(one.raddr) and one.raddr.port in ports for one in psutil.Process().net_connections("tcp4"))


async def test_stuck_readers_are_cut_off_and_the_others_hear_everything_in_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    largest = _largest_backlog(monkeypatch)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(running(replace(settings, backlog_bytes=BACKLOG, stuck_seconds=1)))
        ann = await desk.agent()
        ticket = await ann.creates(userId="u-1")
        start = await ann.as_of()
        streams = [
            await stack.enter_async_context(ann.follows(after=start, selection="cursor")) for _ in range(HEALTHY)
        ]
        stuck = [await asyncio.to_thread(stack.enter_context, never_reading(ann, start)) for _ in range(STUCK)]
        assert still_served(stuck) == STUCK
        writes = 0
        async with asyncio.timeout(GUARD_S):
            while still_served(stuck):  # what the kernels hold, up to some MB each, comes on top
                writes += 1
                await ann.updates(ticket, given={"body": f"{writes} ".ljust(BODY, "x")})
                for stream in streams:
                    assert position(await stream.next()) == writes + 1
        await until(lambda: len(asyncio.all_tasks()) < STUCK + 4 * (HEALTHY + 5), "the tasks of the stuck to end")
        assert largest[0] <= BACKLOG + 2 * BODY
        await ann.updates(ticket, given={"body": "all is well"})
        for stream in streams:
            assert position(await stream.next()) == writes + 2
    gc.collect()  # a task that nobody waited for tells of its failure now
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def _largest_backlog(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The most bytes that ever waited for one socket."""
    largest, put = [0], Outbox.put

    def measured(outbox: Outbox, frame: str) -> None:
        put(outbox, frame)
        largest[0] = max(largest[0], sum(map(len, outbox._waiting)))

    monkeypatch.setattr(Outbox, "put", measured)
    return largest


async def test_a_stop_does_not_wait_for_a_stuck_reader(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncExitStack() as outlives:
        async with asyncio.timeout(2 * GUARD_S):
            async with running(replace(settings, stuck_seconds=1)) as desk:
                ann = await desk.agent()
                ticket = await ann.creates(userId="u-1")
                start = await ann.as_of()
                paused = _pauses(monkeypatch)
                await asyncio.to_thread(outlives.enter_context, never_reading(ann, start))
                number = 0
                while not paused.is_set():
                    number += 1
                    await ann.updates(ticket, given={"body": f"{number} ".ljust(BODY, "x")})


def _pauses(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    paused, pause = asyncio.Event(), Socket.pause_writing

    def noticed(socket: Socket) -> None:
        pause(socket)
        paused.set()

    monkeypatch.setattr(Socket, "pause_writing", noticed)
    return paused
