"""Exact answers: what was told once is told again while nothing that it was made from has moved on.

Every request looks at the journal's head after it arrived. What was written and acknowledged before that, by whichever
process, has moved its tags by then: the ticket, the user, the account that an event is about. So an answer is never
older than a write that was acknowledged before its request began.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from models import database, statements
from models.event import REWRITING, EventKind
from models.shared import Shared
from models.statements import HeadRead
from resolvers.context import Sources
from resolvers.viewer import Sight

MOST_READ: Final = 1_000
"""Events that are read to learn what they moved; after more, everything counts as moved."""
MOST_TAGS: Final = 200_000
OVERHEAD: Final = 500
"""Bytes that an answer takes beside its text and its question, about."""
LARGEST: Final = 8
"""An answer takes at most this part of all room."""
EVERYTHING: Final = REWRITING | {EventKind.PRUNED}
"""Kinds that rewrite what happened before them, or take it out."""


class Moment(NamedTuple):
    """What had moved when a request looked: what it reads after that is at least as new."""

    era: int
    position: int


class Moved:
    """Where the journal moved each ticket, user and account last, up to the position that was looked at."""

    def __init__(self, *, on: bool) -> None:
        self._on = on
        """Else nothing is ever the same as before."""
        self._head = HeadRead(b"", -1, b"", 0, None)
        self._last: dict[str, int] = {}
        self._era = 0
        self._shared = Shared(self._look)

    @property
    def now(self) -> Moment:
        """The moment of the last look, whoever looked."""
        return Moment(self._era, self._head.position)

    async def look(self) -> tuple[HeadRead, Moment]:
        """The head as it is now, with all that it moved taken in, and its moment."""
        return await (self._look() if database.reads_at_once() else self._shared())

    def at_once(self) -> HeadRead | None:
        """The head as it is now, where it can be told without waiting, and nothing moved since the last look."""
        head = database.head_at_once()
        return head if head is not None and head[:3] == self._head[:3] else None

    def still(self, moment: Moment, tags: Collection[str]) -> bool:
        """Whether none of these moved since; of no tags whether nothing did."""
        era, position = moment
        if era != self._era or not self._on:
            return False
        last = self._last
        return position == self._head.position or (bool(tags) and all(last.get(tag, -1) <= position for tag in tags))

    async def _look(self) -> tuple[HeadRead, Moment]:
        head = await database.head()
        if head[:3] != self._head[:3]:
            if not await self._follow(self._head, head):
                self._last.clear()
                self._era += 1
            self._head = head
        return head, self.now

    async def _follow(self, before: HeadRead, head: HeadRead) -> bool:
        """Takes in what lies between; False where that cannot be told, so that everything counts as moved."""
        news = head.position - before.position
        if head.journal_id != before.journal_id or not 0 < news <= MOST_READ or len(self._last) > MOST_TAGS:
            return False
        read = await statements.moves(database.quick(), before.position, head.position)
        events = statements.steps(read, before, head)
        if events is None or any(kind in EVERYTHING for _, _, kind, *_ in events):
            return False
        for position, _, _, *tags in events:
            for tag in tags:
                if tag is not None:
                    self._last[str(tag)] = position
        return True


@dataclass(slots=True)
class Kept:
    """An answer, the moment before it was made, and what it was made from: without tags, anything."""

    body: bytes
    moment: Moment
    tags: tuple[str, ...]
    until_ms: int | None
    size: int


class Answers:
    """The answers that are kept, at most `most_bytes` of them; the least recently used goes first."""

    def __init__(self, moved: Moved, most_bytes: int) -> None:
        self._moved, self._most_bytes = moved, most_bytes
        self._kept: OrderedDict[tuple[bytes, Sight], Kept] = OrderedDict()
        self._questions: Counter[bytes] = Counter()
        self.bytes = 0

    def know(self, question: bytes) -> bool:
        """Whether there is an answer to a question at all, for whomever and however old."""
        return question in self._questions

    def get(self, question: bytes, sight: Sight, now_ms: int) -> bytes | None:
        """The answer to a question, after this request's look; None where it is not the same any more."""
        kept = self._kept.get((question, sight))
        if kept is None:
            return None
        if (kept.until_ms is not None and kept.until_ms <= now_ms) or not self._moved.still(kept.moment, kept.tags):
            self._drop(question, sight)
            return None
        self._kept.move_to_end((question, sight))
        return kept.body

    def put(self, question: bytes, sight: Sight, body: bytes, sources: Sources, moment: Moment) -> None:
        """Keeps an answer that was read after a moment."""
        if (question, sight) in self._kept:
            self._drop(question, sight)
        size = len(body) + len(question) + OVERHEAD
        if size > self._most_bytes // LARGEST:
            return
        tags = () if sources.whole else tuple(map(str, sources.tags))
        self._kept[question, sight] = Kept(body, moment, tags, sources.until_ms, size)
        self._questions[question] += 1
        self.bytes += size
        while self.bytes > self._most_bytes:
            self._drop(*next(iter(self._kept)))

    def _drop(self, question: bytes, sight: Sight) -> None:
        self.bytes -= self._kept.pop((question, sight)).size
        self._questions[question] -= 1
        if not self._questions[question]:
            del self._questions[question]
