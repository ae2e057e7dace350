"""An entry of the thread."""

from __future__ import annotations

import strawberry
from strawberry import ID

from models import attachment as files
from models import message as rows
from models.mail import ReceivedMail
from models.outgoing import OutgoingMail as OutgoingRow
from schema.cost import FEW
from schema.pagination import PageInfo
from schema.scalars import Cursor, DateTime
from schema.types.enums import Delivery, MessageKind
from schema.types.mail import Attachment, Mail
from schema.types.outbox import OutgoingMail
from schema.words import Info, column


@strawberry.type(description="A message of a ticket's thread. What it says does not change.")
class Message:
    id: ID = strawberry.field(description="UUID.")
    ticket_id: ID = strawberry.field(description="The ticket whose thread it is part of.")
    kind: MessageKind = strawberry.field(description="Which way it goes.")
    text: str = strawberry.field(description="The text, at most 100,000 bytes of UTF-8.")
    html: str | None = strawberry.field(description="The text as HTML, sanitised; null where there is none.")
    created_at: DateTime = column("created_at_ms", "When it was written.")
    delivery: Delivery | None = strawberry.field(description="What became of it by mail; null if not sent so.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.Message)

    @strawberry.field(graphql_type=Mail | None, description="The mail that it is; null for what was written here.")
    async def mail(message: strawberry.Parent[rows.Message], info: Info) -> ReceivedMail | None:
        return await info.context.loaders.mail_of_message(message.id)

    @strawberry.field(
        graphql_type=list[Attachment],
        description="The files that went along with a reply; those of a mail that came are its own.",
        directives=[FEW],
    )
    async def attachments(message: strawberry.Parent[rows.Message], info: Info) -> list[files.Attachment]:
        return await info.context.loaders.attachments(message.id)

    @strawberry.field(
        graphql_type=list[OutgoingMail] | None,
        description="The mails that it went out as, one for each recipient; null for all but agents and admins.",
        directives=[FEW],
    )
    async def deliveries(message: strawberry.Parent[rows.Message], info: Info) -> list[OutgoingRow] | None:
        return await info.context.loaders.deliveries(message.id) if info.context.viewer.is_staff else None

    @strawberry.field(
        description='Who wrote it: an account\'s name, or "mailbox". A customer reads "an agent" for the staff.'
    )
    def author(message: strawberry.Parent[rows.Message], info: Info) -> str:
        return info.context.viewer.reads(message.author)


@strawberry.type(description="A message in a page.")
class MessageEdge:
    cursor: Cursor = strawberry.field(description="`after` for the page behind this message.")
    node: rows.Message = strawberry.field(graphql_type=Message, description="The message.")


@strawberry.type(description="A page of messages, oldest first.")
class MessageConnection:
    edges: list[MessageEdge] = strawberry.field(description="The messages with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
