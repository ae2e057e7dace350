"""Being at a ticket: saying so, asking for its lock, watching who is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from models import database
from models.errors import Missing, NotFound
from models.ticket import Ticket
from resolvers.context import Context
from resolvers.guard import with_id
from resolvers.policies import allow
from resolvers.register import Presence, Present, Register, Sign
from resolvers.tickets import told
from resolvers.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Watch:
    """A follower's view of who is at a ticket. Iterating tells who is there now; whoever carries it tells the rest."""

    scope: UUID
    register: Register
    now_ms: int

    async def __aiter__(self) -> AsyncIterator[Presence]:
        yield self.register.at(self.scope, self.now_ms)


async def present(context: Context, id: str, *, typing: bool) -> Presence:
    """Says that the viewer is at a ticket; returns who is. Raises Forbidden, NotFound."""
    allow(context.viewer, "presence")
    ticket, now_ms = await _ticket(context, id), context.world.now_ms()
    context.presence.say(Sign(ticket.id, context.viewer.name, now_ms, typing))
    return context.presence.at(ticket.id, now_ms)


async def ask_to_release(context: Context, id: str) -> Ticket:
    """Asks whoever holds the lock of a ticket, if that is another, to release it. Raises Forbidden, NotFound."""
    viewer = context.viewer
    allow(viewer, "ask")
    ticket = await _ticket(context, id)
    holder = ticket.holder_at(context.now_ms)
    if holder not in (None, viewer.name):
        context.presence.say(Sign(ticket.id, viewer.name, context.world.now_ms(), asks=holder))
    return ticket


async def watch(context: Context, id: str) -> Watch:
    """Opens the view of who is at a ticket. Raises Forbidden, Missing."""
    allow(context.viewer, "presence")
    try:
        ticket = await _ticket(context, id)
    except NotFound as error:
        raise Missing from error
    return Watch(ticket.id, context.presence, context.world.now_ms())


def as_read(presence: Presence, viewer: Viewer) -> list[Present]:
    """Who is at a ticket as this viewer may read it: those of one name are one, and only the staff hears who asks."""
    seen: dict[str, Present] = {}
    for name, typing, asks in presence.here:
        shown = viewer.reads(name)
        typed = shown in seen and seen[shown].typing
        seen[shown] = Present(shown, typing or typed, asks and viewer.is_staff)
    return list(seen.values())


async def _ticket(context: Context, id: str) -> Ticket:
    """A ticket that the viewer may see, as it is now. It counts as no find: nothing here may be answered again."""
    found = with_id(context.viewer, id)
    for ticket in told(context, await found.statement.rows(database.quick(), found.given)):
        return ticket
    raise NotFound
