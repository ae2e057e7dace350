"""Reading."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import ID

from models import ticket as rows
from resolvers import lists, tickets
from resolvers.cursors import JournalCursor
from resolvers.filters import TicketFilter
from resolvers.pages import Page
from resolvers.viewer import Viewer as ViewerRow
from schema.access import AccessQuery
from schema.cost import SWEEP
from schema.figures import FiguresQuery
from schema.inputs import TicketFilterInput
from schema.live import LiveQuery
from schema.mail import MailQuery
from schema.pagination import page_length
from schema.scalars import Cursor
from schema.templates import TemplatesQuery
from schema.types.enums import Order
from schema.types.ticket import First, Queue, Ticket, TicketConnection
from schema.types.viewer import Viewer
from schema.words import UNSET, Info, given

Filter = Annotated[TicketFilterInput | None, strawberry.argument(description="Left out: every visible ticket.")]
OrderBy = Annotated[Order | None, strawberry.argument(description="How the list is ordered.")]


@strawberry.type(description="Reading. What the viewer may not see does not exist.")
class Query(AccessQuery, FiguresQuery, LiveQuery, MailQuery, TemplatesQuery):
    @strawberry.field(graphql_type=Viewer, description="The caller of this request.")
    def viewer(self, info: Info) -> ViewerRow:
        return info.context.viewer

    @strawberry.field(description="The journal's position, read before anything else of this request.")
    def as_of(self, info: Info) -> Cursor:
        info.context.viewer  # noqa: B018  # for signed-in callers only
        info.context.sources.saw_all()
        return Cursor(str(JournalCursor.at(info.context.head)))

    @strawberry.field(graphql_type=Ticket | None, description="One ticket, or null. Give either id or number.")
    async def ticket(
        self,
        info: Info,
        id: Annotated[ID | None, strawberry.argument(description="Its UUID.")] = UNSET,
        number: Annotated[int | None, strawberry.argument(description="Its number; not for partners.")] = UNSET,
    ) -> rows.Ticket | None:
        return await tickets.one(info.context, given(id), given(number))

    @strawberry.field(
        graphql_type=TicketConnection,
        description="A list of tickets in pages. A partner gives filter.userId; a list without it is FORBIDDEN.",
    )
    async def tickets(
        self,
        info: Info,
        filter: Filter = UNSET,
        order_by: OrderBy = Order.CREATED_DESC,
        first: First = 50,
        after: Annotated[Cursor | None, strawberry.argument(description="A cursor of this very list.")] = UNSET,
    ) -> Page[rows.Ticket]:
        return await lists.page(info.context, _wanted(filter), _order(order_by), page_length(first), given(after))

    @strawberry.field(
        graphql_type=Queue,
        directives=[SWEEP],
        description="The whole order of a live queue in one small answer (10,000 numbers are 25 kB gzipped),"
        " then rows in blocks by ticketsByNumber.",
    )
    async def queue(self, info: Info, filter: Filter = UNSET, order_by: OrderBy = Order.CREATED_DESC) -> lists.Queue:
        return await lists.queue(info.context, _wanted(filter), _order(order_by))

    @strawberry.field(
        graphql_type=list[Ticket | None],
        description="Tickets by number, in the order asked, null where there is none. Not for partners.",
    )
    async def tickets_by_number(
        self, info: Info, numbers: Annotated[list[int], strawberry.argument(description="At most 100.")]
    ) -> list[rows.Ticket | None]:
        return await tickets.by_number(info.context, numbers)

    @strawberry.field(
        graphql_type=Ticket | None,
        description="The user's latest ticket by decision time among those approved now, or null.",
    )
    async def latest_approved_ticket(
        self, info: Info, user_id: Annotated[ID, strawberry.argument(description="The requester.")]
    ) -> rows.Ticket | None:
        (ticket,) = await tickets.latest_approved(info.context, [user_id])
        return ticket

    @strawberry.field(
        graphql_type=list[Ticket | None],
        description="The same for many users, in the order asked, null where there is none.",
    )
    async def latest_approved_tickets(
        self, info: Info, user_ids: Annotated[list[ID], strawberry.argument(description="At most 100.")]
    ) -> list[rows.Ticket | None]:
        return await tickets.latest_approved(info.context, user_ids)


def _wanted(filter: TicketFilterInput | None) -> TicketFilter:
    wanted = given(filter)
    return wanted.as_filter() if wanted else TicketFilter()


def _order(order: Order | None) -> Order:
    return order or Order.CREATED_DESC
