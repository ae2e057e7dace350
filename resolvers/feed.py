"""The live feed: the journal after a position, as far as a viewer may follow it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from tortoise.queryset import QuerySet

from models.account import Role
from models.bounds import findable
from models.database import head
from models.errors import BadUserInput, Missing, Resync
from models.event import Event, between, fill, read
from models.ticket import Ticket
from resolvers.context import Context
from resolvers.cursors import JournalCursor
from resolvers.policies import allow, visible
from resolvers.viewer import Viewer

LAST = 2**62
"""Behind every position."""
PAGE = 200
"""Events read at once, in a replay and behind the bell."""
MOST_MISSED = 10_000
"""Events counted for somebody who was away."""


class Scope(NamedTuple):
    """Which events concern a follower: those of a user, of a ticket, of both, or all; notes for staff only."""

    user_id: str | None
    ticket_id: UUID | None
    notes: bool

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        wanted = {"user_id": self.user_id, "ticket_id": self.ticket_id}
        events = events.filter(**{name: value for name, value in wanted.items() if value is not None})
        events = events.filter(ticket_id__isnull=False)
        return events if self.notes else events.filter(note=False)


@dataclass
class Feed:
    """A follower's place in the journal. Iterating replays what came after it, up to the head of that moment.

    Raises Resync where what comes next was pruned meanwhile.
    """

    scope: Scope
    position: int

    async def __aiter__(self) -> AsyncIterator[Event]:
        end = (await head()).position
        while self.position < end:
            found = Event.filter(position__gt=self.position, position__lte=end).order_by("position")
            events = await read(self.scope.narrow(found).limit(PAGE))
            if self.position < (await head()).pruned:
                raise Resync  # some of what lies between may be gone
            for event in events:
                self.position = event.position
                yield event
            if len(events) < PAGE:
                self.position = end


class Missed(NamedTuple):
    """How many events there are behind a cursor, and the cursor of the last one."""

    events: int
    up_to: str | None


async def follow(context: Context, after: str | None, ticket_id: str | None, user_id: str | None) -> Feed:
    """Opens a feed after a cursor, or at the head as it was when the operation arrived.

    Raises BadUserInput (no cursor of ours), Resync (not of this journal as it is now), Forbidden (a partner without
    a user or ticket), Missing (a user or ticket that this viewer may not see).
    """
    scope = await _scope(context.viewer, ticket_id, user_id)
    return Feed(scope, context.head.position if after is None else await _position(context, after))


async def missed(context: Context, after: str) -> Missed:
    """What happened after a cursor, up to the head as it was when the operation arrived, as `follow` would tell it.

    Raises BadUserInput, Resync and Forbidden as that does.
    """
    scope = await _scope(context.viewer, None, None)
    position, end = await _position(context, after), context.head.position
    found = scope.narrow(Event.filter(position__gt=position, position__lte=end))
    counted = len(await found.order_by("position").limit(MOST_MISSED).values_list("position", flat=True))
    last = await found.order_by("-position").only("position", "nonce").first()
    return Missed(counted, None if last is None else str(JournalCursor.of(last, context.head.journal_id)))


async def read_after(position: int) -> list[Event]:
    """The next events behind a position, of every ticket: what the fan-out carries."""
    events = await between(position, LAST, PAGE)
    await fill(events)
    return events


async def _position(context: Context, after: str) -> int:
    """A cursor's position, behind which nothing is gone. Raises BadUserInput, Resync."""
    position = await JournalCursor.parse(after).position_in(context.head)
    if position < context.head.pruned:
        raise Resync
    return position


async def _scope(viewer: Viewer, ticket_id: str | None, user_id: str | None) -> Scope:
    if ticket_id is None and user_id is None:
        allow(viewer, "browse")
    if user_id is not None and not findable(user_id):
        raise BadUserInput("userId is too long, or holds a character that cannot be stored.")
    if viewer.role is Role.CUSTOMER:
        if user_id not in (None, viewer.user_id):
            raise Missing
        user_id = viewer.user_id
    ticket = await _followed(viewer, ticket_id) if ticket_id is not None else None
    return Scope(user_id, ticket.id if ticket else None, notes=viewer.is_staff)


async def _followed(viewer: Viewer, ticket_id: str) -> Ticket:
    try:
        ticket = await visible(viewer).get_or_none(id=UUID(ticket_id))
    except ValueError:
        ticket = None
    if ticket is None:
        raise Missing
    return ticket
