"""`python -m tests.support.crashing serve …`: a desk that kills itself at the point that GUICHET_CRASH_AT names.

"before commit:3" is the third time that a request with a key comes to that point: what the desk does by itself, as
sealing, is not counted. Without the variable it is a plain desk.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch
from weakref import WeakSet

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.transactions import in_transaction

from desk.cli import main
from desk.live.channel import Channel
from models import unit_of_work
from models.idempotency import Once
from models.work import Work

VARIABLE = "GUICHET_CRASH_AT"
POINTS = {"key": False, "before commit": False, "after commit": True, "bell": True}
"""Where a unit of work may end, and whether what it did is there then."""


class Crash:
    """The end of this process at the n-th time of one point."""

    def __init__(self, named: str) -> None:
        self._point, _, count = named.partition(":")
        assert self._point in POINTS, named
        self._left = int(count)
        self._with_key: WeakSet[asyncio.Task[Any]] = WeakSet()

    def at(self, point: str) -> None:
        self._left -= point == self._point and asyncio.current_task() in self._with_key
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def arm(self) -> None:
        """Puts the points around the desk's own steps."""
        remember, ring = Work._remember, Channel.ring

        async def remembered(work: Work, once: Once, outcome: object) -> None:
            await remember(work, once, outcome)
            task = asyncio.current_task()
            assert task is not None
            self._with_key.add(task)
            self.at("key")

        @asynccontextmanager
        async def transaction(name: str) -> AsyncIterator[TransactionalDBClient]:
            async with in_transaction(name) as connection:
                yield connection
                self.at("before commit")
            self.at("after commit")

        def rung(channel: Channel, position: int) -> None:
            self.at("bell")
            ring(channel, position)

        patch.object(Work, "_remember", remembered).start()
        patch.object(unit_of_work, "in_transaction", transaction).start()
        patch.object(Channel, "ring", rung).start()


if __name__ == "__main__":
    if VARIABLE in os.environ:
        Crash(os.environ.pop(VARIABLE)).arm()
    main()
