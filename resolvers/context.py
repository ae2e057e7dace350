"""What one operation knows: who asks, the outside, the journal's head on arrival, and its loaders."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.errors import Unauthenticated
from models.statements import HeadRead
from models.work import World
from resolvers.loaders import Loaders
from resolvers.viewer import Viewer


@dataclass
class Context:
    """One operation's context. Loaders and viewer belong to the operation, never to the socket."""

    world: World
    viewer_or_none: Viewer | None
    head: HeadRead
    loaders: Loaders = field(init=False)

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
