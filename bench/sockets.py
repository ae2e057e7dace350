"""Many subscribers in one process, who only count: frames built by hand, `next` counted in what arrives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import cast

import orjson

from bench.load import HOST
from bench.requests import Request

HANDSHAKE = (
    f"GET /graphql HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: Z3VpY2hldC1iZW5jaC1rZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
).encode()
NEXT, ACK, END = b'"next"', b'"connection_ack"', ord("}")
PING, PING_BEHIND, PONG = 0x89, b"}\x89", 0x8A
MASKED, NO_MASK, LONG = 0x80, bytes(4), 126
"""RFC 6455: a client masks what it says, here with zeros; from so many bytes on, two more tell the length."""
AT_ONCE = 50
"""So many sockets open at a time, so that no server's queue of new ones overflows."""
PAUSE_S = 0.2
PATIENCE_S = 120.0
"""Only a guard against hanging."""


@dataclass
class Tally:
    """What has arrived at all sockets together; calls `reached` for each so many that were waited for."""

    events: int = 0
    first_at: float = 0.0
    """When the first event since `expect` arrived, by time.perf_counter."""
    _target: float = inf
    _step: int = 0
    _reached: Callable[[], object] = print

    def count(self, events: int) -> None:
        self.first_at = self.first_at or time.perf_counter()
        self.events += events
        while self.events >= self._target:
            self._target += self._step
            self._reached()

    def expect(self, step: int, reached: Callable[[], object]) -> None:
        """Has `reached` called whenever `step` more have arrived, from now on."""
        self._target, self._step, self._reached = self.events + step, step, reached
        self.first_at = 0.0

    def expect_nothing(self) -> None:
        self._target = inf


class Subscriber(asyncio.Protocol):
    """Counts what one socket hears, and answers pings."""

    def __init__(self, tally: Tally, transport: asyncio.Transport) -> None:
        self._tally, self._transport = tally, transport
        self._tail = b""
        self.heard = 0

    def data_received(self, data: bytes) -> None:
        if self._tail:
            data, self._tail = self._tail + data, b""
        if events := data.count(NEXT):
            self.heard += events
            self._tally.count(events)
        if PING in data and (data[0] == PING or PING_BEHIND in data):
            self._answer(data[0 if data[0] == PING else data.find(PING_BEHIND) + 1 :])
        elif data[-1] != END:
            self._tail = data[1 - len(NEXT) :]  # half of what is counted may stand there

    def _answer(self, ping: bytes) -> None:
        length = ping[1]
        self._transport.write(bytes([PONG, MASKED | length]) + NO_MASK + ping[2 : 2 + length])


class Opening(asyncio.Protocol):
    """Brings a socket to where its subscriptions are sent; then `subscriber` hears it."""

    def __init__(self, tally: Tally, token: str, operations: Sequence[Request]) -> None:
        self._tally, self._token, self._operations = tally, token, operations
        self._heard = b""
        self._upgraded = False
        self.subscriber: asyncio.Future[Subscriber] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if not self._upgraded and b"\r\n\r\n" in self._heard:
            self._upgraded = True
            self._say({"type": "connection_init", "payload": {"authorization": f"Bearer {self._token}"}})
        if ACK in self._heard and not self.subscriber.done():
            subscriber = Subscriber(self._tally, self._transport)
            self._transport.set_protocol(subscriber)
            for id, operation in enumerate(self._operations):
                self._say({"type": "subscribe", "id": str(id), "payload": operation})
            self.subscriber.set_result(subscriber)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.subscriber.done():
            self.subscriber.set_exception(RuntimeError(f"no socket: {self._heard!r}"))

    def _say(self, message: object) -> None:
        text = orjson.dumps(message)
        short, long = bytes([MASKED | len(text) % LONG]), bytes([MASKED | LONG]) + len(text).to_bytes(2, "big")
        self._transport.write(b"\x81" + (short if len(text) < LONG else long) + NO_MASK + text)


@dataclass
class Crowd:
    """Sockets that are open, and what they heard together."""

    tally: Tally
    sockets: list[Subscriber]

    async def listens(self, change: Callable[[], object]) -> None:
        """Makes changes until every socket has heard one: nothing in the protocol says that it follows by now."""
        deadline = time.monotonic() + PATIENCE_S
        while deaf := sum(not each.heard for each in self.sockets):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{deaf} of {len(self.sockets)} sockets hear nothing")
            await asyncio.to_thread(change)
            await asyncio.sleep(PAUSE_S)
        await self.quiet()

    async def quiet(self) -> None:
        """Waits until nothing has arrived for a moment."""
        heard = -1
        while heard != self.tally.events:
            heard = self.tally.events
            await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def crowd(port: int, token: str, operations: Sequence[Sequence[Request]]) -> AsyncIterator[Crowd]:
    """A socket for each list of subscriptions."""
    loop, tally = asyncio.get_running_loop(), Tally()
    transports: list[asyncio.Transport] = []
    sockets: list[Subscriber] = []
    try:
        for first in range(0, len(operations), AT_ONCE):
            new = [
                await loop.create_connection(partial(Opening, tally, token, own), HOST, port)
                for own in operations[first : first + AT_ONCE]
            ]
            transports += [transport for transport, _ in new]
            async with asyncio.timeout(PATIENCE_S):
                sockets += await asyncio.gather(*(each.subscriber for _, each in new))
        yield Crowd(tally, sockets)
    finally:
        for transport in transports:
            transport.abort()
