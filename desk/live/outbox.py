"""What a socket is told without asking: in order, bounded, and never in anybody else's way."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from desk.live.frames import text_of

log = logging.getLogger("guichet.live")

TRY_AGAIN = 1013
"""Try again later (RFC 6455 registry): graphql-ws clients reconnect and resume after their last cursor."""

TOO_SLOW = "too slow, resume after your last cursor"


class Outbox:
    """Ready frames go to `take`, which writes them at once; it says False where it cannot: the reader is behind.

    These wait here, and a task sends their text at the reader's pace; it ends when nothing waits. Past `bound` bytes
    the backlog is dropped and `hang_up` closes the socket, with neither `error` nor `complete` before, either of which
    would end the client's operation for good.
    """

    __slots__ = ("_backlog", "_bound", "_bytes", "_ending", "_hang_up", "_send", "_take", "_writer", "closed")

    def __init__(
        self,
        take: Callable[[list[bytes]], bool],
        send: Callable[[str], Awaitable[None]],
        hang_up: Callable[[int, str], Coroutine[Any, Any, None]],
        bound: int,
    ) -> None:
        self._take, self._send, self._hang_up, self._bound = take, send, hang_up, bound
        self._backlog: deque[bytes] | None = None
        self._bytes = 0
        self._writer: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.closed = False

    def put(self, frames: list[bytes]) -> None:
        """Writes frames, or keeps them until they can be; never waits."""
        if self.closed or (self._backlog is None and self._take(frames)):
            return
        if self._backlog is None:
            self._backlog = deque()
            self._writer = asyncio.create_task(self._write(self._backlog))
        self._backlog.extend(frames)
        self._bytes += sum(map(len, frames))
        if self._bytes > self._bound and len(self._backlog) > 1:
            self.cut_off(TOO_SLOW)

    def cut_off(self, reason: str, code: int = TRY_AGAIN) -> None:
        """Closes the socket; by default so that its client comes back and resumes after its last cursor."""
        if not self.closed:
            self.close()
            self._ending = asyncio.create_task(self._hang_up(code, reason))

    async def drained(self) -> None:
        """Waits until nothing waits, so that a replay runs at the reader's pace; others have their turn meanwhile."""
        await (asyncio.wait([self._writer]) if self._writer is not None else asyncio.sleep(0))

    def close(self) -> None:
        """Drops what waits; nothing more is written."""
        self.closed = True
        if self._writer is not None:
            self._writer.cancel()

    async def _write(self, backlog: deque[bytes]) -> None:
        try:
            while backlog:
                frame = backlog.popleft()
                await self._send(text_of(frame))
                self._bytes -= len(frame)
        except Exception as error:  # the peer is gone: its handler learns of it by itself
            log.debug("socket ended while writing: %r", error)
            self.closed = True
        finally:
            self._backlog = self._writer = None
