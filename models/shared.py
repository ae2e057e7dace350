"""One read for many who ask at once."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Reads once for all who asked before the read began; whoever asks later waits for the next one.

    So nobody is told what was read before they came.
    """

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._next is None:  # outside of any transaction that the first to ask may be in
            self._next = asyncio.get_running_loop().create_task(self._turn(), context=contextvars.Context())
        return await asyncio.shield(self._next)

    async def _turn(self) -> T:
        if self._running is not None:
            await asyncio.wait([self._running])
        self._running, self._next = self._next, None
        return await self._read()
