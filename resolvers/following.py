"""What a process keeps in memory as of a position, and moves by the journal.

The journal tells of each ticket what it is right after an event. So what was read once at a position is, with the
events behind that applied, exactly what the database would say at theirs.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import orjson

from models import database, statements
from models.event import REWRITING
from models.statements import HeadRead

MOST_EVENTS = 1_000
"""Events that are applied at once; after more it is read anew."""


class Following(ABC):
    """Something that is kept as of a position; where it was too much to be kept, only that is known."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.head: HeadRead | None = None
        self.fits = False

    @abstractmethod
    def take(self, ticket: Mapping[str, Any]) -> None:
        """Takes in what a ticket has become."""

    async def follow(self, head: HeadRead) -> bool:
        """Goes on to a head, or stays where it is further; False where the journal does not lead from here to there."""
        here = self.head
        if here is None or here.journal_id != head.journal_id:
            return False
        there = max(here, head, key=lambda each: each.position)
        news = there.position - here.position
        if (news == 0 and here.nonce == head.nonce) or (not self.fits and news <= MOST_EVENTS):
            return True
        if news > MOST_EVENTS:
            return False
        read = await statements.contents(database.quick(), here.position, there.position)
        events = statements.steps(read, here, there)
        if events is None or any(kind in REWRITING for _, _, kind, _ in events):
            return False
        for *_, content in events:
            if content is not None:
                self.take(orjson.loads(content))
        self.head = there
        return True
