"""The built-in mailbox: takes mail by SMTP on this machine and keeps it in the desk's own database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from ipaddress import ip_address
from typing import Final

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received

from desk.mail.mailbox import Arrival, Gone, Position, Unreachable
from desk.mail.post import Envelope, Receipt
from models import database
from models.errors import GuichetError
from models.mail import Delivered, RawMail, Verdict
from models.unit_of_work import unit_of_work
from models.work import Caller, Work

log = logging.getLogger("guichet.mail")

LOOK_S: Final = 0.5
"""How often it is looked for mail that another process took, seconds."""
AGAIN_S: Final = 5.0
"""How long until the port of another process is tried again, should that process have ended, seconds."""
TAKEN: Final = "250 OK"
LATER: Final = "451 The desk cannot store this now"


@unit_of_work
async def deliver(work: Work, caller: Caller, mails: Sequence[bytes]) -> None:
    """Puts mails into the built-in mailbox, in this order; when it returns they are there for good."""
    await work.hold_time()
    rows = [RawMail.of(raw) for raw in mails]
    await RawMail.keep(rows)
    for row in rows:
        await Delivered.create(raw_sha256=row.sha256, size=row.size, at_ms=work.now_ms)


class LocalMailbox:
    """A mailbox without a server: its mail is in a table of the desk."""

    name = "local"

    def __init__(self, caller: Caller, host: str, port: int, limit_bytes: int) -> None:
        self._caller, self._host, self._port, self._limit_bytes = caller, host, port, limit_bytes
        self._arrived = asyncio.Event()

    @property
    def listens_at(self) -> tuple[str, int]:
        """Host and port, if it can have them."""
        return self._host, self._port

    # ---------------------------------------------------------------- the door

    async def listen(self) -> None:
        """Takes mail by SMTP until cancelled. While another process of this desk has the port, it takes the mail."""
        while True:
            try:
                server = await asyncio.get_running_loop().create_server(self._protocol, self._host, self._port)
            except OSError as error:
                log.info("port %d is taken (%s): mail comes in where it is", self._port, error.strerror)
                await asyncio.sleep(AGAIN_S)
                continue
            log.info("mail comes in at smtp://%s:%d", self._host, self._port)
            async with server:
                await server.serve_forever()

    def _protocol(self) -> SMTP:
        return SMTP(
            self, enable_SMTPUTF8=True, data_size_limit=self._limit_bytes, ident="guichet", hostname="localhost"
        )

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Received) -> str:  # noqa: N802  # aiosmtpd's
        """Stores what was sent before it is acknowledged; its envelope is put in front, as a last server would."""
        raw, sender = bytes(envelope.original_content or b""), envelope.mail_from or ""
        head = f"Return-Path: <{sender}>\r\n" + "".join(f"Delivered-To: {each}\r\n" for each in envelope.rcpt_tos)
        try:
            await deliver(self._caller, [head.encode("utf-8", "replace") + raw])
        except Exception as error:
            if not isinstance(error, GuichetError) and not database.is_outage(error):
                log.exception("a mail could not be stored")
            return LATER
        self._arrived.set()
        return TAKEN

    # ---------------------------------------------------------------- the mailbox

    async def end(self) -> Position:
        """Its beginning: nobody else wrote into it."""
        async with _reachable():
            return Position(await _epoch(), "0")

    async def arrivals(self, after: Position, limit: int) -> list[Arrival]:
        async with _reachable():
            epoch = await _epoch()
            first = int(after.after) if after.epoch == epoch else 0
            rows = await Delivered.filter(id__gt=first).order_by("id").limit(limit)
        return [Arrival(str(row.id), Position(epoch, str(row.id)), row.size, row.at_ms) for row in rows]

    async def since(self, day: date) -> list[Arrival]:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1_000
        found = await self.arrivals(Position("", "0"), 2**31)
        return [each for each in found if each.arrived_at_ms >= start]

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        async with _reachable():
            row = await Delivered.get_or_none(id=int(arrival.key))
            kept = await RawMail.get_or_none(sha256=row.raw_sha256) if row else None
        if kept is None:
            raise Gone
        return kept.content

    async def ack(self, arrival: Arrival, verdict: Verdict) -> None:
        """Forgets it, and any whose own acknowledgement was lost; the bytes stay."""
        async with _reachable():
            await _forget(self._caller, int(arrival.key))

    async def bell(self) -> AsyncIterator[None]:
        newest = None
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._arrived.wait()
                self._arrived.clear()
                yield
            except TimeoutError:
                async with _reachable():
                    row = await Delivered.all().order_by("-id").first()
                if row is not None and row.id != newest:
                    newest = row.id
                    yield

    async def close(self) -> None:
        return None


class LocalPost:
    """Keeps what is sent where it is shown: nothing leaves the machine."""

    name = "local post"

    async def send(self, mail: bytes, envelope: Envelope, key: str) -> Receipt:
        return Receipt("Kept here: the built-in mailbox sends nothing away.")

    async def was_sent(self, mail_id: str) -> bool | None:
        return True

    async def check(self) -> str:
        return "keeps what is sent; nothing leaves this machine"


@unit_of_work
async def _forget(work: Work, caller: Caller, through: int) -> None:
    await Delivered.filter(id__lte=through).delete()


async def _epoch() -> str:
    """Rows are counted anew where a whole desk was carried over; there the journal is another, too."""
    return (await database.head()).journal_id.hex()


@asynccontextmanager
async def _reachable() -> AsyncIterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, GuichetError) or database.is_outage(error):
            raise Unreachable("the database does not answer") from error
        raise


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches a host."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
