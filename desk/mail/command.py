"""`guichet mail`: feed the built-in mailbox, try the settings, take in older mail, and say what became of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Literal

from cyclopts import App
from tortoise.expressions import Q

from desk.mail.checkup import Checkup
from desk.mail.door import ACTOR, MailDoor, house_of, writer_of
from desk.mail.letter import sample
from desk.mail.local import deliver
from desk.mail.mailbox import Arrival, Gone, TooLarge, Unreachable
from desk.mail.worker_command import worker
from desk.settings import Settings
from desk.terminal import existing, opened, operator, run, sorry
from models.bounds import findable
from models.errors import BadUserInput
from models.instants import print_instant
from models.mail import SeenMail
from models.outgoing import OutgoingMail
from models.ticket import Ticket

mail = App(name="mail", help="Mail that comes, and mail that goes.")
mail.command(worker)


@mail.command
def drop(*files: Path, settings: Settings = Settings()) -> int:  # noqa: B008
    """Put mails into the built-in mailbox, as if they had come by SMTP; a running desk takes them in at once.

    Parameters
    ----------
    files
        Raw mails (.eml), in the order of their coming.
    """

    async def put() -> int:
        if not files:
            raise BadUserInput("Name at least one file.")
        async with opened(settings):
            await deliver(operator(settings, ACTOR), [file.read_bytes() for file in files])
        print(f"{len(files):,} in the built-in mailbox")
        return 0

    return run(put())


@mail.command
def check(*, settings: Settings = Settings()) -> int:  # noqa: B008
    """Try the mail settings, and say what works and what does not. Changes nothing."""

    async def look() -> int:
        async with _door(settings):
            checkup = Checkup(settings)
            for what, words in checkup.told:
                print(f"{what:15} {words}")
            found = await checkup.check()
            for finding in found:
                print(f"{finding.what:15} {finding.words}")
        return 0 if all(finding.works for finding in found) else sorry("not all of it works like this")

    return run(look())


@mail.command
def why(key: str, /, *, settings: Settings = Settings()) -> int:  # noqa: B008
    """Say what became of a mail, and why.

    Parameters
    ----------
    key
        Its key in the mailbox (of IMAP the UID), or its Message-ID.
    """

    async def tell() -> int:
        if not findable(key):
            raise BadUserInput("No mail has such a key.")
        async with existing(settings):
            rows = await SeenMail.filter(Q(key=key) | Q(message_id=key)).order_by("id")
            for row in rows:
                print(await _told(row))
        return 0 if rows else sorry(f"no mail {key} was seen")

    return run(tell())


async def _told(row: SeenMail) -> str:
    ticket = await Ticket.get_or_none(id=row.ticket_id) if row.ticket_id else None
    lines = [
        f"{row.key} of {row.mailbox} ({row.epoch}), {print_instant(row.at_ms)}, {row.size:,} bytes",
        f"  {row.verdict}{f' ticket #{ticket.number}' if ticket else ''}",
        f"  from {row.sender or '-'}: {row.subject or '-'}",
        f"  Message-ID {row.message_id or '-'}",
        f"  because: {row.reason or '-'}",
        f"  {await _acknowledged(row)}",
    ]
    return "\n".join(lines)


async def _acknowledged(row: SeenMail) -> str:
    if row.acknowledge_to is None:
        return "no acknowledgement is due"
    mail = await OutgoingMail.filter(ticket_id=row.ticket_id, message_id=None).first()
    told = f"{mail.state.delivery} {mail.steps[-1][2]}".strip() if mail else "not written: no mail goes out"
    return f"an acknowledgement is due to {row.acknowledge_to}: {told}"


@mail.command(name="outbox")
def show_outbox(*, last: int = 20, settings: Settings = Settings()) -> int:  # noqa: B008
    """Show the mail that went out or is to, the newest first, and what became of it.

    Parameters
    ----------
    last
        How many.
    """

    async def show() -> int:
        async with existing(settings):
            for each in await OutgoingMail.all().order_by("-id").limit(max(last, 1)):
                number = (await Ticket.get(id=each.ticket_id)).number
                what = "reply" if each.message_id else "acknowledgement"
                words = each.steps[-1][2]
                print(f"{print_instant(each.created_at_ms)} {each.state.delivery} #{number} {what} to {each.recipient}")
                print(f"  {words}" if words else "  nothing was heard of it yet")
        return 0

    return run(show())


@mail.command
def preview(kind: Literal["acknowledgement", "reply"], /, *, settings: Settings = Settings()) -> int:  # noqa: B008
    """Write a letter as it would go out, with a made-up ticket; sends nothing.

    Parameters
    ----------
    kind
        Which letter.
    """

    async def write() -> int:
        print(sample(writer_of(settings, house_of(settings).tokens), kind).content.decode())
        return 0

    return run(write())


@mail.command(name="import")
def import_mail(*, since: date, settings: Settings = Settings()) -> int:  # noqa: B008
    """Take in the mail that was in the mailbox before the desk, and answer none of it. Running again adds nothing.

    Parameters
    ----------
    since
        The first day, such as 2026-01-31.
    """

    async def take() -> int:
        count: Counter[str] = Counter()
        async with _door(settings) as door:
            for arrival in await door.mailbox.since(since):
                count[await _take(door, arrival)] += 1
        print(", ".join(f"{number:,} {verdict}" for verdict, number in sorted(count.items())) or "there is none")
        return 0

    return run(take())


async def _take(door: MailDoor, arrival: Arrival) -> str:
    try:
        content = await door.mailbox.raw(arrival, door.intake.limit_bytes)
    except Gone:
        return "GONE"
    except TooLarge as large:
        content = large.head
    raw = await door.intake.keep(content)
    return (await door.intake.take(door.mailbox.name, arrival, raw, content, answers=False, moves=False)).verdict


@asynccontextmanager
async def _door(settings: Settings) -> AsyncIterator[MailDoor]:
    """The desk's mail door, of which nothing runs yet. Raises BadUserInput where there is none."""
    if not settings.mailbox_url:
        raise BadUserInput("This desk has no mailbox: set mailbox_url (GUICHET_MAILBOX_URL).")
    async with existing(settings):
        door = MailDoor(settings, operator(settings).world)
        try:
            yield door
        except Unreachable as error:
            raise BadUserInput(str(error)) from error
        finally:
            await door.mailbox.close()
            await door.close()
