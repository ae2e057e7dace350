"""Presence, carried: between the processes over the broadcast, and to everybody here who watches a ticket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any, Final, Protocol
from uuid import UUID

import orjson
from graphql import Executor

from desk.live.fanout import Follower, Group, GroupKey, failed
from desk.live.frames import next_frames
from resolvers.presence import Watch
from resolvers.register import Presence, Register, Sign

log = logging.getLogger("guichet.presence")

LATE_MS: Final = 3_000
"""A sign that was under way for so long, by the clocks of the two processes, is dropped, ms."""
TICK_S: Final = 0.5
"""How often is looked who is gone."""
TURN_S: Final = 0.05
"""How long changes are gathered before they are told."""


class Voice(Protocol):
    """What carries words to the other processes."""

    listener: Callable[[str], None]

    def say(self, words: str) -> None: ...


class Presences:
    """Who is where, and who watches that. A watcher is told at once who is there, then whenever that is another."""

    def __init__(self, voice: Voice, now_ms: Callable[[], int]) -> None:
        self._voice, self._now_ms = voice, now_ms
        self.register = Register(self._tell, self._changed)
        self._groups: dict[UUID, dict[GroupKey, Group]] = {}
        self._told: dict[UUID, Presence] = {}
        self._due: set[UUID] = set()
        self._stirred = asyncio.Event()
        voice.listener = self._hear

    async def follow(self, follower: Follower, source: Watch, key: GroupKey, executor: Executor[Any]) -> None:
        """Tells a follower who is there, and keeps them told."""
        group = self._groups.setdefault(source.scope, {}).setdefault(key, Group(executor))
        group.followers.add(follower)
        async for presence in source:
            self._told.setdefault(source.scope, presence)
            await _tell(group, presence, [follower])

    def leave(self, follower: Follower, scope: UUID, key: GroupKey) -> None:
        """Forgets a follower; a ticket that nobody watches is dropped."""
        groups = self._groups.get(scope, {})
        if group := groups.get(key):
            group.followers.discard(follower)
            if not group.followers:
                del groups[key]
            if not groups:
                del self._groups[scope]
                self._told.pop(scope, None)

    async def run(self) -> None:
        """Tells what changed, until cancelled."""
        while True:
            await self._news()
            try:
                await self._hand_out()
            except Exception:
                log.exception("presence could not be told")
            await asyncio.sleep(TURN_S)

    async def _news(self) -> None:
        """Waits until somebody came or changed; while anybody is there, for no longer than until the next look."""
        try:
            async with asyncio.timeout(TICK_S if self.register else None):
                await self._stirred.wait()
        except TimeoutError:
            pass
        self._stirred.clear()

    async def _hand_out(self) -> None:
        now_ms = self._now_ms()
        self.register.expire(now_ms)
        due, self._due = self._due, set()
        for ticket_id in due & self._groups.keys():
            presence = self.register.at(ticket_id, now_ms)
            if presence == self._told.get(ticket_id):
                continue
            self._told[ticket_id] = presence
            for group in list(self._groups[ticket_id].values()):
                await _tell(group, presence, group.followers)

    def _changed(self, ticket_id: UUID) -> None:
        self._stirred.set()  # whoever is there has to be seen going
        if ticket_id in self._groups:
            self._due.add(ticket_id)

    def _tell(self, sign: Sign) -> None:
        self._voice.say(orjson.dumps([str(sign.ticket_id), sign.name, sign.at_ms, sign.typing, sign.asks]).decode())

    def _hear(self, words: str) -> None:
        """Takes in what another process said, unless it comes late; what it should not have said is dropped, too."""
        try:
            ticket_id, name, at_ms, typing, asks = orjson.loads(words)
            sign = Sign(UUID(ticket_id), str(name), int(at_ms), bool(typing), None if asks is None else str(asks))
        except (ValueError, TypeError, AttributeError) as error:
            log.warning("a sign cannot be read: %r", error)
            return
        now_ms = self._now_ms()
        if now_ms - sign.at_ms <= LATE_MS:
            self.register.hear(sign, now_ms)


async def _tell(group: Group, presence: Presence, followers: Collection[Follower]) -> None:
    try:
        payload = await group.payload(presence)
    except Exception as error:  # one bad document must not stop the others
        log.exception("a subscription could not be executed")
        payload = failed(error)
    for follower in list(followers):
        follower.outlet.put(next_frames(follower.id, (payload,)))
