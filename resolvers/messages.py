"""The thread of a ticket: messages of the requester, answers, notes."""

from __future__ import annotations

from collections.abc import Sequence

from models import outbox
from models.account import Role
from models.database import head
from models.errors import Resync, Unseen
from models.event import PLAIN_KINDS, Event, read
from models.idempotency import Once
from models.message import Message
from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Work
from resolvers.cursors import JournalCursor
from resolvers.guard import Guard, permit, with_id
from resolvers.mail import uploaded
from resolvers.outbox import recipients
from resolvers.policies import visible_events
from resolvers.viewer import Viewer

UNSEEN_SHOWN = 50
"""At most so many unseen events are told in a refusal, the oldest first."""


@unit_of_work
async def reply(
    work: Work,
    viewer: Viewer,
    id: str,
    text: str,
    based_on: str | None,
    guard: Guard,
    chosen: Sequence[str] | None = None,
    files: Sequence[str] = (),
) -> Message:
    """Writes in the thread. An agent's answer goes by mail to those `chosen`, or all who are known to take part, and
    takes uploaded files along."""
    permit(viewer, "reply", guard.once)
    seen = JournalCursor.parse(based_on) if based_on is not None else None
    text = work.bounds.text(text)
    ticket = await work.ticket(with_id(viewer, id))
    await work.once(guard.once)
    if viewer.role is not Role.CUSTOMER:
        ticket.admit(work, guard.lock_token)
    await _check_seen(viewer, ticket, seen)
    if viewer.role is Role.CUSTOMER:
        return ticket.receive(work, text)
    to, enclosed = await recipients(ticket, chosen), await uploaded(files)
    message = ticket.answer(work, text)
    await outbox.enclose(work, message, enclosed)
    await outbox.answer(work, ticket, message, to, enclosed)
    return message


async def _check_seen(viewer: Viewer, ticket: Ticket, seen: JournalCursor | None) -> None:
    """Raises Unseen when somebody else wrote or changed the ticket after the event that the writer saw last.

    Raises Resync for a cursor of another journal, or of an event that was pruned.
    """
    if seen is None:
        return
    now = await head()
    position = await seen.position_in(now)
    pruned = Event.filter(ticket_id=ticket.id, position__gt=position, position__lte=now.pruned)
    if await pruned.exists():
        raise Resync  # the last of what came before the pruning is kept, so there was something
    later = Event.filter(ticket_id=ticket.id, position__gt=position).exclude(actor=viewer.name)
    missed = visible_events(viewer, later).exclude(kind__in=PLAIN_KINDS).order_by("position")
    if events := await read(missed.limit(UNSEEN_SHOWN)):
        raise Unseen(events)


@unit_of_work
async def add_note(work: Work, viewer: Viewer, id: str, text: str, once: Once | None) -> Message:
    permit(viewer, "note", once)
    text = work.bounds.text(text)
    ticket = await work.ticket(with_id(viewer, id))
    await work.once(once)
    return ticket.note(work, text)
