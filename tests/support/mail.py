"""Mail for the tests: the fixtures with their verdicts, the world that they come into, and ways in."""

from __future__ import annotations

import asyncio
import json
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from tortoise.expressions import F
from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from desk.mail.mailbox import Arrival, Gone, Position, TooLarge
from desk.settings import Settings
from models import statements
from models.attachment import Attachment
from models.mail import Check, MailPosition, Participant, ReceivedMail, SeenMail, Verdict
from models.message import Delivery
from models.outgoing import OutgoingMail, State
from models.ticket import Source, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, System, Work, World
from resolvers.guard import any_with_id
from tests.support.desk import GUARD_S
from tests.support.ports import free_port

FIXTURES: Final = Path(__file__).parents[1] / "mail" / "fixtures"
EXPECTED: Final[dict[str, Any]] = json.loads((FIXTURES / "expected.json").read_text())
WORLD: Final[dict[str, Any]] = EXPECTED["world"]
NAMES: Final[Sequence[str]] = sorted(EXPECTED["files"])
OUTCOMES: Final = {
    "new": {Verdict.NEW},
    "joins": {Verdict.JOINS},
    "bounce": {Verdict.BOUNCE},
    "ignored": {Verdict.IGNORED, Verdict.DUPLICATE},
}
POLL_S: Final = 0.01
PAUSE_MS: Final = 11 * 60_000
"""So long apart that the rates do not interfere."""


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = EXPECTED["files"][name]
    return found


def in_order(names: Iterable[str]) -> list[str]:
    """The same, each behind the one that it comes after."""
    rest, done = list(names), list[str]()
    while rest:
        name = next(each for each in rest if expected(each).get("after") not in rest)
        rest.remove(name)
        done.append(name)
    return done


def plain(subject: str, *, sender: str = "ann@customer.example", text: str = "Hello.", **headers: str) -> bytes:
    """A small mail; a header's name is given with underscores."""
    head = {
        "From": sender,
        "To": "desk@desk.example",
        "Subject": subject,
        "Message-ID": f"<{uuid7()}@customer.example>",
    }
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([*lines, "", text, ""]).encode()


def with_mail(settings: Settings, url: str | None = None) -> Settings:
    """The same desk with the fixtures' addresses and secret, and a mailbox: the built-in one unless it is another."""
    return replace(
        settings,
        mailbox_url=url or f"local://127.0.0.1:{free_port()}",
        mail_addresses=",".join(WORLD["desk_addresses"]),
        mail_secrets=WORLD["secret"],
        mail_authserv_id=WORLD["trusted_authserv_id"],
    )


def somebody() -> System:
    return System(World(now_ms=wall_clock_ms, new_id=uuid7), "mailbox")


async def the_world() -> Ticket:
    """Makes what there is before the fixtures come: ticket #1042 with its people and the mail that it began as."""

    async def number(_connection: object, count: int) -> list[int]:
        assert count == 1
        return [WORLD["ticket"]["number"]]

    with patch.object(statements, "next_numbers", number):
        return await _the_world(somebody())


@unit_of_work
async def _the_world(work: Work, caller: Caller) -> Ticket:
    await work.hold_time()
    told = WORLD["ticket"]
    ticket = Ticket.open(work, user_id=told["requester"], subject=told["subject"], source=Source.MAIL)
    for address in told["participants"]:
        await Participant.create(
            id=work.new_id(),
            ticket_id=ticket.id,
            address=address,
            requester=address == told["requester"],
            added_at_ms=work.now_ms,
        )
    for key, message_id in enumerate(told["received"]):
        await SeenMail.create(
            id=work.new_id(),
            mailbox="before",
            epoch="",
            key=str(key),
            message_id=message_id,
            sender=told["requester"],
            verdict=Verdict.NEW,
            ticket_id=ticket.id,
            size=1,
            at_ms=work.now_ms - 2 * 86_400_000,
        )
    return ticket


async def the_letters(ticket: Ticket) -> dict[str, UUID]:
    """Makes what the desk wrote in that ticket: a message for each letter, which arrived; their ids by Message-ID."""
    return await _the_letters(somebody(), ticket)


@unit_of_work
async def _the_letters(work: Work, caller: Caller, ticket: Ticket) -> dict[str, UUID]:
    held, made = await work.ticket(any_with_id(ticket.id)), {}
    for mail_id in WORLD["ticket"]["sent"]:
        message = held.answer(work, "Look at the door, please.")
        message.delivery = Delivery.SENT
        await letter(str(ticket.id), message_id=message.id, mail_id=mail_id)
        made[mail_id] = message.id
    return made


async def dead_letter() -> SeenMail:
    """A mail that could not be taken in."""
    letter = {"mailbox": "local", "epoch": "1", "key": uuid7().hex, "size": 7, "at_ms": wall_clock_ms()}
    row = SeenMail(id=uuid7(), verdict=Verdict.DEAD, reason="it burns", raw_sha256="0" * 64, **letter)
    await row.save(force_create=True)
    return row


async def began_by_mail(ticket_id: str) -> None:
    """Says of a ticket that it was a mail with a file, behind the journal's back."""
    mail, at_ms, nothing = uuid7(), wall_clock_ms(), dict.fromkeys(("spf", "dkim", "dmarc"), Check.NONE)
    received = ReceivedMail(
        id=mail,
        ticket_id=ticket_id,
        sender="ann@customer.example",
        sender_name="Ann",
        automatic=False,
        unconfirmed=False,
        text="Hello.",
        html="<p>Hello.</p>",
        raw_sha256="0" * 64,
        received_at_ms=at_ms,
        **nothing,
    )
    await received.save(force_create=True)
    await Participant.create(id=uuid7(), ticket_id=ticket_id, address="ann@customer.example", added_at_ms=at_ms)
    file = {"name": "a.txt", "content_type": "text/plain", "inline": False, "size": 1, "sha256": "0" * 64}
    await Attachment(id=uuid7(), mail_id=mail, ordinal=1, **file).save(force_create=True)


async def went_out(ticket_id: str, *, state: State = State.SENT) -> OutgoingMail:
    """Says of a ticket that it was acknowledged by mail, behind the journal's back."""
    return await _went_out(somebody(), ticket_id, state)


@unit_of_work
async def _went_out(work: Work, caller: Caller, ticket_id: str, state: State) -> OutgoingMail:
    return await letter(ticket_id, mail_id=f"<{uuid7().hex}.1.aaaaaaaaaaaaaaaa@desk.example>", state=state)


async def letter(
    ticket_id: str, *, mail_id: str, message_id: UUID | None = None, state: State = State.SENT
) -> OutgoingMail:
    """A mail of the desk to Ann, within a unit of work."""
    at_ms = wall_clock_ms()
    mail = OutgoingMail(
        id=uuid7(),
        ticket_id=ticket_id,
        message_id=message_id,
        sender="desk@desk.example",
        recipient="ann@customer.example",
        mail_id=mail_id,
        raw_sha256="0" * 64,
        state=state,
        since_ms=at_ms,
        due_ms=at_ms,
        steps=[(at_ms, state, "250 taken")],
        created_at_ms=at_ms,
    )
    await mail.save(force_create=True)
    return mail


# ---------------------------------------------------------------- ways in


def send(settings: Settings, raw: bytes, sender: str | None = None, to: str = "desk@desk.example") -> None:
    """Delivers a mail to the built-in mailbox, as a mail server would; `sender` is the envelope's."""
    port = int((settings.mailbox_url or "").rpartition(":")[2])
    with smtplib.SMTP("127.0.0.1", port, timeout=GUARD_S) as client:
        client.sendmail(_envelope(raw) if sender is None else sender, [to], raw)


def _envelope(raw: bytes) -> str:
    """Who sent it by its envelope: what a last server wrote down, else From."""
    head = raw.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()
    for name in ("return-path:", "from:"):
        for line in head:
            if line.lower().startswith(name):
                address = parseaddr(line.partition(":")[2])[1]
                return address if address.isascii() and " " not in address else "somebody@elsewhere.example"
    return "somebody@elsewhere.example"


async def listening(settings: Settings) -> None:
    """Waits until the built-in mailbox takes mail."""
    port = int((settings.mailbox_url or "").rpartition(":")[2])
    async with asyncio.timeout(GUARD_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(POLL_S)
            else:
                writer.close()
                return


async def seen(count: int, mailbox: str | None = None) -> list[SeenMail]:
    """Waits until so many mails were looked at; what became of each, in the order of their coming."""
    async with asyncio.timeout(GUARD_S):
        while True:
            found = SeenMail.exclude(mailbox="before") if mailbox is None else SeenMail.filter(mailbox=mailbox)
            rows = await found.order_by("id")
            if len(rows) >= count:
                return rows
            await asyncio.sleep(POLL_S)


async def until(reached: Callable[[SeenMail], bool]) -> None:
    """Waits until the newest mail that was looked at is so."""

    async def is_so() -> bool:
        row = await SeenMail.all().order_by("-id").first()
        return row is not None and reached(row)

    await true(is_so)


async def begun() -> None:
    """Waits until the first contact with the mailbox was made."""
    await true(lambda: MailPosition.filter(after__isnull=False).exists())


async def true(condition: Callable[[], Awaitable[bool]], *, patience_s: float = GUARD_S) -> None:
    """Waits until it is so."""
    async with asyncio.timeout(patience_s):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


@dataclass
class Heap:
    """A mailbox in memory, in which nothing is ever lost but what a test takes away."""

    mails: Sequence[bytes]
    name: str = "heap"
    epoch: str = "1"
    gone: Collection[int] = ()
    arrived_at_ms: int = 0

    async def end(self) -> Position:
        return Position(self.epoch, "0")

    async def arrivals(self, after: Position, limit: int) -> list[Arrival]:
        first = int(after.after) if after.epoch == self.epoch else 0
        return [
            Arrival(str(uid), Position(self.epoch, str(uid)), len(self.mails[uid - 1]), self.arrived_at_ms)
            for uid in range(first + 1, min(len(self.mails), first + limit) + 1)
        ]

    async def since(self, day: date) -> list[Arrival]:
        return await self.arrivals(await self.end(), len(self.mails))

    async def bell(self) -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        uid = int(arrival.key)
        if uid in self.gone:
            raise Gone
        content = self.mails[uid - 1]
        if len(content) > limit_bytes:
            raise TooLarge(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        return content

    async def ack(self, arrival: Arrival, verdict: Verdict) -> None:
        return None

    async def close(self) -> None:
        return None


class Paced(Heap):
    """A heap in which time passes before each mail."""

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        await passes(PAUSE_MS)
        return await super().raw(arrival, limit_bytes)


async def passes(ms: int) -> None:
    """Puts all that came in so much further into the past: PostgreSQL has a clock of its own."""
    await _pass(somebody(), ms)


@unit_of_work
async def _pass(work: Work, caller: Caller, ms: int) -> None:
    await SeenMail.all().update(at_ms=F("at_ms") - ms)
