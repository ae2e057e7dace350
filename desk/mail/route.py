"""Which ticket a mail belongs to, and whose a new one is. Numbers that anyone can type open nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Set
from typing import Final

from desk.mail.mail import Mail
from desk.mail.tokens import Tokens
from models.account import ERASED, Account, Role
from models.bounds import Bounds
from models.mail import ENTERED, Participant, SeenMail
from models.outgoing import OutgoingMail
from models.ticket import Ticket

TAG: Final = re.compile(r"\[#([1-9][0-9]{0,8})\]")
UNKNOWN: Final = "unknown@invalid"
"""Who sent a mail that does not say so (RFC 2606: no such domain)."""


def sender_of(mail: Mail) -> str:
    """The sender's address, in small letters."""
    return mail.sender.address if mail.sender else UNKNOWN


def is_own(address: str, own: Set[str]) -> bool:
    """Whether an address is the desk's, with whatever stands behind a plus in it."""
    local, _, domain = address.rpartition("@")
    return address in own or f"{local.partition('+')[0]}@{domain}" in own


async def ticket_of(mail: Mail, tokens: Tokens) -> Ticket | None:
    """The ticket that a mail belongs to, the first that one of its signs leads to; None where it begins a new one.

    A signature of ours is enough. Without one the sender has to take part in the ticket already: by a mail that this
    one answers, or by the number in its subject, unless our mail server doubts who sent it.
    """
    async for ticket in _signed(mail, tokens):
        if not is_erased(ticket):
            return ticket
    sender = sender_of(mail)
    async for ticket in _named(mail):
        if not is_erased(ticket) and await takes_part(ticket, sender):
            return ticket
    return None


def is_erased(ticket: Ticket) -> bool:
    """Whether its requester was erased: nothing joins it any more."""
    return ticket.user_id.startswith(ERASED)


async def takes_part(ticket: Ticket, address: str) -> bool:
    """Whether mail from this address is that of somebody the ticket's people know."""
    if ticket.user_id == address:
        return True
    return await Participant.exists(ticket_id=ticket.id, address=address, confirmed=True)


async def ticket_of_letter(id: str, tokens: Tokens) -> Ticket | None:
    """The ticket that a letter of ours was about: by its signature, or as whoever carried it called it."""
    if (number := tokens.number_of_message_id(id)) is not None:
        return await Ticket.get_or_none(number=number)
    mail = await OutgoingMail.filter(mail_id=id).first()
    return await Ticket.get_or_none(id=mail.ticket_id) if mail else None


async def _signed(mail: Mail, tokens: Tokens) -> AsyncIterator[Ticket]:
    numbers = [tokens.number_of_address(address) for address in mail.recipients]
    numbers += [tokens.number_of_message_id(id) for id in reversed(mail.references)]
    for number in dict.fromkeys(number for number in numbers if number is not None):
        if ticket := await Ticket.get_or_none(number=number):
            yield ticket


async def _named(mail: Mail) -> AsyncIterator[Ticket]:
    answered = SeenMail.filter(message_id__in=mail.references, verdict__in=ENTERED)
    tickets = {row.message_id: row.ticket_id for row in await answered.order_by("at_ms")} if mail.references else {}
    letters = OutgoingMail.filter(mail_id__in=mail.references)
    tickets |= {row.mail_id: row.ticket_id for row in await letters} if mail.references else {}
    for id in dict.fromkeys(tickets[each] for each in reversed(mail.references) if each in tickets):
        if ticket := await Ticket.get_or_none(id=id):
            yield ticket
    tag = TAG.search(mail.subject) if mail.authentication.dmarc != "fail" else None
    if tag is not None and (ticket := await Ticket.get_or_none(number=int(tag[1]))):
        yield ticket


async def requester_of(address: str, bounds: Bounds) -> str:
    """The user id of a new ticket from this address: that of the account or the requester who has it, else the
    address itself, or its hash where it is too long for one."""
    account = await Account.filter(name=address, role=Role.CUSTOMER).first()
    if account is not None and account.user_id:
        return account.user_id
    known = await Participant.filter(address=address, requester=True).order_by("-added_at_ms", "-id").first()
    if known is not None:
        ticket = await Ticket.get(id=known.ticket_id)
        if not is_erased(ticket):
            return ticket.user_id
    if len(address) <= bounds.user_id_chars:
        return address
    return f"mail-{hashlib.sha256(address.encode()).hexdigest()}"[: bounds.user_id_chars]
