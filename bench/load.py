"""A load generator that costs little beside what it measures: ready requests over keep-alive connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import count

CONNECTIONS = 16


def http_post(host: str, port: int, body: bytes, token: str = "") -> bytes:
    """A GraphQL POST as bytes on the wire."""
    return (
        f"POST /graphql HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is whole."""

    def __init__(self, request: Callable[[int], bytes], numbers: count[int]) -> None:
        self._request, self._numbers = request, numbers
        self._buffer = bytearray()
        self.answers = 0
        self.failures = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request(next(self._numbers)))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.answers += 1
        self.failures += not head.startswith(b"HTTP/1.1 200") or b'"errors"' in body[:length]
        self._buffer.clear()
        self.transport.write(self._request(next(self._numbers)))


async def requests_per_second(host: str, port: int, request: Callable[[int], bytes], seconds: float) -> float:
    """Answers per second over `CONNECTIONS` connections; raises if any answer was not a good one."""
    loop, numbers = asyncio.get_running_loop(), count()
    made = [await loop.create_connection(lambda: _Connection(request, numbers), host, port) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    passed = time.perf_counter() - began
    answers, failures = sum(c.answers for _, c in made), sum(c.failures for _, c in made)
    for transport, _ in made:
        transport.close()
    if failures or not answers:
        raise RuntimeError(f"{failures} of {answers} answers were bad")
    return answers / passed
