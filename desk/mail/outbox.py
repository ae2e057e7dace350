"""Sends what is queued: claimed and committed before the first byte, settled with the other side's answer.

These are the steps, one function each; `Outbox` drives them within the desk, Temporal's workflows elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from desk.mail.post import Closed, Envelope, Later, NotSent, Post, Receipt, Refused, Uncertain
from models import database
from models.bounds import DAY_MS, MESSAGE_ID_CHARS
from models.errors import Unavailable
from models.mail import MailPosition, RawMail
from models.outbox import settled
from models.outgoing import OutgoingMail, State
from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.guard import any_with_id

log = logging.getLogger("guichet.mail")

LOOK_S: Final = 0.5
"""How often it is looked for mail to send, seconds."""
AT_ONCE: Final = 4
"""Mails that one process sends at a time."""
LEASE_MS: Final = 15_000
"""How long an attempt that says nothing is believed to live, ms."""
RENEW_S: Final = 4.0
PAUSES_S: Final = (60, 300, 900, 3_600)
"""Pauses after the first attempts, seconds; the last one is that of all further ones. Drawn by up to a fifth longer."""
GIVEN_UP_MS: Final = 2 * DAY_MS
CLOSED_S: Final = (5.0, 900.0)
"""The first and the longest pause of the whole outbox, seconds, while nobody is let in."""
END_S: Final = 5.0
"""How long mails that are being sent may take at a stop, seconds; then they are in doubt."""
ASKED_MS: Final = 30_000
ASKED_FOR_MS: Final = 3_600_000
"""How often, and how long, it is asked for a mail of which nobody knows whether it was taken, ms."""
NEVER_MS: Final = 2**60
FOUND: Final = "It is in the folder of sent mail."
GIVEN_UP: Final = "Given up after two days: "
GONE: Final = "Whoever was sending it is gone: nobody knows whether it left."


# ---------------------------------------------------------------- the steps


@unit_of_work
async def claim(work: Work, caller: Caller, id: UUID, holder: str) -> OutgoingMail | None:
    """Makes a queued mail that is due this attempt's; None where another has it, or nothing is to be done."""
    await work.hold_time()
    due = OutgoingMail.filter(id=id, state=State.QUEUED, due_ms__lte=work.now_ms)
    if not await due.update(state=State.SENDING, holder=holder, until_ms=work.now_ms + LEASE_MS):
        return None
    return await OutgoingMail.get(id=id)


@unit_of_work
async def renew(work: Work, caller: Caller, id: UUID, holder: str) -> None:
    """Says that an attempt still lives."""
    await work.hold_time()
    mine = OutgoingMail.filter(id=id, state=State.SENDING, holder=holder)
    await mine.update(until_ms=work.now_ms + LEASE_MS)


async def _held(work: Work, id: UUID) -> tuple[OutgoingMail | None, Ticket | None]:
    """A mail and its ticket, both held, the ticket first; None for one that was erased."""
    row = await OutgoingMail.get_or_none(id=id)
    ticket = await work.ticket(any_with_id(row.ticket_id)) if row else None
    return (await OutgoingMail.select_for_update().get_or_none(id=id) if row else None), ticket


@unit_of_work
async def settle(work: Work, caller: Caller, id: UUID, holder: str, outcome: Receipt | NotSent) -> State | None:
    """Writes down what became of an attempt, unless the mail is another's by now; says where it is then.

    An attempt that was believed dead and comes back with an answer knows better than who gave it up.
    """
    mail, ticket = await _held(work, id)
    if mail is None or ticket is None or mail.holder != holder or mail.state not in (State.SENDING, State.UNCERTAIN):
        return None
    mail.attempts += not isinstance(outcome, Uncertain)
    words = str(outcome) if isinstance(outcome, NotSent) else outcome.words
    match outcome:
        case Receipt():
            mail.mail_id = (outcome.mail_id or mail.mail_id)[:MESSAGE_ID_CHARS]
            mail.becomes(State.SENT, work.now_ms, words)
        case Uncertain():
            mail.due_ms = work.now_ms + ASKED_MS
            mail.becomes(State.UNCERTAIN, work.now_ms, words)
        case Later() if work.now_ms - mail.since_ms < GIVEN_UP_MS:
            mail.due_ms = work.now_ms + _pause_ms(mail.attempts, outcome.after_s)
            mail.becomes(State.QUEUED, work.now_ms, words)
        case _:
            mail.becomes(State.FAILED, work.now_ms, f"{GIVEN_UP}{words}" if isinstance(outcome, Later) else words)
    await settled(work, ticket, mail)
    return mail.state


def _pause_ms(attempts: int, at_least_s: float) -> int:
    pause_s = PAUSES_S[min(attempts, len(PAUSES_S)) - 1]
    return round(max(pause_s * random.uniform(1, 1.2), at_least_s) * 1_000)


@unit_of_work
async def give_up(work: Work, caller: Caller, id: UUID) -> bool:
    """Makes a mail uncertain whose attempt is not heard of any more; False where it is."""
    mail, ticket = await _held(work, id)
    if mail is None or ticket is None or mail.state is not State.SENDING or mail.until_ms > work.now_ms:
        return False
    mail.due_ms = work.now_ms + ASKED_MS
    mail.becomes(State.UNCERTAIN, work.now_ms, GONE)
    await settled(work, ticket, mail)
    return True


@unit_of_work
async def look_again(work: Work, caller: Caller, id: UUID, *, found: bool) -> None:
    """What asking for an uncertain mail came to: it was sent, or it is asked for again, an hour long."""
    mail, ticket = await _held(work, id)
    if mail is None or ticket is None or mail.state is not State.UNCERTAIN:
        return
    if found:
        mail.becomes(State.SENT, work.now_ms, FOUND)
        await settled(work, ticket, mail)
    else:
        since_ms, *_ = mail.steps[-1]
        mail.due_ms = work.now_ms + ASKED_MS if work.now_ms - since_ms < ASKED_FOR_MS else NEVER_MS
        await mail.save(update_fields=["due_ms"])


@unit_of_work
async def note_trouble(work: Work, caller: Caller, post: str, trouble: str | None) -> None:
    """Writes down why nothing can be sent, or that it can be again."""
    row, _ = await MailPosition.get_or_create(mailbox=post)
    row.trouble = trouble
    await row.save(update_fields=["trouble"])


# ---------------------------------------------------------------- one attempt


async def deliver(caller: Caller, post: Post, id: UUID) -> tuple[State | None, NotSent | None]:
    """One attempt at a mail, whole: says where it is then (None: it was not ours to send), and why it was not sent."""
    holder = secrets.token_hex(8)
    mail = await claim(caller, id, holder)
    if mail is None:
        return None, None
    renewing = asyncio.create_task(_renew(caller, id, holder))
    try:
        outcome = await _send(post, mail)
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
    state = await _settled(caller, id, holder, outcome)
    return state, outcome if isinstance(outcome, NotSent) else None


async def _send(post: Post, mail: OutgoingMail) -> Receipt | NotSent:
    raw = await RawMail.get_or_none(sha256=mail.raw_sha256)
    if raw is None:
        return Refused("Its text is not there any more.")
    try:
        key = f"{mail.id}.{mail.attempts}"
        return await post.send(raw.content, Envelope(mail.sender, mail.recipient), key)
    except NotSent as not_sent:
        return not_sent
    except Exception as error:
        log.exception("mail %s", mail.id)
        return Uncertain(repr(error))


async def _renew(caller: Caller, id: UUID, holder: str) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        with suppress(Exception):
            await renew(caller, id, holder)


async def _settled(caller: Caller, id: UUID, holder: str, outcome: Receipt | NotSent) -> State | None:
    """Writes the answer down, however long the database is away: it is known here only."""
    while True:
        try:
            return await settle(caller, id, holder, outcome)
        except Exception as error:
            if not isinstance(error, Unavailable) and not database.is_outage(error):
                raise
            await asyncio.sleep(LOOK_S)


# ---------------------------------------------------------------- all of them


class Outbox:
    """Sends what is due, several at a time, until cancelled; any number of processes may."""

    def __init__(self, caller: Caller, post: Post) -> None:
        self.post, self._caller = post, caller
        self._sending: dict[UUID, asyncio.Task[None]] = {}
        self.closed = 0
        """How often nobody was let in since somebody was."""

    async def run(self, begin: Callable[[UUID], Awaitable[None]] | None = None) -> None:
        """Sends until cancelled, and ends what it began, if that does not take long. `begin` has an attempt made
        elsewhere, at a mail that may have one already; left out: it is made here."""
        try:
            while True:
                try:
                    await self._look(begin or self._begin)
                except Exception as error:
                    if not isinstance(error, Unavailable) and not database.is_outage(error):
                        log.exception("outbox")
                await asyncio.sleep(self._pause_s())
        finally:
            if sending := list(self._sending.values()):
                await asyncio.wait(sending, timeout=END_S)
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def ask(self) -> None:
        """Asks for mails of which nobody knows whether they were taken, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                doubts = OutgoingMail.filter(state=State.UNCERTAIN, due_ms__lte=await self.now_ms()).order_by("due_ms")
                for mail in await doubts.limit(AT_ONCE):
                    found = await self.post.was_sent(mail.mail_id)
                    await look_again(self._caller, mail.id, found=found is True)
            except Exception as error:
                if not isinstance(error, Unavailable) and not database.is_outage(error):
                    log.exception("doubts")

    def _pause_s(self) -> float:
        first, longest = CLOSED_S
        return min(first * 2 ** min(self.closed - 1, 10), longest) if self.closed else LOOK_S

    async def _look(self, begin: Callable[[UUID], Awaitable[None]]) -> None:
        now_ms = await self.now_ms()
        for mail in await OutgoingMail.filter(state=State.SENDING, until_ms__lte=now_ms):
            await give_up(self._caller, mail.id)
        room = (1 if self.closed else AT_ONCE) - len(self._sending)
        due = OutgoingMail.filter(state=State.QUEUED, due_ms__lte=now_ms).order_by("due_ms", "id")
        for mail in await due.limit(AT_ONCE):
            if mail.id not in self._sending and room > 0:
                room -= 1
                await begin(mail.id)

    async def now_ms(self) -> int:
        """The time by which mails are due, Unix ms."""
        return (await database.head()).now_ms or self._caller.world.now_ms()

    async def _begin(self, id: UUID) -> None:
        self._sending[id] = asyncio.create_task(self._deliver(id))

    async def _deliver(self, id: UUID) -> None:
        try:
            await self.attempt(id)
        except Exception as error:
            if not isinstance(error, Unavailable) and not database.is_outage(error):
                log.exception("mail %s", id)
        finally:
            del self._sending[id]

    async def attempt(self, id: UUID) -> OutgoingMail | None:
        """One attempt at a mail, if it is due; the mail as it is then, None where it was erased."""
        state, why_not = await deliver(self._caller, self.post, id)
        if isinstance(why_not, Closed):
            self.closed += 1
            await self._tell(str(why_not))
        elif state is not None:
            self.closed = 0
            await self._tell(None)
        else:
            await give_up(self._caller, id)
        return await OutgoingMail.get_or_none(id=id)

    async def _tell(self, trouble: str | None) -> None:
        """Writes down what is in the way of all mail, or that nothing is, where something else was known."""
        known = await MailPosition.get_or_none(mailbox=self.post.name)
        if trouble != (known.trouble if known else None):
            log.warning("%s: %s", self.post.name, trouble or "mail goes out again")
            await note_trouble(self._caller, self.post.name, trouble)
