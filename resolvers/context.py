"""What one operation knows: who asks, the outside, the journal's head on arrival, and its loaders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from models.errors import Unauthenticated
from models.statements import HeadRead
from models.template import ReasonTemplate
from models.work import World
from resolvers.loaders import Loaders
from resolvers.mailhouse import MailHouse
from resolvers.queues import Queues
from resolvers.register import Register
from resolvers.viewer import Viewer


class Door(Protocol):
    """The request or socket by which an operation came in."""

    @property
    def address(self) -> str | None:
        """The client's network address."""

    @property
    def session(self) -> str | None:
        """The text of the session's cookie."""

    @property
    def lasting_ms(self) -> int:
        """How long a new session lasts, ms."""

    @property
    def reasons(self) -> Sequence[ReasonTemplate]:
        """What the house begins with to reject."""

    @property
    def mail(self) -> MailHouse | None:
        """The desk's mail settings; None where it has no mail."""

    @property
    def keeps_cookies(self) -> bool:
        """Whether the answer can carry a cookie."""

    async def attempt(self, name: str) -> None:
        """Counts that somebody tries to be `name`. Raises RateLimited where that was tried too often."""

    def keep(self, session: str | None) -> None:
        """Has the browser keep a session's text, or forget it."""


class Sources:
    """What an answer is made from, so that it can be given again while nothing of that has changed.

    Each find says what it read, once: tickets (by id) and users, or the whole journal. An answer with a part that
    nobody spoke for is not given again.
    """

    def __init__(self) -> None:
        self.tags: set[UUID | str] = set()
        """Tickets and users; an answer without any counts as made from anything."""
        self.whole = False
        """Whether any event may change it."""
        self.finds = 0
        self.until_ms: int | None = None
        """When it changes by itself (Unix ms): a lock that it shows ends then, or the days that may be listed go on."""

    def saw(self, *tags: UUID | str) -> None:
        """A find read these tickets, or what hangs on these users; events of either change it."""
        self.finds += 1
        self.tags.update(tags)

    def saw_all(self) -> None:
        """A find read what any event may change."""
        self.finds += 1
        self.whole = True

    def ends(self, at_ms: int | None) -> None:
        """The answer changes by itself then (Unix ms), or not at all."""
        if at_ms is not None:
            self.until_ms = at_ms if self.until_ms is None else min(at_ms, self.until_ms)


@dataclass
class Context:
    """One operation's context. Loaders and viewer belong to the operation, never to the socket."""

    world: World
    viewer_or_none: Viewer | None
    head: HeadRead
    door: Door
    queues: Queues | None = None
    """The lists that this process keeps, if it keeps any."""
    presence: Register = field(default_factory=Register)
    loaders: Loaders = field(init=False)
    sources: Sources = field(default_factory=Sources)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.viewer_or_none, self.head, self.world.bounds)

    @property
    def viewer(self) -> Viewer:
        """The caller; raises Unauthenticated where there is none."""
        if self.viewer_or_none is None:
            raise Unauthenticated
        return self.viewer_or_none

    @property
    def now_ms(self) -> int:
        """The instant (Unix ms) at which this operation judges leases: the database's, as read with the head."""
        return self.head.now_ms if self.head.now_ms is not None else self.world.now_ms()
