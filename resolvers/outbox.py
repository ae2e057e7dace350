"""Mail that goes out, as the staff sees it: to whom, what became of it, and what a person decides of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from models import outbox
from models.bounds import ADDRESS_CHARS, NAME_CHARS
from models.errors import InvalidInput, NotFound
from models.mail import Participant
from models.message import Delivery
from models.outgoing import OutgoingMail, State
from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Work
from resolvers.context import Context
from resolvers.cursors import NameCursor
from resolvers.guard import any_with_id, permit, with_id
from resolvers.mailhouse import MailHouse
from resolvers.pages import Page
from resolvers.policies import allow
from resolvers.viewer import Viewer

MOST_PEOPLE = 50
"""Participants of a ticket that agents add."""


# ---------------------------------------------------------------- who takes part


async def recipients(ticket: Ticket, chosen: Sequence[str] | None) -> list[Participant]:
    """Whom a message of a ticket goes to by mail: those chosen, or everybody who is known, the requester first.

    Raises InvalidInput for somebody who takes no part, or is not confirmed.
    """
    people = Participant.filter(ticket_id=ticket.id, confirmed=True).order_by("-requester", "added_at_ms", "id")
    known = {each.address: each for each in await people}
    if chosen is None:
        return list(known.values())
    wanted = {each.strip().lower() for each in chosen}
    if strangers := sorted(wanted - known.keys()):
        raise InvalidInput("recipients", f"{strangers[0][:ADDRESS_CHARS]} takes no part in this ticket yet.")
    return [each for address, each in known.items() if address in wanted]


@unit_of_work
async def add_participant(work: Work, viewer: Viewer, id: str, address: str, name: str | None) -> Ticket:
    """Has somebody take part by mail, or confirms who does; adding who is there already changes nothing.

    Raises Forbidden, NotFound, and InvalidInput for what is no address.
    """
    permit(viewer, "mail")
    address, name = _address(address), _name(name)
    ticket = await work.ticket(with_id(viewer, id))
    people = Participant.filter(ticket_id=ticket.id)
    person = await people.filter(address=address).first()
    if person is not None and person.confirmed:
        return ticket
    if person is None:
        if await people.count() >= MOST_PEOPLE:
            raise InvalidInput("address", f"At most {MOST_PEOPLE} people take part in a ticket.")
        person = Participant(id=work.new_id(), ticket_id=ticket.id, address=address, name=name, added_at_ms=work.now_ms)
        await person.save(force_create=True)
    else:
        await people.filter(address=address).update(confirmed=True)
    ticket.people_changed(work)
    return ticket


@unit_of_work
async def remove_participant(work: Work, viewer: Viewer, id: str, address: str) -> Ticket:
    """Has somebody take part by mail no more; mail on its way to them goes on. Raises Forbidden and NotFound."""
    permit(viewer, "mail")
    ticket = await work.ticket(with_id(viewer, id))
    if await Participant.filter(ticket_id=ticket.id, address=address.strip().lower()).delete():
        ticket.people_changed(work)
    return ticket


def _address(text: str) -> str:
    written = text.strip()
    local, _, domain = written.rpartition("@")
    is_one = local and domain and not set(written) & set(' \t\r\n,;<>()[]"\\:') and "@" not in local
    if not is_one or not written.isprintable() or len(local) > 64 or len(domain) > 255:
        raise InvalidInput("address", "This is no address of a mailbox, such as ann@example.org.")
    return written.lower()


def _name(text: str | None) -> str | None:
    name = " ".join((text or "").split())
    if len(name) > NAME_CHARS or not name.isprintable():
        raise InvalidInput("name", f"A name has at most {NAME_CHARS} characters, and none that cannot be seen.")
    return name or None


# ---------------------------------------------------------------- what became of it


async def mails(context: Context, delivery: Delivery | None, first: int, after: str | None) -> Page[OutgoingMail]:
    """One page of all mail that went out or is to, the newest first."""
    allow(context.viewer, "mail")
    size, found = context.world.bounds.page(first), OutgoingMail.all()
    if delivery is not None:
        found = found.filter(state__in=[state for state in State if state.delivery is delivery])
    if after is not None:
        found = found.filter(id__lt=NameCursor.parse(after).id)
    rows = await found.order_by("-id").limit(size + 1)
    return Page.of(rows, size, lambda row: NameCursor(str(row.id)), after)


@unit_of_work
async def settle(work: Work, viewer: Viewer, id: str, *, arrived: bool) -> OutgoingMail:
    """What a person decides of a mail that failed, or of which nobody knows: it arrived, or it is sent once more.

    Raises Forbidden, NotFound, and InvalidInput for one that is on its way or arrived.
    """
    permit(viewer, "mail")
    try:
        row = await OutgoingMail.get_or_none(id=UUID(id))
    except ValueError:
        row = None
    if row is None:
        raise NotFound("There is no such mail.")
    ticket = await work.ticket(any_with_id(row.ticket_id))
    mail = await OutgoingMail.select_for_update().get(id=row.id)
    await outbox.decide(work, mail, ticket, arrived=arrived)
    return mail


# ---------------------------------------------------------------- settings


def settings(context: Context) -> MailHouse | None:
    """The desk's mail settings, for admins; None where it has no mail. Raises Forbidden."""
    allow(context.viewer, "accounts")
    return context.door.mail
