"""What agents are shown of mail that goes out, and ways to wait for it."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

from desk.settings import Settings
from models.outgoing import OutgoingMail, State
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from tests.mail.shown import shown
from tests.support.desk import Answer, Desk, Person
from tests.support.mail import listening, plain, send, somebody, true

MAIL = """id ticketId messageId recipient delivery attempts mailId createdAt nextTryAt rawUrl
  steps { at delivery words }"""
OUTBOX = f"query($delivery: Delivery) {{ outbox(first: 50, delivery: $delivery) {{ edges {{ node {{ {MAIL} }} }} }} }}"


async def outbox(person: Person, delivery: str | None = None) -> list[Answer]:
    """All of it, the newest first."""
    return [edge.node for edge in (await person.asks(OUTBOX, delivery=delivery)).outbox.edges]


async def settled(count: int = 1, *, state: State | None = None) -> list[OutgoingMail]:
    """Waits until so many mails were tried and are on their way no more, or are in that state."""

    async def are() -> bool:
        rows = await OutgoingMail.all()
        done = [each for each in rows if (each.state is state if state else each.steps[1:] and _rests(each))]
        return len(done) >= count

    await true(are)
    return await OutgoingMail.all().order_by("id")


def _rests(mail: OutgoingMail) -> bool:
    return mail.state is not State.SENDING


async def due_now(**more: int) -> None:
    """Lets the pause before the next try of everything pass, and says more of it, behind the desk's back."""
    await _due(somebody(), more)


@unit_of_work
async def _due(work: Work, caller: Caller, more: dict[str, int]) -> None:
    await OutgoingMail.all().update(due_ms=0, **more)


async def comes(settings: Settings, desk: Desk, person: Person, sender: str = "ann@customer.example") -> Answer:
    """A ticket that began as a mail of theirs."""
    await listening(settings)
    before = (await person.asks("{ queue { total } }")).queue.total
    await asyncio.to_thread(send, settings, plain("Card lost", sender=sender, text="On the train."))

    async def there() -> bool:
        return bool((await person.asks("{ queue { total } }")).queue.total > before)

    await true(there)
    return await shown(person)


def body(mail: EmailMessage, kind: str = "plain") -> str:
    """Its text, or its HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def read(content: bytes) -> EmailMessage:
    """A mail as its recipient reads it."""
    return message_from_bytes(content, policy=policy.default)
