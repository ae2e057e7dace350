"""The loop of a mailbox: what arrived is stored, read and taken in, one mail after the other, then the bell rings.

`Watch` drives its own steps within the desk (`run`); with Temporal, workflows call the same ones.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from dataclasses import replace
from typing import Final

from desk.mail import ingest
from desk.mail.entry import contents
from desk.mail.ingest import House, Incoming
from desk.mail.mail import Mail
from desk.mail.mailbox import BATCH, Arrival, Gone, Mailbox, Position, Refused, TooLarge, Unreachable
from desk.mail.reader import Reader
from models import database
from models.attachment import Files
from models.errors import Unavailable
from models.mail import MailPosition, RawMail, SeenMail, Verdict
from models.unit_of_work import unit_of_work
from models.work import Caller, Work

log = logging.getLogger("guichet.mail")

LEASE_MS: Final = 10_000
"""How long a process that is gone keeps others from a mailbox, ms."""
RENEW_S: Final = 3.0
RETRY_LOOK_S: Final = 1.0
"""How often it is looked for dead letters that somebody wants tried again, seconds."""
FIRST_S: Final = 1.0
"""The pause after a first failure, seconds; each further one is twice as long, and drawn by up to a half shorter."""
MOST_DOUBLINGS: Final = 10
LONGEST_S: Final = 300.0
LONGEST_REFUSED_S: Final = 900.0
"""The longest pause, seconds; where the password was refused, servers lock out who tries often."""
MOST_FAILURES: Final = 3
"""How often the transaction of a mail may fail before it is a dead letter."""


class Intake:
    """Takes in single mails: stores the bytes, reads them, stores the files, and enters what they are."""

    def __init__(self, caller: Caller, house: House, reader: Reader, files: Files, limit_bytes: int) -> None:
        self.caller, self.limit_bytes = caller, limit_bytes
        self._house, self._reader, self._files = house, reader, files

    async def take(
        self,
        mailbox: str,
        arrival: Arrival,
        raw: RawMail,
        content: bytes,
        *,
        answers: bool = True,
        moves: bool = True,
    ) -> SeenMail:
        """What became of a mail, whose transaction is over. Raises what that raises."""
        mail = await self._read(arrival, content)
        if mail.parts:
            await asyncio.to_thread(self._files.keep, contents(mail))
        incoming = Incoming(mailbox, arrival, mail, raw.sha256, answers, moves)
        return await ingest.enter(self.caller, incoming, self._house)

    async def _read(self, arrival: Arrival, content: bytes) -> Mail:
        return await self._reader.read(content, arrived_at_ms=arrival.arrived_at_ms, size=arrival.size)

    async def keep(self, content: bytes) -> RawMail:
        """Stores the bytes of a mail."""
        row = await asyncio.to_thread(RawMail.of, content)
        await ingest.keep(self.caller, row)
        return row


class Watch:
    """Reads one mailbox, for one holder of its lease at a time; two at once come to the same."""

    def __init__(self, mailbox: Mailbox, intake: Intake, holder: str | None = None) -> None:
        self.mailbox, self._intake = mailbox, intake
        self._holder = holder or secrets.token_hex(8)
        self._trouble: str | None = "not read yet"
        self._failures = 0

    async def run(self) -> None:
        """Reads whatever arrives until cancelled, while this process has the lease."""
        try:
            while True:
                try:
                    if await self.lease():
                        await self._work()
                    await asyncio.sleep(RENEW_S)
                except Exception as error:
                    await asyncio.sleep(await self.failed(error))
        finally:
            await self.mailbox.close()
            await _give_back(self._intake.caller, self.mailbox.name, self._holder)

    async def _work(self) -> None:
        """Reads until the lease is lost, or the mailbox is."""
        reading = asyncio.create_task(self._read())
        try:
            while not reading.done():
                await asyncio.wait([reading], timeout=RENEW_S)
                if not await self.lease():
                    return
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        bell = self.mailbox.bell()
        try:
            while True:
                while await self.look():
                    pass
                await self.well()
                await anext(bell)
        finally:
            await bell.aclose()  # type: ignore[attr-defined]

    async def look(self) -> int:
        """Takes in what arrived, at most a batch; says how many these were. Raises Unreachable."""
        arrivals = await self.arrivals()
        for arrival in arrivals:
            await self.take(arrival)
        return len(arrivals)

    # ---------------------------------------------------------------- the steps

    async def lease(self) -> bool:
        """Takes or keeps the lease for some seconds; False where somebody else has it."""
        return await _leased(self._intake.caller, self.mailbox.name, self._holder)

    async def arrivals(self) -> list[Arrival]:
        """What came and was not taken in yet, oldest first, at most a batch. Raises Unreachable."""
        return await self.mailbox.arrivals(await self._position(), BATCH)

    async def _position(self) -> Position:
        row = await MailPosition.get_or_none(mailbox=self.mailbox.name)
        if row is not None and row.epoch is not None and row.after is not None:
            return Position(row.epoch, row.after)
        return await _begin(self._intake.caller, self.mailbox.name, await self.mailbox.end())

    async def take(self, arrival: Arrival) -> None:
        """Makes of a mail what it is to become, if only a dead letter, and goes on behind it. Raises Unreachable."""
        name, caller = self.mailbox.name, self._intake.caller
        try:
            content = await self.mailbox.raw(arrival, self._intake.limit_bytes)
        except Gone:
            await ingest.step_over(caller, name, arrival)
            return
        except TooLarge as large:
            content = large.head
            arrival = replace(arrival, size=max(arrival.size, self._intake.limit_bytes + 1))  # not all say it before
        raw = await self._intake.keep(content)
        while True:
            try:
                seen = await self._intake.take(name, arrival, raw, content)
            except Exception as error:
                if isinstance(error, Unavailable) or database.is_outage(error):
                    raise
                log.exception("mail %s of %s", arrival.key, name)
                if await ingest.failed(caller, name, arrival, raw.sha256, repr(error), MOST_FAILURES):
                    return
            else:
                await self.mailbox.ack(arrival, seen.verdict)
                return

    async def failed(self, error: Exception) -> float:
        """Says what is wrong, once; how long to pause now, seconds, the longer the more often it was."""
        self._failures += 1
        if not isinstance(error, Unreachable | Unavailable) and not database.is_outage(error):
            log.exception("mailbox %s", self.mailbox.name)
        told = str(error) or repr(error)
        if told != self._trouble:
            self._trouble = told
            log.warning("mailbox %s: %s", self.mailbox.name, told)
            await self._tell(told)
        longest = LONGEST_REFUSED_S if isinstance(error, Refused) else LONGEST_S
        pause_s: float = min(FIRST_S * 2 ** min(self._failures - 1, MOST_DOUBLINGS), longest)
        return random.uniform(0.5, 1) * pause_s

    async def well(self) -> None:
        """Says, once, that nothing is in the way of reading."""
        self._failures = 0
        if self._trouble is not None:
            self._trouble = None
            log.info("mailbox %s is read", self.mailbox.name)
            await self._tell(None)

    async def _tell(self, trouble: str | None) -> None:
        try:
            await _note_trouble(self._intake.caller, self.mailbox.name, trouble)
        except Exception as error:
            log.warning("mailbox %s: that cannot be written down: %r", self.mailbox.name, error)

    # ---------------------------------------------------------------- dead letters

    async def retry(self) -> None:
        """Tries dead letters again that somebody asked for, until cancelled; their bytes are in the database."""
        while True:
            await asyncio.sleep(RETRY_LOOK_S)
            try:
                for row in await SeenMail.filter(mailbox=self.mailbox.name, verdict=Verdict.DEAD, retry=True):
                    await self._try_again(row)
            except Exception as error:
                if not isinstance(error, Unavailable) and not database.is_outage(error):
                    log.exception("dead letters of %s", self.mailbox.name)

    async def _try_again(self, row: SeenMail) -> None:
        arrival = Arrival(row.key, Position(row.epoch, "0"), row.size, row.at_ms)
        raw = await RawMail.get_or_none(sha256=row.raw_sha256)
        try:
            if raw is None:
                raise Gone("its bytes are not there any more")
            await self._intake.take(row.mailbox, arrival, raw, raw.content, moves=False)
        except Exception as error:
            if isinstance(error, Unavailable) or database.is_outage(error):
                raise
            log.exception("mail %s of %s, tried again", row.key, row.mailbox)
            await ingest.still_dead(self._intake.caller, row.id, repr(error))


@unit_of_work
async def _leased(work: Work, caller: Caller, mailbox: str, holder: str) -> bool:
    await work.hold_time()
    return await MailPosition.leased(mailbox, holder, work.now_ms, work.now_ms + LEASE_MS)


@unit_of_work
async def _give_back(work: Work, caller: Caller, mailbox: str, holder: str) -> None:
    await MailPosition.filter(mailbox=mailbox, holder=holder).update(until_ms=0)


@unit_of_work
async def _note_trouble(work: Work, caller: Caller, mailbox: str, trouble: str | None) -> None:
    await MailPosition.filter(mailbox=mailbox).update(trouble=trouble)


@unit_of_work
async def _begin(work: Work, caller: Caller, mailbox: str, end: Position) -> Position:
    """Where reading begins: at the end, unless another process began meanwhile."""
    row, _ = await MailPosition.get_or_create(mailbox=mailbox)
    if row.epoch is None or row.after is None:
        row.moved_to(end.epoch, end.after)
        await row.save(update_fields=ingest.PLACE)
        return end
    return Position(row.epoch, row.after)
