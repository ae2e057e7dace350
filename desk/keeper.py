"""What the desk looks after by itself, in every process: leases that ended, seals, old requests, last uses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from models import database
from models.attachment import Files
from models.bounds import DAY_MS
from models.work import System, World
from resolvers import journal, locks, mail, tokens
from resolvers.journal import Sealer

log = logging.getLogger("guichet")

ROUND_S = 0.4
"""How often it looks: LOCK_EXPIRED follows the expiry within a second, and so does the seal of an event."""
FORGETTING_MS = 60_000
"""How often old requests are forgotten, ms."""

UPLOADS_KEPT_MS = DAY_MS
"""How long a file waits for the reply that it was sent for, ms."""


class Keeper:
    """Several processes may look after the same things: each is done by one of them."""

    def __init__(self, world: World, keys_kept_ms: int, used: dict[str, int], files: Files) -> None:
        self._system = System(world)
        self._sealer = Sealer()
        self._keys_kept_ms = keys_kept_ms
        self._used, self._files = used, files
        self._forgotten_at_ms = 0
        self.well = True
        """Whether the last round did all that it had to."""

    async def run(self, is_ready: Callable[[], bool]) -> None:
        """Looks after everything until cancelled, while the desk is ready."""
        while True:
            await asyncio.sleep(ROUND_S)
            if is_ready():
                await self.look()

    async def look(self) -> None:
        """One round. Trouble is logged when it begins; the next round tries again."""
        try:
            head = await database.head()
            now_ms = self._system.world.now_ms() if head.now_ms is None else head.now_ms
            await locks.expire_overdue(self._system, now_ms)
            await self._sealer.seal(self._system, head, now_ms)
            if used := dict(self._used):
                await tokens.note_uses(self._system, used)
                for lookup in used:
                    del self._used[lookup]
            if now_ms >= self._forgotten_at_ms + FORGETTING_MS:
                self._forgotten_at_ms = now_ms
                while await journal.forget_requests(self._system, now_ms - self._keys_kept_ms):
                    pass
                if unnamed := await mail.forget_uploads(self._system, now_ms - UPLOADS_KEPT_MS):
                    await asyncio.to_thread(self._files.forget, unnamed)
            self.well = True
        except Exception as error:
            if self.well:
                log.warning("leases and seals cannot be looked after: %r", error)
            self.well = False
