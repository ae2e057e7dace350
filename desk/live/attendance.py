"""Which sockets are open, by account, so that a right that ended ends what was opened with it."""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol
from uuid import UUID

from models.errors import LimitExceeded


class Attendant(Protocol):
    """An open socket."""

    def look_again(self) -> None:
        """Has it look soon whether it still is who it was."""


class Attendance:
    """The open sockets of this process."""

    def __init__(self) -> None:
        self._of: dict[UUID, set[Attendant]] = defaultdict(set)

    def enter(self, account_id: UUID, socket: Attendant, most: int) -> None:
        """Raises LimitExceeded where the account has so many open already."""
        if (value := len(self._of.get(account_id, ())) + 1) > most:
            limit = "socketsPerAccount"
            raise LimitExceeded("Too many sockets are open.", limit=limit, value=value, bound=most)
        self._of[account_id].add(socket)

    def leave(self, account_id: UUID, socket: Attendant) -> None:
        self._of[account_id].discard(socket)
        if not self._of[account_id]:
            del self._of[account_id]

    def look_again(self, account_id: UUID) -> None:
        """Something happened to an account: its sockets look again who they are."""
        for socket in list(self._of.get(account_id, ())):
            socket.look_again()
