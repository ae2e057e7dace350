"""What came by mail."""

from __future__ import annotations

import strawberry
from strawberry import ID

from models import attachment as files
from models import mail as rows
from schema.pagination import PageInfo
from schema.scalars import Cursor, DateTime
from schema.types.enums import Check
from schema.words import Info, column


@strawberry.type(description="Somebody who writes mail.")
class MailAddress:
    address: str = strawberry.field(description="In small letters.")
    name: str | None = strawberry.field(description="As they call themselves; null where they do not.")


@strawberry.type(description="Somebody who takes part in a ticket by mail.")
class Participant:
    address: str = strawberry.field(description="In small letters.")
    name: str | None = strawberry.field(description="As they call themselves; null where they do not.")
    requester: bool = strawberry.field(description="Whether the ticket began with their mail.")
    confirmed: bool = strawberry.field(
        description="Whether mail goes to them; false for who holds a signed address and is not known otherwise."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.Participant)


@strawberry.type(description="A file that came with a mail. Neither its name nor its type is to be believed.")
class Attachment:
    id: ID = strawberry.field(description="UUID.")
    name: str = strawberry.field(description="Without a path.")
    content_type: str = strawberry.field(description="What its sender says it is; it is served as what it is.")
    size: int = strawberry.field(description="Bytes.")
    inline: bool = strawberry.field(description="Whether its sender means it to be shown within the text.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, files.Attachment)

    @strawberry.field(description="Path where whoever may see the ticket downloads it.")
    def url(attachment: strawberry.Parent[files.Attachment]) -> str:
        return f"/attachments/{attachment.id}"


@strawberry.type(description="A mail that is in a ticket: as the ticket itself, or as a message of its thread.")
class Mail:
    automatic: bool = strawberry.field(
        description="Whether a machine wrote it: it opens no closed ticket, and nobody has to reply."
    )
    unconfirmed: bool = strawberry.field(
        description="Whether its sender is known by a signed address only, and did not take part before."
    )
    text: str = strawberry.field(description="All of its text, with what it quotes; at most 1 MB.")
    unread: str | None = strawberry.field(description="Why only some of it could be read; null where all of it was.")
    received_at: DateTime = column("received_at_ms", "When the desk took it in.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.ReceivedMail)

    @strawberry.field(
        description="Path where all of it is shown in a frame, as HTML if it has any; nothing of it runs or calls home."
    )
    def whole_url(mail: strawberry.Parent[rows.ReceivedMail]) -> str:
        return f"/mails/{mail.id}/whole"

    @strawberry.field(name="from", description="Who sent it, by their own word; null for all but agents and admins.")
    def from_(mail: strawberry.Parent[rows.ReceivedMail], info: Info) -> MailAddress | None:
        return MailAddress(address=mail.sender, name=mail.sender_name) if info.context.viewer.is_staff else None

    @strawberry.field(description="Path where agents and admins download it as it came; null for all others.")
    def raw_url(mail: strawberry.Parent[rows.ReceivedMail], info: Info) -> str | None:
        return raw_url(mail.raw_sha256) if info.context.viewer.is_staff else None

    @strawberry.field(description="What the desk's mail server says of the sending server's address (RFC 7208).")
    def spf(mail: strawberry.Parent[rows.ReceivedMail]) -> Check:
        return mail.spf

    @strawberry.field(description="What it says of the signature (RFC 6376).")
    def dkim(mail: strawberry.Parent[rows.ReceivedMail]) -> Check:
        return mail.dkim

    @strawberry.field(description="What it says of the sender's own address (RFC 7489).")
    def dmarc(mail: strawberry.Parent[rows.ReceivedMail]) -> Check:
        return mail.dmarc

    @strawberry.field(graphql_type=list[Attachment], description="Its files, pictures in the text among them.")
    async def attachments(mail: strawberry.Parent[rows.ReceivedMail], info: Info) -> list[files.Attachment]:
        return await info.context.loaders.attachments(mail.id)


@strawberry.type(description="A mail that could not be taken in. It is kept, and the next one was not late.")
class DeadLetter:
    id: ID = strawberry.field(description="UUID.")
    mailbox: str = strawberry.field(description="Where it came in.")
    key: str = strawberry.field(description="What it is called there; `guichet mail why KEY` says more.")
    size: int = strawberry.field(description="Bytes.")
    retrying: bool = column("retry", "Whether it is about to be tried again.")
    at: DateTime = column("at_ms", "When it was given up.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.SeenMail)

    @strawberry.field(description="Why, as the desk's log has it.")
    def reason(letter: strawberry.Parent[rows.SeenMail]) -> str:
        return letter.reason or ""

    @strawberry.field(description="Path where it is downloaded as it came.")
    def raw_url(letter: strawberry.Parent[rows.SeenMail]) -> str | None:
        return raw_url(letter.raw_sha256) if letter.raw_sha256 else None


@strawberry.type(description="A dead letter in a page.")
class DeadLetterEdge:
    cursor: Cursor = strawberry.field(description="`after` for the page behind this one.")
    node: rows.SeenMail = strawberry.field(graphql_type=DeadLetter, description="The dead letter.")


@strawberry.type(description="A page of dead letters, the newest first.")
class DeadLetterConnection:
    edges: list[DeadLetterEdge] = strawberry.field(description="The dead letters with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


def raw_url(sha256: str) -> str:
    """Where a mail is downloaded as it came."""
    return f"/mails/{sha256}"
