"""A load generator that costs little beside what it measures: ready requests over keep-alive connections."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import orjson

from bench.requests import Request

HOST = "127.0.0.1"
CONNECTIONS = 16
ERRORS, NEAR, WHOLE = b'"errors"', 500, 16
PAUSE_S = 0.01
PATIENCE_S = 60.0
"""Only a guard against hanging."""
HEAD_END, LENGTH = b"\r\n\r\n", re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def encoded(request: Request, token: str) -> bytes:
    """A GraphQL POST as bytes on the wire."""
    body = orjson.dumps(request)
    return (
        f"POST /graphql HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Connection(asyncio.Protocol):
    """Sends what `following` gives as soon as the answer to the last request is whole, until that gives nothing."""

    def __init__(self, following: Callable[[], bytes | None]) -> None:
        self._following = following
        self._partial = b""
        self.answers = self.failures = 0
        self.idle = True
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self.go_on()

    def go_on(self) -> None:
        request = self._following()
        self.idle = request is None
        if request is not None:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._partial:
            data = self._partial + data
        end = data.find(HEAD_END)
        length = LENGTH.search(data, 0, end) if end > 0 else None
        if length is None or len(data) < end + len(HEAD_END) + int(length[1]):
            self._partial = data
            return
        self._partial = b""
        self.answers += 1
        self.failures += not data.startswith(b"HTTP/1.1 200") or self._tells_errors(data, end)
        self.go_on()

    def _tells_errors(self, data: bytes, end: int) -> bool:
        """Looks where errors begin, before or behind the data; through the whole of some answers only, for speed."""
        if self.answers % WHOLE == 1:
            return ERRORS in data
        return data.find(ERRORS, end, end + NEAR) >= 0 or data.find(ERRORS, -NEAR) >= 0


@asynccontextmanager
async def connections(port: int, following: Callable[[], bytes | None], count: int) -> AsyncIterator[list[Connection]]:
    """So many connections at work. Raises RuntimeError at the end if any answer was not a good one."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Connection(following), HOST, port) for _ in range(count)]
    try:
        yield [connection for _, connection in made]
    finally:
        for transport, _ in made:
            transport.close()
    if failures := sum(each.failures for _, each in made):
        raise RuntimeError(f"{failures} of {sum(each.answers for _, each in made)} answers were bad")


async def requests_per_second(port: int, following: Callable[[], bytes], seconds: float) -> float:
    """Answers per second over `CONNECTIONS` connections, each with one request on its way; until there is one."""
    async with connections(port, following, CONNECTIONS) as made, asyncio.timeout(PATIENCE_S + seconds):
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        while not any(each.answers for each in made):  # noqa: ASYNC110
            await asyncio.sleep(PAUSE_S)
        return sum(each.answers for each in made) / (time.perf_counter() - began)


@asynccontextmanager
async def beside(port: int, following: Callable[[], bytes], per_second: float) -> AsyncIterator[None]:
    """Sends a request so often meanwhile, over a connection of its own; seldomer where answers take longer."""

    async def send(connection: Connection) -> None:
        sent = 0
        while True:
            if connection.answers == sent:
                connection.transport.write(following())
                sent += 1
            await asyncio.sleep(1 / per_second)

    async with connections(port, lambda: None, 1) as (connection,), asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send(connection))
        yield
        sending.cancel()
