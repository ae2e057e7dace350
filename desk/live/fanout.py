"""One execution, many sockets: each distinct subscription is executed once per event, for all its followers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import orjson
from graphql import ExecutionResult, Executor, GraphQLError, execute_subscription_event

from desk.live.attendance import Attendance
from desk.live.frames import next_frames
from desk.live.outbox import TRY_AGAIN
from models.database import head, is_outage
from models.errors import Unavailable
from models.event import Event, ended
from models.statements import HeadRead
from resolvers import feed
from resolvers.context import Context
from resolvers.feed import Feed, Scope
from resolvers.register import Register
from resolvers.viewer import Sight
from schema.errors import coded

log = logging.getLogger("guichet.live")

IDLE_POLL_S = {"bell": 1.0, "no bell": 0.2, "embedded": 0.05}
"""How often the journal is read when nothing was heard; SQLite's head costs microseconds, and is its own bell."""

AGAIN_S = 0.2
"""How long it waits with the next look after one that failed."""
LOOK_S = 0.2
"""How often rights that ended are looked for."""
TURN_S, TURN_BYTES = 0.005, 65_536
"""How long events that follow each other are carried before they go out and everybody else has a turn."""
ANEW = "the journal began anew, come back with your last cursor"


class Bell(Protocol):
    """Says that the journal may have grown."""

    heard: asyncio.Event
    up: bool


class Outlet(Protocol):
    """Where a follower's frames go."""

    closed: bool

    def put(self, frames: list[bytes]) -> None: ...

    def cut_off(self, reason: str, code: int = TRY_AGAIN) -> None: ...

    async def drained(self) -> None: ...


GroupKey = tuple[str, str | None, str, Sight]
"""Document, operation name, variables but `after`, and what the viewer may see."""


Answers = dict[int, bytes]
"""Encoded payloads by their events' positions, in order."""


@dataclass(eq=False, slots=True)
class Follower:
    """One subscription of one socket, and the last position that it was sent."""

    id: str
    outlet: Outlet
    position: int = -1
    ended: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether nobody waits for more: the operation ended, or the socket did."""
        return self.ended or self.outlet.closed

    def deliver(self, answers: Answers) -> None:
        """Sends the answers that it did not have yet, in one write."""
        if self.position >= next(iter(answers)):
            answers = {position: answer for position, answer in answers.items() if position > self.position}
        if answers:
            self.position = next(reversed(answers))
            self.outlet.put(next_frames(self.id, tuple(answers.values())))


@dataclass(eq=False)
class Group:
    """All followers of one subscription with the same answer."""

    executor: Executor[Any]
    followers: set[Follower] = field(default_factory=set)

    async def payload(self, root: object) -> bytes:
        """The answer to one event or presence, encoded once; raises Unavailable rather than tell a part of it."""
        cast("Context", self.executor.context_value).loaders.begin_answer()
        outcome = execute_subscription_event(self.executor.build_per_event_executor(root))
        result = cast("ExecutionResult", await outcome if self.executor.is_awaitable(outcome) else outcome)
        if any(is_outage(error.original_error) for error in result.errors or ()):
            raise Unavailable
        answer: dict[str, object] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in coded(result.errors, executed=True)]
        return orjson.dumps(answer)


class Fanout:
    """Reads the journal behind the bell, once per process, and carries each event to those whom it concerns."""

    def __init__(self, bell: Bell, register: Register, *, embedded: bool) -> None:
        self._bell, self._register, self._embedded = bell, register, embedded
        self._scopes: dict[Scope, dict[GroupKey, Group]] = defaultdict(dict)
        self.attendance = Attendance()
        self._started = asyncio.Event()
        self.position = -1
        """The last position carried; -1 before the start."""
        self._journal_id = b""
        self._looked = 0
        self._ready: dict[Group, Answers] = defaultdict(dict)
        self._turn_ends = 0.0

    async def start(self) -> None:
        """Begins at the head: what came before is replayed to each follower by its own feed."""
        now = await head()
        self.position, self._journal_id = now.position, now.journal_id
        self._looked = now.position
        self._started.set()

    async def run(self) -> None:
        """Carries events until cancelled."""
        while True:
            heard = await self._news()
            try:
                behind = (heard or await self._grew()) and not await self._passed_over()
                while behind:
                    events = await feed.read_after(self.position)
                    if events and events[0].position != self.position + 1:
                        self._begin_anew(events[0].position - 1, self._journal_id)
                    self._turn_ends = time.monotonic() + TURN_S
                    try:
                        for event in events:
                            await self._carry(event)
                    finally:
                        self._hand_out()
                    behind = len(events) == feed.PAGE  # whatever came since has rung, or is found by the next look
            except Exception as error:
                log.warning("the journal cannot be read: %r", error)
                await asyncio.sleep(AGAIN_S)

    async def watch_rights(self) -> None:
        """Looks for rights that ended, until cancelled: an event with many followers must not hold that up."""
        await self._started.wait()
        while True:
            try:
                now = await head()
                self._looked = min(self._looked, now.position)
                if now.position > self._looked:
                    for account_id in await ended(self._looked, now.position):
                        self.attendance.look_again(account_id)
                    self._looked = now.position
            except Exception as error:
                log.warning("rights cannot be looked after: %r", error)
            await asyncio.sleep(LOOK_S)

    async def _grew(self) -> bool:
        """Looks at the head; a journal that was put in the place of this one, as from a backup, begins anew."""
        now = await head()
        if not self._leads_to(now):
            self._begin_anew(now.position, now.journal_id)
        return now.position != self.position

    def _leads_to(self, now: HeadRead) -> bool:
        """Whether a head is one of the journal that was read so far."""
        return now.journal_id == self._journal_id and now.position >= self.position

    def _has_company(self) -> bool:
        """Whether anybody here is told what happens; who is replayed to reads for themselves."""
        return bool(self._scopes) or len(self._register) > 0

    async def _passed_over(self) -> bool:
        """Goes to the head without reading what led there, while that is news to nobody."""
        if self._has_company():
            return False
        now = await head()
        if self._has_company() or not self._leads_to(now):
            return False  # somebody came meanwhile, or there is another journal
        self.position = now.position
        return True

    def _begin_anew(self, position: int, journal_id: bytes) -> None:
        """Sends every follower away, who comes back with its cursor: that is honoured, or told RESYNC."""
        log.error("the journal does not go on from %d: it is at %d", self.position, position)
        self.position, self._journal_id = position, journal_id
        for groups in list(self._scopes.values()):
            for group in list(groups.values()):
                for follower in list(group.followers):
                    follower.outlet.cut_off(ANEW)

    async def follow(self, follower: Follower, source: Feed, key: GroupKey, executor: Executor[Any]) -> None:
        """Replays the feed to the follower at its pace, then joins it to the live group.

        The last look at the position and the joining happen without a pause in between: no gap and no repeat.
        """
        replay = Group(executor)
        follower.position = source.position
        await self._started.wait()
        while True:
            async for event in source:
                follower.deliver({event.position: await replay.payload(event)})
                await follower.outlet.drained()
                if follower.is_gone:
                    return
            if source.position >= self.position:
                break
        if follower.is_gone:
            return
        follower.position = source.position
        self._scopes[source.scope].setdefault(key, Group(executor)).followers.add(follower)

    def leave(self, follower: Follower, scope: Scope, key: GroupKey) -> None:
        """Forgets a follower, also one that is still replayed to; a group of nobody is dropped."""
        follower.ended = True
        groups = self._scopes.get(scope, {})
        if group := groups.get(key):
            group.followers.discard(follower)
            if not group.followers:
                del groups[key]
            if not groups:
                del self._scopes[scope]

    async def _news(self) -> bool:
        """Waits until the bell was heard, or for so long that a look is due; says which."""
        poll = IDLE_POLL_S["embedded" if self._embedded else "bell" if self._bell.up else "no bell"]
        try:
            async with asyncio.timeout(poll):  # wait_for of 3.11 may swallow a cancellation
                await self._bell.heard.wait()
        except TimeoutError:
            return False
        self._bell.heard.clear()
        return True

    async def _carry(self, event: Event) -> None:
        self.position = event.position
        if event.ticket_id is None:
            return
        self._register.lock_is(event.ticket_id, event.lock_holder)
        for group in self._concerned(event):
            try:
                payload = await group.payload(event)
            except Unavailable:
                self.position = event.position - 1  # once more, when the database is back; who has it gets it once
                raise
            except Exception as error:  # one bad document must not stop the others
                log.exception("a subscription could not be executed")
                payload = failed(error)
            self._ready[group][event.position] = payload
            if time.monotonic() >= self._turn_ends or sum(map(len, self._ready[group].values())) > TURN_BYTES:
                self._hand_out()
                await asyncio.sleep(0)
                self._turn_ends = time.monotonic() + TURN_S

    def _hand_out(self) -> None:
        """Ends a turn: what became ready in it goes to each follower in one write."""
        for group, answers in self._ready.items():
            for follower in list(group.followers):
                follower.deliver(answers)
        self._ready.clear()

    def _concerned(self, event: Event) -> Iterator[Group]:
        for notes in (True,) if event.note else (True, False):
            for user_id in (None, event.user_id):
                for ticket_id in (None, event.ticket_id):
                    yield from list(self._scopes.get(Scope(user_id, ticket_id, notes), {}).values())


def failed(error: Exception) -> bytes:
    told = coded([GraphQLError(str(error), original_error=error)], executed=True)
    return orjson.dumps({"data": None, "errors": [error.formatted for error in told]})
