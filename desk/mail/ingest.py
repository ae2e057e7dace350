"""A mail comes in, exactly once: one transaction, in which the database decides whether it is there already.

Crash anywhere before the commit: nothing happened, it is read again. After it: it is read again as a duplicate.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from desk.mail import rates, route
from desk.mail.entry import Entry
from desk.mail.guard import Kind, judge, originator
from desk.mail.guard import Verdict as Judgement
from desk.mail.mail import Mail
from desk.mail.mailbox import Arrival
from desk.mail.tokens import Tokens
from models import outbox
from models.bounds import ADDRESS_CHARS, COLUMN_CHARS, MESSAGE_ID_CHARS
from models.mail import MailPosition, RawMail, SeenMail, Verdict, forget_raw
from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.guard import any_with_id

GONE: Final = "It was taken away before it could be read."
PLACE: Final = ["epoch", "after", "failing", "failures"]


@dataclass(frozen=True)
class House:
    """What mail is judged by: the desk's own addresses, in small letters, and its signatures."""

    own: Set[str]
    tokens: Tokens


@dataclass(frozen=True)
class Incoming:
    """A mail that was read, and where it came from."""

    mailbox: str
    arrival: Arrival
    mail: Mail
    raw_sha256: str
    answers: bool = True
    """Whether its sender may be told; nobody is whose mail is from before the desk."""
    moves: bool = True
    """Whether the mailbox is read on behind it."""


@unit_of_work
async def keep(work: Work, caller: Caller, row: RawMail) -> None:
    """Stores a mail's bytes, before anything is made of them."""
    await RawMail.keep([row])


@unit_of_work
async def enter(work: Work, caller: Caller, incoming: Incoming, house: House) -> SeenMail:
    """Makes of a mail what it is to become, and moves on in the mailbox; a mail that was seen changes nothing."""
    await work.hold_time()
    seen, is_new = await _seen(work, incoming)
    if is_new:
        await _become(work, seen, incoming, house)
        await seen.save()
    if incoming.moves:
        await _move_on(incoming.mailbox, incoming.arrival)
    return seen


async def _seen(work: Work, incoming: Incoming) -> tuple[SeenMail, bool]:
    """The row of a mail, and whether anything is to be made of it. Written first: of two at once one waits here."""
    place = {
        "mailbox": incoming.mailbox,
        "epoch": incoming.arrival.position.epoch,
        "key": incoming.arrival.key,
    }
    seen = await SeenMail.filter(**place).select_for_update().first()  # of two that try again, one finds it done
    if seen is not None and not seen.retry:
        return seen, False
    mail, fingerprint = incoming.mail, incoming.mail.fingerprint.hex()
    first = await SeenMail.get_or_none(mailbox=incoming.mailbox, fingerprint=fingerprint)
    told = _about(mail) | {"raw_sha256": incoming.raw_sha256, "at_ms": work.now_ms, "retry": False}
    if first is not None:
        told |= {"verdict": Verdict.DUPLICATE, "ticket_id": first.ticket_id, "raw_sha256": None}
        told |= {"reason": f"The same mail came under the key {first.key} already."}
        if incoming.raw_sha256 != first.raw_sha256:
            await forget_raw(incoming.raw_sha256)
    else:
        told |= {"verdict": Verdict.IGNORED, "fingerprint": fingerprint, "reason": None}
    if seen is None:
        seen = SeenMail(id=work.new_id(), **place, **told)
        await seen.save(force_create=True)
    else:
        await seen.update_from_dict(told).save()
    return seen, first is None


def _about(mail: Mail) -> dict[str, object]:
    id = mail.message_id if mail.message_id and len(mail.message_id) <= MESSAGE_ID_CHARS else None
    return {
        "message_id": id,
        "sender": route.sender_of(mail)[:ADDRESS_CHARS],
        "subject": mail.subject[:COLUMN_CHARS],
        "size": mail.size,
    }


async def _become(work: Work, seen: SeenMail, incoming: Incoming, house: House) -> None:
    mail = incoming.mail
    judgement = judge(mail, house.own, house.tokens)
    seen.reason, seen.automatic = judgement.why, judgement.kind.automatic
    if not judgement.kind.joins:
        await _settle(work, seen, judgement, mail, house.tokens)
    elif ticket := await _ticket_of(judgement, mail, house.tokens):
        await _join(work, seen, incoming, ticket, house)
    elif judgement.kind.opens:
        await _open(work, seen, incoming, judgement, house)


async def _settle(work: Work, seen: SeenMail, judgement: Judgement, mail: Mail, tokens: Tokens) -> None:
    """A report about a mail of ours is kept with that mail's ticket; one about anything else is ignored."""
    about = mail.report.message_id if mail.report else None
    ticket = await route.ticket_of_letter(about, tokens) if about else None
    if mail.report is None or about is None or ticket is None:
        return
    seen.ticket_id = ticket.id
    if judgement.kind is Kind.BOUNCE:
        seen.verdict, told = Verdict.BOUNCE, [f"about {about}"]
        held = await work.ticket(any_with_id(ticket.id))
        for each in mail.report.outcomes:
            words = f"{each.action} {each.status or ''} {each.recipient}: {each.diagnostic}"
            told.append(words)
            await outbox.reported(work, held, about, each.recipient, each.action, words)
        seen.reason = "\n".join(told)


async def _ticket_of(judgement: Judgement, mail: Mail, tokens: Tokens) -> Ticket | None:
    if judgement.ticket_number is not None:
        ticket = await Ticket.get_or_none(number=judgement.ticket_number)
        return ticket if ticket and not route.is_erased(ticket) else None
    return await route.ticket_of(mail, tokens)


async def _join(work: Work, seen: SeenMail, incoming: Incoming, ticket: Ticket, house: House) -> None:
    if seen.automatic and not await rates.takes_automatic(ticket, work.now_ms):
        seen.reason = f"{seen.reason}; a ticket takes {rates.AUTOMATIC_A_DAY} messages of machines a day"
        return
    seen.verdict, seen.ticket_id = Verdict.JOINS, ticket.id
    held = await _entry(work, seen, incoming, house).joins(ticket.id)
    if not seen.automatic:
        await outbox.answered(work, held, incoming.mail.references, route.sender_of(incoming.mail))


async def _open(work: Work, seen: SeenMail, incoming: Incoming, judgement: Judgement, house: House) -> None:
    sender, tags = route.sender_of(incoming.mail), list[str]()
    if await rates.is_flood(sender, work.now_ms):
        if ticket := await rates.flood_ticket(sender, work.now_ms):
            await _join(work, seen, incoming, ticket, house)
            return
        seen.reason, tags = rates.FLOOD, [rates.FLOOD]
    seen.verdict = Verdict.NEW
    ticket = await _entry(work, seen, incoming, house).opens(tags)
    seen.ticket_id = ticket.id
    to = originator(incoming.mail) if incoming.answers and judgement.kind.acknowledged else None
    if to is not None and await rates.may_acknowledge(to.lower(), work.now_ms):
        seen.acknowledge_to = to.lower()
        await outbox.acknowledge(work, ticket, to, [seen.message_id] if seen.message_id else [])


def _entry(work: Work, seen: SeenMail, incoming: Incoming, house: House) -> Entry:
    return Entry(work, incoming.mail, incoming.raw_sha256, house.own, seen.automatic)


# ---------------------------------------------------------------- what becomes nothing


@unit_of_work
async def step_over(work: Work, caller: Caller, mailbox: str, arrival: Arrival) -> None:
    """Goes on behind a mail that is not there any more; what became of it before stays."""
    await work.hold_time()
    if not await SeenMail.exists(mailbox=mailbox, epoch=arrival.position.epoch, key=arrival.key):
        await _note(work, mailbox, arrival, Verdict.IGNORED, GONE, None)
    await _move_on(mailbox, arrival)


@unit_of_work
async def failed(
    work: Work, caller: Caller, mailbox: str, arrival: Arrival, raw_sha256: str, error: str, most: int
) -> bool:
    """Counts that a mail could not be taken in; at the `most`-th time it is a dead letter, and others have their turn.

    Says whether it is one now.
    """
    await work.hold_time()
    row = await MailPosition.select_for_update().get(mailbox=mailbox)
    row.failures = row.failures + 1 if row.failing == arrival.key else 1
    row.failing = arrival.key
    await row.save(update_fields=PLACE)
    if row.failures < most:
        return False
    await _note(work, mailbox, arrival, Verdict.DEAD, error, raw_sha256)
    await _move_on(mailbox, arrival)
    return True


@unit_of_work
async def still_dead(work: Work, caller: Caller, id: UUID, error: str) -> None:
    """Says why a dead letter that was tried again is one still."""
    await SeenMail.filter(id=id).update(retry=False, reason=error)


async def _note(
    work: Work, mailbox: str, arrival: Arrival, verdict: Verdict, reason: str, raw_sha256: str | None
) -> None:
    place = {"mailbox": mailbox, "epoch": arrival.position.epoch, "key": arrival.key}
    told = {"verdict": verdict, "reason": reason, "raw_sha256": raw_sha256, "retry": False, "at_ms": work.now_ms}
    if seen := await SeenMail.filter(**place).first():
        await seen.update_from_dict(told).save()
    else:
        await SeenMail(id=work.new_id(), **place, **told, size=arrival.size).save(force_create=True)


async def _move_on(mailbox: str, arrival: Arrival) -> None:
    row = await MailPosition.select_for_update().get_or_none(mailbox=mailbox)
    if row is not None and row.moved_to(arrival.position.epoch, arrival.position.after):
        await row.save(update_fields=PLACE)
