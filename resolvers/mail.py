"""Mail as viewers see it: what came with a ticket or a message, its files, and what could not be taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import F

from models.attachment import Attachment
from models.errors import InvalidInput, NotFound
from models.mail import Participant, RawMail, ReceivedMail, SeenMail, Verdict
from models.message import Message
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.context import Context
from resolvers.cursors import NameCursor
from resolvers.pages import Page
from resolvers.policies import allow, visible, visible_messages
from resolvers.viewer import Viewer

MOST_FILES = 20
MOST_BYTES = 15 * 2**20
"""What a reply carries; mail servers take 20 to 25 MB, and files grow by a third on their way."""
NO_FILE = "There is no such file, or it belongs to a message already."


async def attachment(viewer: Viewer, id: UUID) -> tuple[Attachment, ReceivedMail | None]:
    """A file, and the mail that it came with if it did, for whoever may see where it is. Raises NotFound."""
    row = await Attachment.get_or_none(id=id)
    mail = await ReceivedMail.get_or_none(id=row.mail_id) if row else None
    if row is None or not await _may_have(viewer, row, mail):
        raise NotFound("There is no such attachment.")
    return row, mail


async def _may_have(viewer: Viewer, row: Attachment, mail: ReceivedMail | None) -> bool:
    if mail is not None:
        return await visible(viewer).filter(id=mail.ticket_id).exists()
    if row.mail_id == row.id:
        return viewer.is_staff
    message = await visible_messages(viewer, Message.filter(id=row.mail_id)).first()
    return message is not None and await visible(viewer).filter(id=message.ticket_id).exists()


@unit_of_work
async def upload(work: Work, viewer: Viewer, name: str, content_type: str, content: bytes) -> Attachment:
    """Writes down a file whose bytes are stored, for a reply that is still to come. Raises Forbidden."""
    allow(viewer, "mail")
    id = work.new_id()
    told = {"name": name, "content_type": content_type, "inline": False, "size": len(content)}
    row = Attachment(id=id, mail_id=id, ordinal=0, sha256=hashlib.sha256(content).hexdigest(), **told)
    await row.save(force_create=True)
    return row


async def uploaded(ids: Sequence[str]) -> list[Attachment]:
    """Files that wait for a reply, in this order. Raises InvalidInput for others, and for too many or too large."""
    try:
        wanted = [UUID(id) for id in ids]
    except ValueError as error:
        raise InvalidInput("attachments", NO_FILE) from error
    found = {row.id: row for row in await Attachment.filter(id__in=wanted, mail_id=F("id")).select_for_update()}
    if len(set(wanted)) != len(wanted) or found.keys() != set(wanted):
        raise InvalidInput("attachments", NO_FILE)
    if len(wanted) > MOST_FILES or sum(row.size for row in found.values()) > MOST_BYTES:
        raise InvalidInput("attachments", f"A reply has at most {MOST_FILES} files, {MOST_BYTES:,} bytes in all.")
    return [found[id] for id in wanted]


@unit_of_work
async def forget_uploads(work: Work, caller: Caller, before_ms: int) -> set[str]:
    """Takes out files that were sent before an instant (Unix ms) and went with nothing; the hashes of those that no
    row names any more."""
    old = Attachment.filter(mail_id=F("id"), id__lt=UUID(int=before_ms << 80))  # their ids begin with the time
    hashes = {row.sha256 for row in await old}
    await old.delete()
    return hashes - {row.sha256 for row in await Attachment.filter(sha256__in=hashes)} if hashes else hashes


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
        found = found.filter(id__lt=NameCursor.parse(after).id)
    rows = await found.order_by("-id").limit(size + 1)
    return Page.of(rows, size, lambda row: NameCursor(str(row.id)), after)


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
