"""What waits to be written to one socket: in order, bounded, and never in anybody else's way."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

log = logging.getLogger("guichet.live")

TRY_AGAIN = 1013
"""Try again later (RFC 6455 registry): graphql-ws clients reconnect and resume after their last cursor."""

TOO_SLOW = "too slow, resume after your last cursor"


class Outbox:
    """A queue of ready frames. A task writes them while there are any; an idle socket has none.

    Past `bound` bytes the backlog is dropped and `hang_up` closes the socket, with neither `error` nor
    `complete` before, either of which would end the client's operation for good.
    """

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        hang_up: Callable[[int, str], Coroutine[Any, Any, None]],
        bound: int,
    ) -> None:
        self._send, self._hang_up, self._bound = send, hang_up, bound
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._writer: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.closed = False

    def put(self, frame: str) -> None:
        """Queues a frame; never waits."""
        if self.closed:
            return
        self._waiting.append(frame)
        self._bytes += len(frame.encode())
        if self._bytes > self._bound and len(self._waiting) > 1:
            self.cut_off(TOO_SLOW)
        elif self._writer is None:
            self._writer = asyncio.create_task(self._write())

    def cut_off(self, reason: str, code: int = TRY_AGAIN) -> None:
        """Closes the socket; by default so that its client comes back and resumes after its last cursor."""
        if not self.closed:
            self.close()
            self._ending = asyncio.create_task(self._hang_up(code, reason))

    async def drained(self) -> None:
        """Waits until all that was queued so far is written, so that a replay runs at the reader's pace."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    def close(self) -> None:
        """Drops what waits; nothing more is written."""
        self.closed = True
        self._waiting.clear()
        if self._writer is not None:
            self._writer.cancel()

    async def _write(self) -> None:
        try:
            while self._waiting:
                frame = self._waiting.popleft()
                await self._send(frame)
                self._bytes -= len(frame.encode())
        except Exception as error:  # the peer is gone: its handler learns of it by itself
            log.debug("socket ended while writing: %r", error)
            self.closed = True
            self._waiting.clear()
        finally:
            self._writer = None
