"""How much mail of one sender may do: counted in the database, so in every process and after every restart."""

from __future__ import annotations

from typing import Final

from models.bounds import DAY_MS
from models.mail import SeenMail, Verdict
from models.ticket import Ticket

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
PAUSE_MS: Final = 10 * MINUTE_MS
"""How long an address that was acknowledged is not acknowledged again."""
ACKNOWLEDGED_A_DAY: Final = 5
"""Acknowledgements to one address within a day."""
ACKNOWLEDGED_A_MINUTE: Final = 60
"""Acknowledgements to all addresses together within a minute."""
TICKETS_AN_HOUR: Final = 20
"""New tickets of one address within an hour; what it sends then joins one ticket."""
AUTOMATIC_A_DAY: Final = 3
"""Messages that machines write into one ticket within a day."""
FLOOD: Final = "flood"
"""Tag of the ticket that the mails of a sender join who sends too many."""


async def may_acknowledge(address: str, now_ms: int) -> bool:
    """Whether one more acknowledgement may go to an address, in small letters, at this instant (Unix ms)."""
    to_them = SeenMail.filter(acknowledge_to=address)
    if await to_them.filter(at_ms__gt=now_ms - PAUSE_MS).exists():
        return False
    if await to_them.filter(at_ms__gt=now_ms - DAY_MS).count() >= ACKNOWLEDGED_A_DAY:
        return False
    everybody = SeenMail.filter(verdict=Verdict.NEW, at_ms__gt=now_ms - MINUTE_MS, acknowledge_to__isnull=False)
    return await everybody.count() < ACKNOWLEDGED_A_MINUTE


async def takes_automatic(ticket: Ticket, now_ms: int) -> bool:
    """Whether one more message of a machine may join a ticket at this instant (Unix ms)."""
    machines = SeenMail.filter(ticket_id=ticket.id, automatic=True, verdict=Verdict.JOINS)
    return await machines.filter(at_ms__gt=now_ms - DAY_MS).count() < AUTOMATIC_A_DAY


async def is_flood(sender: str, now_ms: int) -> bool:
    """Whether a sender made as many tickets as one may, within the hour before this instant (Unix ms)."""
    made = SeenMail.filter(sender=sender, verdict=Verdict.NEW, at_ms__gt=now_ms - HOUR_MS)
    return await made.count() >= TICKETS_AN_HOUR


async def flood_ticket(sender: str, now_ms: int) -> Ticket | None:
    """The ticket that a flood of theirs goes into already, at this instant (Unix ms)."""
    made = SeenMail.filter(sender=sender, verdict=Verdict.NEW, reason=FLOOD, at_ms__gt=now_ms - HOUR_MS)
    last = await made.order_by("-at_ms", "-id").first()
    return await Ticket.get_or_none(id=last.ticket_id) if last else None
