"""Who is at which ticket right now, who types there, and who asks for its lock, as far as this process heard.

Pages say it of their people every few seconds. It is kept in memory for as long, told to every process, and never
written: what is lost is said again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

STAYS_MS: Final = 12_000
"""How long somebody is there after their last sign, ms."""
ASKS_MS: Final = 60_000
"""How long somebody asks for a lock that stays as it is, ms."""
MOST_HERE: Final = 50
"""People at one ticket; who comes when it is full is not told of."""
MOST_ATTENDED: Final = 10_000
"""Tickets with somebody at them."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What somebody says at an instant (Unix ms): that they are at a ticket and type, or that they ask for its lock."""

    ticket_id: UUID
    name: str
    at_ms: int
    typing: bool = False
    asks: str | None = None
    """The holder of the lock that they ask for."""


class Present(NamedTuple):
    """Somebody at a ticket."""

    name: str
    typing: bool
    asks_to_release: bool


class Presence(NamedTuple):
    """Everybody at a ticket, by name."""

    here: tuple[Present, ...]


@dataclass(slots=True)
class _Stay:
    """What somebody said last, and until when it holds (Unix ms)."""

    until_ms: int = 0
    typing: bool = False
    asks: str | None = None
    asks_until_ms: int = 0


class Register:
    """Who is at which ticket. `tell` carries what is said here to the other processes; `changed` is called with each
    ticket that somebody may be seen at differently now."""

    def __init__(
        self, tell: Callable[[Sign], None] = lambda sign: None, changed: Callable[[UUID], None] = lambda id: None
    ) -> None:
        self._tell, self._changed = tell, changed
        self._stays: dict[UUID, dict[str, _Stay]] = {}

    def __len__(self) -> int:
        """How many tickets somebody is at."""
        return len(self._stays)

    def say(self, sign: Sign) -> None:
        """Takes in what somebody says here, and tells every process."""
        self.hear(sign, sign.at_ms)
        self._tell(sign)

    def hear(self, sign: Sign, now_ms: int) -> None:
        """Takes in what somebody said; nothing where there is no room."""
        if sign.ticket_id not in self._stays and len(self._stays) >= MOST_ATTENDED:
            return
        stays = self._stays.setdefault(sign.ticket_id, {})
        if sign.name not in stays and len(stays) >= MOST_HERE:
            return
        stay = stays.setdefault(sign.name, _Stay())
        if sign.asks is None:
            stay.until_ms, stay.typing = now_ms + STAYS_MS, sign.typing
        else:
            stay.asks, stay.asks_until_ms = sign.asks, now_ms + ASKS_MS
        self._changed(sign.ticket_id)

    def lock_is(self, ticket_id: UUID, holder: str | None) -> None:
        """Whoever asked somebody else for the lock of a ticket asks no more: it is free or passed on."""
        for stay in self._stays.get(ticket_id, {}).values():
            if stay.asks not in (None, holder):
                stay.asks, stay.asks_until_ms = None, 0
                self._changed(ticket_id)

    def at(self, ticket_id: UUID, now_ms: int) -> Presence:
        """Who is at a ticket at an instant."""
        return Presence(
            tuple(
                Present(name, stay.typing and stay.until_ms > now_ms, stay.asks_until_ms > now_ms)
                for name, stay in sorted(self._stays.get(ticket_id, {}).items())
                if max(stay.until_ms, stay.asks_until_ms) > now_ms
            )
        )

    def expire(self, now_ms: int) -> None:
        """Forgets who is gone by an instant."""
        for ticket_id, stays in list(self._stays.items()):
            ends = [end for stay in stays.values() for end in (stay.until_ms, stay.asks_until_ms)]
            if any(0 < end <= now_ms for end in ends):
                self._changed(ticket_id)
            gone = [name for name, stay in stays.items() if max(stay.until_ms, stay.asks_until_ms) <= now_ms]
            for name in gone:
                del stays[name]
            if not stays:
                del self._stays[ticket_id]
