"""What one operation knows: who asks, the outside, the journal's head on arrival, and its loaders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.account import STAFF, Account, Role
from models.errors import Unauthenticated
from models.statements import HeadRead
from models.ticket import Source
from models.work import World

if TYPE_CHECKING:
    from resolvers.loaders import Loaders


@dataclass(frozen=True)
class Viewer:
    """The caller of this request: an account with its role. Causes units of work under its name."""

    name: str
    role: Role
    user_id: str | None
    world: World
    source: Source = Source.API
    names_shown: bool = False
    """Whether a customer sees the names of the staff."""

    @classmethod
    def of(cls, account: Account, world: World, *, names_shown: bool = False) -> Viewer:
        return cls(account.name, account.role, account.user_id, world, names_shown=names_shown)

    @property
    def actor(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Agents and admins: they see every ticket, every name and the notes."""
        return self.role in STAFF

    def reads(self, name: str) -> str:
        """A name as this viewer may read it: to a customer, every other account is "an agent"."""
        hidden = self.role is Role.CUSTOMER and not self.names_shown
        return "an agent" if hidden and name != self.name and is_account(name) else name


def is_account(actor: str) -> bool:
    """Says whether an actor is an account and not a rule, the mailbox, the import or the system."""
    return actor not in {"system", "mailbox", "import"} and ":" not in actor


@dataclass
class Context:
    """One operation's context. Loaders and viewer belong to the operation, never to the socket."""

    world: World
    viewer_or_none: Viewer | None
    head: HeadRead
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        from resolvers.loaders import Loaders  # the loaders need the context's viewer

        self.loaders = Loaders(self)

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
