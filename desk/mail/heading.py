"""What the header of a mail says: who, to whom, when, about what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desk.mail.addresses import addresses
from desk.mail.authentication import authentication
from desk.mail.bounds import MailBounds
from desk.mail.fingerprint import IDENTITY, fingerprint
from desk.mail.headers import instant, message_ids, plain
from desk.mail.mail import Address, Mail

DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
"""Fields in which mail servers name whom it came to."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a mail beside its bytes."""

    bounds: MailBounds
    arrived_at_ms: int = 0
    """Goes into the fingerprint of a mail that has neither Message-ID nor Date. Unix ms."""
    size: int | None = None
    """The mail's, bytes, where only its header is at hand."""
    authserv_id: str | None = None
    """Our mail server's name in Authentication-Results, whose word alone is believed."""


def heading(fields: Mapping[str, Sequence[str]], contents: Iterable[bytes], size: int, context: Context) -> Mail:
    """A mail without a text yet. `contents` are its parts, for the fingerprint."""
    bounds = context.bounds

    def first(name: str) -> str | None:
        return next(iter(fields.get(name, ())), None)

    def people(*names: str) -> list[Address]:
        return addresses(value for name in names for value in fields.get(name, ()))

    answered = dict.fromkeys(message_ids(" ".join(fields.get("in-reply-to", ()))))
    before = dict.fromkeys(message_ids(" ".join(fields.get("references", ()))))
    to, cc = people("to"), people("cc")
    recipients = dict.fromkeys(each.address for each in (*people(*DELIVERED), *to, *cc))
    return_path = first("return-path")
    return Mail(
        message_id=next(iter(message_ids(first("message-id") or "")), None),
        references=tuple([*(id for id in before if id not in answered), *answered][-bounds.reference_count :]),
        sender=next(iter(people("from") or people("sender") or people("return-path")), None),
        to=tuple(to[: bounds.participant_count]),
        cc=tuple(cc[: max(0, bounds.participant_count - len(to))]),
        reply_to=tuple(people("reply-to")[: bounds.participant_count]),
        recipients=tuple(recipients)[: bounds.recipient_count],
        return_path=None if return_path is None else next((each.address for each in addresses([return_path])), ""),
        subject=plain(first("subject") or ""),
        text="",
        shown="",
        html=None,
        parts=(),
        date=instant(first("date") or ""),
        authentication=authentication(fields.get("authentication-results", ()), context.authserv_id),
        headers={name: tuple(plain(value) for value in values) for name, values in fields.items()},
        report=None,
        size=context.size or size,
        unparsed=None,
        fingerprint=fingerprint([first(name) for name in IDENTITY], contents, context.arrived_at_ms),
    )
