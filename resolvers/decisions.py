"""Deciding, closing and reopening."""

from __future__ import annotations

from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Work
from resolvers.guard import Guard, permit, ticket_to_change
from resolvers.viewer import Viewer


@unit_of_work
async def start(work: Work, viewer: Viewer, id: str, guard: Guard) -> Ticket:
    permit(viewer, "start", guard.once)
    ticket = await ticket_to_change(work, viewer, id, guard)
    ticket.start(work)
    return ticket


@unit_of_work
async def approve(work: Work, viewer: Viewer, id: str, reason: str | None, guard: Guard) -> Ticket:
    permit(viewer, "approve", guard.once)
    reason = work.bounds.reason(reason)
    ticket = await ticket_to_change(work, viewer, id, guard)
    ticket.approve(work, reason)
    return ticket


@unit_of_work
async def reject(work: Work, viewer: Viewer, id: str, reason: str, guard: Guard) -> Ticket:
    permit(viewer, "reject", guard.once)
    told = work.bounds.told(reason)
    ticket = await ticket_to_change(work, viewer, id, guard)
    ticket.reject(work, told)
    return ticket


@unit_of_work
async def close(work: Work, viewer: Viewer, id: str, guard: Guard) -> Ticket:
    permit(viewer, "close", guard.once)
    ticket = await ticket_to_change(work, viewer, id, guard)
    ticket.close(work)
    return ticket


@unit_of_work
async def reopen(work: Work, viewer: Viewer, id: str, guard: Guard) -> Ticket:
    permit(viewer, "reopen", guard.once)
    ticket = await ticket_to_change(work, viewer, id, guard)
    ticket.reopen(work)
    return ticket
