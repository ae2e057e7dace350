"""The bell: the only file that touches broadcaster. It says that something was committed, never what.

The journal is the truth, so a lost message costs latency and nothing else. Beside the bell go words that nobody needs
later. The broadcaster package loses its listener without a sign when Redis restarts; one subscription per process is
therefore proved alive by hearing its own beat, and rebuilt when that stays away.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from broadcaster import Broadcast

log = logging.getLogger("guichet.channel")

NAME = "guichet.journal"
BEAT_S = 0.5
SILENCE_S = 1.5
"""No own beat for so long means that the subscription is dead."""
CONNECT_S = 2.0
WORDS = "words "
"""How they begin; who does not know them takes them for a bell."""
WORDS_WAITING, WORDS_S = 1_000, 3.0
"""How many words may wait to be said, the oldest goes first; and for how long, then they are dropped."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0


class Channel:
    """One process's end of the broadcast. `heard` is set whenever the journal may have grown."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._id = secrets.token_hex(8)
        self._rung = asyncio.Event()
        self._position = 0
        self._rings = False
        self._words: deque[tuple[float, str]] = deque(maxlen=WORDS_WAITING)
        self.heard = asyncio.Event()
        self.listener: Callable[[str], None] = lambda words: None
        """Called with the words of the other processes; must not raise."""
        self.up = False

    def ring(self, position: int) -> None:
        """Tells every process that the journal reached `position`. Never waits and never fails."""
        self._position, self._rings = max(self._position, position), True
        self._rung.set()
        self.heard.set()  # this one need not wait for its own message

    def say(self, words: str) -> None:
        """Tells the other processes what is worth nothing later: it may be lost. Never waits and never fails."""
        self._words.append((time.monotonic(), words))
        self._rung.set()

    async def run(self) -> None:
        """Keeps a subscription until cancelled: subscribes, then has the journal read, then trusts the bell."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                await self._subscription()
            except Exception as error:
                if (task := asyncio.current_task()) and task.cancelling():  # leaving a dead Redis raised over it
                    raise asyncio.CancelledError from error
                log.warning("broadcast is down: %s", type(error).__name__)
            finally:
                was_up, self.up = self.up, False
                self.heard.set()  # whoever waits for the bell has to look for itself now
            pause = FIRST_PAUSE_S if was_up else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def _subscription(self) -> None:
        """One subscription, until it ends, breaks or falls silent."""
        bell = Broadcast(self._url)
        try:
            async with asyncio.timeout(CONNECT_S):
                await bell.connect()
            async with bell.subscribe(NAME) as messages:
                self.heard.set()
                beat = f"beat {self._id}"
                tasks = [
                    asyncio.create_task(self._publish(bell)),
                    asyncio.create_task(self._beat(bell, beat)),
                ]
                try:
                    while not any(task.done() for task in tasks):
                        async with asyncio.timeout(SILENCE_S):
                            event = await messages.get()
                        if event.message == beat:
                            self.up = True
                        elif event.message.startswith(WORDS):
                            sender, _, words = event.message[len(WORDS) :].partition(" ")
                            if sender != self._id:
                                self.listener(words)
                        elif not event.message.startswith("beat") and not event.message.endswith(self._id):
                            self.heard.set()
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            with suppress(Exception):
                async with asyncio.timeout(CONNECT_S):
                    await bell.disconnect()
            listener = getattr(bell._backend, "_listener", None)  # a failed connect leaves this task behind
            if listener is not None:
                listener.cancel()

    async def _publish(self, bell: Broadcast) -> None:
        """Says one thing after the other; the bell goes before words."""
        while True:
            await self._rung.wait()
            if self._rings:
                self._rings = False
                await self._say(bell, f"{self._position} {self._id}")
            elif self._words:
                since, words = self._words.popleft()
                if time.monotonic() - since < WORDS_S:
                    await self._say(bell, f"{WORDS}{self._id} {words}")
            else:
                self._rung.clear()

    async def _beat(self, bell: Broadcast, beat: str) -> None:
        while True:
            await self._say(bell, beat)
            await asyncio.sleep(BEAT_S)

    async def _say(self, bell: Broadcast, message: str) -> None:
        async with asyncio.timeout(CONNECT_S):
            await bell.publish(NAME, message)
