"""Being there: who is at a ticket, who asks for its lock, to whom it is passed on, and what was missed."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from models.ticket import Ticket
from resolvers import feed, locks, presence
from resolvers import register as rows
from schema.arguments import Force, Id, Lease, LockToken, Reason, lease
from schema.problems import NotFound, RefusalsAsData, TicketResult, writes
from schema.scalars import Cursor
from schema.types.presence import Presence
from schema.words import UNSET, Info, given

PresenceResult = Annotated[
    Presence | NotFound,
    strawberry.union("PresenceResult", description="Who is there, or that there is no such ticket."),
]
says = functools.partial(strawberry.mutation, extensions=[RefusalsAsData()])
"""A mutation of what is written nowhere: it weighs no more than a read."""


@strawberry.type(description="What happened while somebody was away.")
class Missed:
    events: int = strawberry.field(description="How many events; 10,000 stand for as many or more.")
    up_to: Cursor | None = strawberry.field(
        description="Cursor of the last one: whoever heard it caught up. Null where nothing happened."
    )


@strawberry.type
class LiveQuery:
    @strawberry.field(
        graphql_type=Missed,
        description="What ticketEvents would replay after this cursor, counted, up to asOf. Not for partners. RESYNC:"
        " the journal no longer reaches the cursor, or never gave it out.",
    )
    async def missed(
        self,
        info: Info,
        after: Annotated[Cursor, strawberry.argument(description="A journal cursor: of an event, or an asOf.")],
    ) -> feed.Missed:
        return await feed.missed(info.context, after)


@strawberry.type
class LiveMutation:
    @says(
        graphql_type=PresenceResult,
        description="Say that the viewer has a ticket open: every 5 seconds, and at once when `typing` is another. They"
        " are gone 12 seconds after the last time. Nothing is written. Not for partners.",
    )
    async def present(
        self,
        info: Info,
        ticket_id: Id,
        typing: Annotated[bool, strawberry.argument(description="Whether the viewer writes at this moment.")] = False,
    ) -> rows.Presence:
        return await presence.present(info.context, ticket_id, typing=typing)

    @says(
        graphql_type=TicketResult,
        description="Ask whoever holds the lock to release it: `presence` shows it, for a minute or until the lock is"
        " another's or free. Nothing is written. A ticket that is free, or one's own, is answered as it is.",
    )
    async def ask_to_release(self, info: Info, id: Id) -> Ticket:
        return await presence.ask_to_release(info.context, id)

    @writes(
        graphql_type=TicketResult,
        description="Pass the lock on to somebody else, who takes it up by lockTicket; the own token is lost, and the"
        " event is a LOCKED of whoever gave it. Without a lock it is LockLost; another's is TicketLocked, unless an"
        " admin says force, with a reason for the history.",
    )
    async def hand_over(
        self,
        info: Info,
        id: Id,
        to: Annotated[str, strawberry.argument(description="Name of an active agent or admin.")],
        token: LockToken = UNSET,
        lease_seconds: Lease = 60,
        force: Force = False,
        reason: Reason = UNSET,
    ) -> Ticket:
        viewer, why = info.context.viewer, given(reason)
        return await locks.hand_over(viewer, id, to, given(token), lease(lease_seconds), force=bool(force), reason=why)


@strawberry.type
class LiveSubscription:
    @strawberry.subscription(
        graphql_type=Presence,
        description="Who is at a ticket: told at once, then whenever it is another. What is told may be lost, and comes"
        " again; nothing is replayed. Not for partners.",
    )
    async def presence(self, info: Info, ticket_id: Id) -> AsyncIterator[rows.Presence]:
        return await presence.watch(info.context, ticket_id)  # type: ignore[return-value]
