"""A streaming replica, which takes lists off the primary and is never older than what was acknowledged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar

from models import statements
from models.postgres import Client
from models.shared import Shared
from models.statements import HeadRead, Runs

log = logging.getLogger("guichet.models")

PATIENCE_S: Final = 0.02
"""How long a request waits for the replica to come as far as it has to."""
PAUSE_S: Final = 0.001
REST_S = 1.0
"""How long a replica that is away, or behind, is not asked again."""
LOOK_S: Final = 5.0
"""How long a look at its head may take, which goes on when nobody waits for it: the first has to connect."""
NOTHING: Final = HeadRead(b"", -1, b"", 0, None)

T = TypeVar("T")
Read: TypeAlias = tuple[HeadRead, T]
"""What was read, and the head as it was at the same instant."""


class Replica:
    """Reads there once it has come as far as the head that a request saw on arrival. Else it is the primary's turn."""

    def __init__(self, connection: Callable[[], Client]) -> None:
        self._connection = connection
        self._look = Shared(self._look_once)
        self._seen = NOTHING
        self._rests_until = 0.0

    async def read(self, head: HeadRead, read: Callable[[Runs], Awaitable[Read[T]]]) -> Read[T] | None:
        """What `read` comes to there, as of `head` or later; None where it is away, or not as far in time."""
        clock = asyncio.get_running_loop().time
        if clock() < self._rests_until:
            return None
        trouble: object = "it is behind"
        try:
            if not _reached(self._seen, head):
                async with asyncio.timeout(PATIENCE_S):
                    while not _reached(await self._look(), head):  # noqa: ASYNC110
                        await asyncio.sleep(PAUSE_S)
            found = await self._alive(read(self._connection()))
            if _reached(found[0], head):
                return found
        except Exception as error:  # away, behind, a recovery that cancels readers, a schema that is not there yet
            trouble = error
        log.info("the replica rests: %r", trouble)
        self._seen, self._rests_until = NOTHING, clock() + REST_S
        return None

    async def _alive(self, reading: Awaitable[T]) -> T:
        """The outcome of a statement, however long it takes; raises TimeoutError once nothing is answered there."""
        task = asyncio.ensure_future(reading)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, should nobody wait for it
        try:
            while not (await asyncio.wait([task], timeout=PATIENCE_S / 2))[0]:
                async with asyncio.timeout(PATIENCE_S / 2):
                    await self._look()
            return task.result()
        finally:
            task.cancel()

    async def _look_once(self) -> HeadRead:
        async with asyncio.timeout(LOOK_S):
            self._seen = await statements.read_head(self._connection())
        return self._seen

    def close(self) -> None:
        """Drops its connections without a word: nobody waits at a stop for a replica that is away."""
        pool: Any = self._connection()._pool
        if pool is not None:
            pool.terminate()


def _reached(seen: HeadRead, head: HeadRead) -> bool:
    return seen.journal_id == head.journal_id and seen.position >= head.position
