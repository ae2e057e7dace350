"""The ticket and everything on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from models import ticket as rows
from models.bounds import Json
from models.event import Event
from models.mail import Participant as ParticipantRow
from models.mail import ReceivedMail
from models.message import Message
from models.outgoing import OutgoingMail as OutgoingRow
from resolvers.mail import people
from resolvers.pages import Page
from schema.pagination import PageInfo, page_length
from schema.scalars import Cursor, DateTime
from schema.types.enums import Outcome, Priority, Source, Status
from schema.types.mail import Mail, Participant
from schema.types.message import MessageConnection
from schema.types.outbox import OutgoingMail
from schema.words import UNSET, Info, column, given

if TYPE_CHECKING:
    from schema.types.event import TicketEventConnection

First = Annotated[int | None, strawberry.argument(description="Size of the page, 1 to 100; else BAD_USER_INPUT.")]


@strawberry.type(description="A lease: while it lasts, only its holder changes the ticket.")
class Lock:
    holder: str = strawberry.field(description='Name of the account that holds it; "an agent" to a customer.')
    expires_at: DateTime = strawberry.field(description="When it ends, unless it is renewed.")


@strawberry.type(description="How and why a ticket was decided.")
class Decision:
    outcome: Outcome = strawberry.field(description="Approved or rejected.")
    decided_by: str = strawberry.field(description='Account or "rule:…"; "an agent" to a customer.')
    decided_at: DateTime = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why; always there for a rejection.")


@strawberry.type(description="One request of a requester, with its life, its lock and its thread.")
class Ticket:
    id: ID = strawberry.field(description="UUID, version 7: ordered by time.")
    number: int = strawberry.field(description='Short and human, as in "#1042".')
    user_id: ID = strawberry.field(description="The requester, in the callers' own numbering.")
    subject: str = strawberry.field(description="1 to 200 characters.")
    body: str = strawberry.field(description="What was asked, at most 100,000 bytes of UTF-8.")
    status: Status = strawberry.field(description="Where it is in its life.")
    priority: Priority = strawberry.field(description="How urgent it is.")
    tags: list[str] = strawberry.field(description="At most 20, in order, without repeats.")
    source: Source = strawberry.field(description="By which door it came in.")
    awaiting_reply: bool = strawberry.field(
        description="From a message of the requester (the first is the ticket itself) until an agent replies,"
        " decides or closes."
    )
    version: int = strawberry.field(
        description="Starts at 1; +1 when the ticket's own fields change, not for locks and messages."
    )
    revision: int = strawberry.field(
        description="+1 with every event of the ticket but notes: of two answers the higher one is newer."
    )
    created_at: DateTime = column("created_at_ms", "When it was made.")
    updated_at: DateTime = column(
        "updated_at_ms", "Moves with the version and with a message from the requester or to them."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.Ticket)

    @strawberry.field(graphql_type=JSON, description="Whatever the business attaches: an object of at most 64 kB.")
    def extra(ticket: strawberry.Parent[rows.Ticket]) -> dict[str, Json]:
        return ticket.extra

    @strawberry.field(description='Name of the account that works on it; null for nobody; "an agent" to a customer.')
    def assignee(ticket: strawberry.Parent[rows.Ticket], info: Info) -> str | None:
        return None if ticket.assignee is None else info.context.viewer.reads(ticket.assignee)

    @strawberry.field(description="Who edits it now; null when free or expired.")
    def lock(ticket: strawberry.Parent[rows.Ticket], info: Info) -> Lock | None:
        if ticket.holder is None:
            return None
        expires_at = DateTime(ticket.lock_expires_at_ms or 0)
        return Lock(holder=info.context.viewer.reads(ticket.holder), expires_at=expires_at)

    @strawberry.field(description="Null until approved or rejected, and again after a reopening.")
    def decision(ticket: strawberry.Parent[rows.Ticket], info: Info) -> Decision | None:
        if ticket.decided_by is None:
            return None
        return Decision(
            outcome=Outcome(ticket.status),
            decided_by=info.context.viewer.reads(ticket.decided_by),
            decided_at=DateTime(ticket.decided_at_ms or 0),
            reason=ticket.reason,
        )

    @strawberry.field(
        graphql_type=Annotated["TicketEventConnection", strawberry.lazy("schema.types.event")],
        description="The ticket's history, oldest first; an edge's cursor is its journal cursor.",
    )
    async def events(
        ticket: strawberry.Parent[rows.Ticket],
        info: Info,
        first: First = 50,
        after: Annotated[Cursor | None, strawberry.argument(description="A journal cursor.")] = UNSET,
    ) -> Page[Event]:
        return await info.context.loaders.events(ticket.id, page_length(first), given(after))

    @strawberry.field(
        graphql_type=MessageConnection,
        description="The ticket's thread, oldest first; notes for agents and admins only.",
    )
    async def messages(
        ticket: strawberry.Parent[rows.Ticket],
        info: Info,
        first: First = 50,
        after: Annotated[Cursor | None, strawberry.argument(description="A cursor of this thread.")] = UNSET,
    ) -> Page[Message]:
        return await info.context.loaders.messages(ticket.id, page_length(first), given(after))

    @strawberry.field(graphql_type=Mail | None, description="The mail that it began as; null for other tickets.")
    async def mail(ticket: strawberry.Parent[rows.Ticket], info: Info) -> ReceivedMail | None:
        return await info.context.loaders.mail_of_ticket(ticket.id)

    @strawberry.field(description="The body as HTML, sanitised; null where there is none.")
    async def html(ticket: strawberry.Parent[rows.Ticket], info: Info) -> str | None:
        mail = await info.context.loaders.mail_of_ticket(ticket.id)
        return mail.html if mail else None

    @strawberry.field(
        graphql_type=list[Participant] | None,
        description="Who takes part by mail, the requester first; null for all but agents and admins.",
    )
    async def participants(ticket: strawberry.Parent[rows.Ticket], info: Info) -> list[ParticipantRow] | None:
        return await people(info.context, ticket.id)

    @strawberry.field(
        graphql_type=OutgoingMail | None,
        description="The mail that told the requester of it; null without one, and for all but agents and admins.",
    )
    async def acknowledgement(ticket: strawberry.Parent[rows.Ticket], info: Info) -> OutgoingRow | None:
        return await info.context.loaders.acknowledgement(ticket.id) if info.context.viewer.is_staff else None


@strawberry.type(description="A ticket in a page.")
class TicketEdge:
    cursor: Cursor = strawberry.field(description="`after` for the page behind this ticket, in this list only.")
    node: rows.Ticket = strawberry.field(graphql_type=Ticket, description="The ticket.")


@strawberry.type(description="A page of tickets and the journal position at which all of it was read.")
class TicketConnection:
    edges: list[TicketEdge] = strawberry.field(description="The tickets with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
    as_of: Cursor = strawberry.field(
        description="Journal position of this snapshot: subscribe after it and miss nothing."
    )


@strawberry.type(description="The whole order of a live list in one small answer; rows follow in blocks.")
class Queue:
    numbers: list[int] = strawberry.field(description="The first 20,000 ticket numbers in order.")
    total: int = strawberry.field(description="How many tickets there are in all.")
    as_of: Cursor = strawberry.field(description="Journal position of this snapshot.")
