"""What goes out by mail."""

from __future__ import annotations

import strawberry
from strawberry import ID

from models import outgoing as rows
from models.message import Delivery as DeliveryState
from models.outgoing import State
from schema.cost import FEW
from schema.pagination import PageInfo
from schema.scalars import Cursor, DateTime
from schema.types.enums import Delivery
from schema.types.mail import raw_url
from schema.words import Info, column


@strawberry.type(description="What happened to a mail on its way.")
class DeliveryStep:
    at: DateTime = strawberry.field(description="When.")
    delivery: Delivery = strawberry.field(description="Where it was then.")
    words: str = strawberry.field(description="What the other side said, or who decided; empty at the beginning.")


@strawberry.type(description="A mail to one recipient: a reply, or the acknowledgement of a ticket.")
class OutgoingMail:
    id: ID = strawberry.field(description="UUID.")
    ticket_id: ID = strawberry.field(description="The ticket that it belongs to.")
    message_id: ID | None = strawberry.field(description="The message that it is; null for an acknowledgement.")
    recipient: str = strawberry.field(description="The address that it goes to.")
    mail_id: str = strawberry.field(description="Its Message-ID (RFC 5322, 3.6.4), the same in every attempt.")
    attempts: int = strawberry.field(description="Attempts that ended with an answer.")
    created_at: DateTime = column("created_at_ms", "When it was written.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.OutgoingMail)

    @strawberry.field(graphql_type=Delivery, description="What became of it.")
    def delivery(mail: strawberry.Parent[rows.OutgoingMail]) -> DeliveryState:
        return mail.state.delivery

    @strawberry.field(graphql_type=DateTime | None, description="When it is tried next; null if it is not.")
    def next_try_at(mail: strawberry.Parent[rows.OutgoingMail]) -> int | None:
        return mail.due_ms if mail.state is State.QUEUED else None

    @strawberry.field(description="What happened to it, the oldest first; at most the last 100.", directives=[FEW])
    def steps(mail: strawberry.Parent[rows.OutgoingMail]) -> list[DeliveryStep]:
        return [DeliveryStep(at=DateTime(at), delivery=Delivery(state), words=words) for at, state, words in mail.steps]

    @strawberry.field(description="Path where it is downloaded, byte for byte as it goes out.")
    def raw_url(mail: strawberry.Parent[rows.OutgoingMail]) -> str:
        return raw_url(mail.raw_sha256)


@strawberry.type(description="A mail that goes out, in a page.")
class OutgoingMailEdge:
    cursor: Cursor = strawberry.field(description="`after` for the page behind this one.")
    node: rows.OutgoingMail = strawberry.field(graphql_type=OutgoingMail, description="The mail.")


@strawberry.type(description="A page of mail that goes out, the newest first.")
class OutgoingMailConnection:
    edges: list[OutgoingMailEdge] = strawberry.field(description="The mails with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.type(description="One of the desk's mail settings, without a password.")
class MailSetting:
    name: str = strawberry.field(description="What it is called.")
    value: str = strawberry.field(description="What it is, for people.")


@strawberry.type(description="What a try of a mail setting found.")
class MailFinding:
    what: str = strawberry.field(description="What was tried.")
    words: str = strawberry.field(description="What it said, for people.")
    works: bool = strawberry.field(description="Whether mail comes or goes like this.")
