"""Taking, renewing and releasing the lock of a ticket."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.guard import any_with_id, permit, with_id
from resolvers.tickets import agent
from resolvers.viewer import Viewer


@unit_of_work
async def lock(work: Work, viewer: Viewer, id: str, lease_seconds: int) -> Ticket:
    permit(viewer, "lock")
    lease_ms = work.bounds.lease_ms(lease_seconds)
    ticket = await work.ticket(with_id(viewer, id))
    ticket.lock(work, lease_ms)
    return ticket


@unit_of_work
async def renew(work: Work, viewer: Viewer, id: str, token: str, lease_seconds: int) -> Ticket:
    permit(viewer, "renew")
    lease_ms = work.bounds.lease_ms(lease_seconds)
    ticket = await work.ticket(with_id(viewer, id))
    ticket.renew(work, token, lease_ms)
    return ticket


@unit_of_work
async def unlock(work: Work, viewer: Viewer, id: str, token: str | None, *, force: bool, reason: str | None) -> Ticket:
    permit(viewer, "force" if force else "unlock")
    why = work.bounds.told(reason or "") if force else work.bounds.reason(reason)
    ticket = await work.ticket(with_id(viewer, id))
    ticket.unlock(work, token, force=force, reason=why)
    return ticket


@unit_of_work
async def hand_over(
    work: Work,
    viewer: Viewer,
    id: str,
    to: str,
    token: str | None,
    lease_seconds: int,
    *,
    force: bool,
    reason: str | None,
) -> Ticket:
    permit(viewer, "force" if force else "handOver")
    lease_ms = work.bounds.lease_ms(lease_seconds)
    why = work.bounds.told(reason or "") if force else work.bounds.reason(reason)
    receiver = await agent("to", to)
    ticket = await work.ticket(with_id(viewer, id))
    ticket.hand_over(work, receiver, token, lease_ms, force=force, reason=why)
    return ticket


@unit_of_work
async def _expire(work: Work, caller: Caller, id: UUID) -> None:
    await work.ticket(any_with_id(id))  # an overdue lease is written down as its ticket is held


async def expire_overdue(caller: Caller, now_ms: int, at_most: int = 1_000) -> int:
    """Writes LOCK_EXPIRED for the leases that ended by `now_ms` (Unix ms), oldest first; returns how many it looked at.

    Several processes may do this at once: each event is written by one of them.
    """
    overdue = Ticket.filter(lock_expires_at_ms__lte=now_ms).order_by("lock_expires_at_ms").limit(at_most)
    ids = cast("list[UUID]", await overdue.values_list("id", flat=True))
    for id in ids:
        await _expire(caller, id)
    return len(ids)
