"""Following."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry
from strawberry import ID

from models.event import Event
from resolvers import feed
from schema.live import LiveSubscription
from schema.scalars import Cursor
from schema.types.event import TicketEvent
from schema.words import UNSET, Info, given


@strawberry.type(description="Following, over WebSocket (graphql-transport-ws).")
class Subscription(LiveSubscription):
    @strawberry.subscription(
        graphql_type=TicketEvent,
        description="Live events, the viewer's own included; with `after`, first everything since that position, in"
        " order, nothing twice. Without it, it begins at the head as read when the operation arrived. ticketId and"
        " userId together mean both. RESYNC: the journal no longer reaches the cursor, or never gave it out.",
    )
    async def ticket_events(
        self,
        info: Info,
        after: Annotated[
            Cursor | None, strawberry.argument(description="A journal cursor: of an event, or an asOf.")
        ] = UNSET,
        ticket_id: Annotated[ID | None, strawberry.argument(description="Of this ticket only.")] = UNSET,
        user_id: Annotated[ID | None, strawberry.argument(description="Of this requester's tickets only.")] = UNSET,
    ) -> AsyncIterator[Event]:
        return await feed.follow(info.context, given(after), given(ticket_id), given(user_id))  # type: ignore[return-value]
