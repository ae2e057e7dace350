"""What a caller believes when it asks for a change, and the order in which that is checked."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.account import Role
from models.errors import NotFound, VersionConflict
from models.idempotency import Once
from models.prepared import Found
from models.ticket import Ticket
from models.work import Work
from resolvers.kinds import ticket_with_id
from resolvers.policies import allow
from resolvers.viewer import Viewer


@dataclass(frozen=True)
class Guard:
    """The caller's lock token, the version it read, and the key under which it asks; each may be left out."""

    lock_token: str | None = None
    expected_version: int | None = None
    once: Once | None = None


def permit(viewer: Viewer, verb: str, once: Once | None = None) -> None:
    """What is checked before anything is read: the role (Forbidden), then the key's form (BadUserInput)."""
    allow(viewer, verb)
    if once is not None:
        once.check()


def with_id(viewer: Viewer, id: str) -> Found:
    """The ticket with this id, if the viewer may see it. Raises NotFound for what is no UUID."""
    try:
        return Found(ticket_with_id(viewer.role), {"own": viewer.user_id, "id": str(UUID(id))})
    except ValueError as error:
        raise NotFound from error


def any_with_id(id: UUID) -> Found:
    """The ticket with this id, for the desk itself."""
    return Found(ticket_with_id(Role.ADMIN), {"id": str(id)})


async def ticket_to_change(work: Work, viewer: Viewer, id: str, guard: Guard) -> Ticket:
    """Holds a ticket for a change: it is there, the request is new, the lock and the version are as believed.

    Raises NotFound, IdempotencyConflict (or answers the repeated request), LockLost, TicketLocked, VersionConflict.
    """
    ticket = await work.ticket(with_id(viewer, id))
    await work.once(guard.once)
    ticket.admit(work, guard.lock_token)
    if guard.expected_version not in (None, ticket.version):
        raise VersionConflict(await work.stored(ticket))
    return ticket
