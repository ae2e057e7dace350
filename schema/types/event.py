"""The journal as the API shows it."""

from __future__ import annotations

import strawberry
from strawberry import ID

from models import event as rows
from models.message import Message as MessageRow
from models.ticket import Ticket as TicketRow
from resolvers.cursors import JournalCursor
from schema.pagination import PageInfo
from schema.scalars import Cursor, DateTime
from schema.types.enums import EventKind
from schema.types.message import Message
from schema.types.ticket import Ticket
from schema.words import Info, column


@strawberry.type(description="One change of a ticket, for ever. Events of notes exist for agents and admins only.")
class TicketEvent:
    kind: EventKind = strawberry.field(description="What happened.")
    ticket_id: ID = strawberry.field(description="The ticket.")
    at: DateTime = column("at_ms", "When.")

    @strawberry.field(description="The event's position in the journal: `after` to go on behind it.")
    def cursor(event: strawberry.Parent[rows.Event], info: Info) -> Cursor:
        return Cursor(str(JournalCursor.of(event, info.context.head.journal_id)))

    @strawberry.field(
        graphql_type=Ticket,
        description="The ticket as it was right after this event, its lock as of `at`;"
        " nested events and messages are as of now.",
    )
    def ticket(event: strawberry.Parent[rows.Event]) -> TicketRow:
        return TicketRow.as_of(event)

    @strawberry.field(graphql_type=Message | None, description="The message of MESSAGE_ADDED, else null.")
    async def message(event: strawberry.Parent[rows.Event], info: Info) -> MessageRow | None:
        return await info.context.loaders.message(event.message_id) if event.message_id else None

    @strawberry.field(
        description='Who caused it: an account, "rule:…", "mailbox", "import" or "system"; "an agent" to a customer.'
    )
    def actor(event: strawberry.Parent[rows.Event], info: Info) -> str:
        return info.context.viewer.reads(event.actor)

    @strawberry.field(
        description="Names of the Ticket fields that differ from before, version, revision and updatedAt among them."
    )
    def changed(event: strawberry.Parent[rows.Event]) -> list[str]:
        return [_camel(name) for name in event.changed]

    @strawberry.field(description="Why an admin freed the lock by force; for agents and admins only.")
    def reason(event: strawberry.Parent[rows.Event], info: Info) -> str | None:
        return event.reason if info.context.viewer.is_staff else None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@strawberry.type(description="An event in a page.")
class TicketEventEdge:
    cursor: Cursor = strawberry.field(description="The event's journal cursor.")
    node: rows.Event = strawberry.field(graphql_type=TicketEvent, description="The event.")


@strawberry.type(description="A page of a ticket's history, oldest first.")
class TicketEventConnection:
    edges: list[TicketEventEdge] = strawberry.field(description="The events with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
