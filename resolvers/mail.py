"""Mail as viewers see it: what came with a ticket or a message, its files, and what could not be taken in."""

from __future__ import annotations

from uuid import UUID

from models.attachment import Attachment
from models.errors import BadUserInput, NotFound
from models.mail import Participant, RawMail, ReceivedMail, SeenMail, Verdict
from models.message import Message
from models.unit_of_work import unit_of_work
from models.work import Work
from resolvers.context import Context
from resolvers.cursors import NameCursor
from resolvers.pages import Page
from resolvers.policies import allow, visible
from resolvers.viewer import Viewer


async def attachment(viewer: Viewer, id: UUID) -> tuple[Attachment, ReceivedMail]:
    """A file, and the mail that it came with, for whoever may see the ticket. Raises NotFound."""
    row = await Attachment.get_or_none(id=id)
    mail = await ReceivedMail.get_or_none(id=row.mail_id) if row else None
    if row is None or mail is None or not await visible(viewer).filter(id=mail.ticket_id).exists():
        raise NotFound("There is no such attachment.")
    return row, mail


async def whole(viewer: Viewer, id: UUID) -> tuple[ReceivedMail, str | None, list[Attachment]]:
    """A mail, its sanitised HTML if it has any, and its files, for whoever may see the ticket. Raises NotFound."""
    mail = await ReceivedMail.get_or_none(id=id)
    if mail is None or not await visible(viewer).filter(id=mail.ticket_id).exists():
        raise NotFound("There is no such mail.")
    html = (await Message.get(id=mail.message_id)).html if mail.message_id else mail.html
    return mail, html, await Attachment.filter(mail_id=id).order_by("ordinal")


async def raw(viewer: Viewer, sha256: str) -> bytes:
    """A mail as it came, byte for byte. Raises Forbidden and NotFound."""
    allow(viewer, "mail")
    row = await RawMail.get_or_none(sha256=sha256)
    if row is None:
        raise NotFound("There is no such mail.")
    return row.content


async def people(context: Context, ticket_id: UUID) -> list[Participant] | None:
    """Who takes part in a ticket by mail, the requester first; None for whoever may not read their addresses."""
    return await context.loaders.participants(ticket_id) if context.viewer.is_staff else None


async def dead_letters(context: Context, first: int, after: str | None) -> Page[SeenMail]:
    """One page of the mails that could not be taken in, the newest first."""
    allow(context.viewer, "mail")
    size, found = context.world.bounds.page(first), SeenMail.filter(verdict=Verdict.DEAD)
    if after is not None:
        found = found.filter(id__lt=_id(NameCursor.parse(after).name))
    rows = await found.order_by("-id").limit(size + 1)
    return Page.of(rows, size, lambda row: NameCursor(str(row.id)), after)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadUserInput("This is not a cursor that was given out here.") from error


@unit_of_work
async def retry(work: Work, viewer: Viewer, id: str) -> SeenMail:
    """Has a dead letter tried again, by whoever reads the mailbox. Raises Forbidden, and NotFound for any other."""
    allow(viewer, "mail")
    try:
        row = await SeenMail.select_for_update().get_or_none(id=UUID(id), verdict=Verdict.DEAD)
    except ValueError:
        row = None
    if row is None:
        raise NotFound("There is no such dead letter.")
    row.retry = True
    await row.save(update_fields=["retry"])
    return row
