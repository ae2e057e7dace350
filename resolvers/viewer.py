"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from models.account import STAFF, Account, Role
from models.ticket import Source
from models.work import World

Audience: TypeAlias = Literal["everybody", "signed-in", "nobody"]


class Sight(NamedTuple):
    """What of an answer depends on who asks: those with the same sight are answered the same."""

    role: Role
    user_id: str | None
    name: str | None
    """None for the staff, who read every name as it is."""

    @property
    def is_staff(self) -> bool:
        """Agents and admins: they see every ticket, every name and the notes."""
        return self.role in STAFF


@dataclass(frozen=True)
class Viewer:
    """The caller of this request: an account with its role. Causes units of work under its name."""

    account_id: UUID
    name: str
    role: Role
    user_id: str | None
    world: World
    source: Source = Source.API
    names_shown: bool = False
    """Whether a customer sees the names of the staff."""
    address: str | None = None
    until_ms: int | None = None
    """When the token or session ends (Unix ms) that says who it is."""
    token: str | None = None
    """The lookup of the token that says who it is, or that began the session which does, if one did."""
    narrowed: bool = False
    """Whether that token may do less than its account."""

    @classmethod
    def of(cls, account: Account, world: World) -> Viewer:
        return cls(account.id, account.name, account.role, account.user_id, world)

    @cached_property
    def sight(self) -> Sight:
        return Sight(self.role, self.user_id, None if self.is_staff else self.name)

    @property
    def actor(self) -> str:
        return self.name

    @property
    def speaks_for(self) -> str | None:
        """The user whose tickets a customer sees."""
        return self.user_id

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    def reads(self, name: str) -> str:
        """A name as this viewer may read it: to a customer, every other account is "an agent"."""
        hidden = self.role is Role.CUSTOMER and not self.names_shown
        return "an agent" if hidden and name != self.name and is_account(name) else name


def is_account(actor: str) -> bool:
    """Says whether an actor is an account and not a rule, the mailbox, the import or the system."""
    return actor not in {"system", "mailbox", "import"} and ":" not in actor
