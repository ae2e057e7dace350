"""What a mail is once it is read: plain data, without a database and without a promise that any of it is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Check: TypeAlias = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody in From, To or Cc."""

    address: str
    """In small letters: for comparing."""
    name: str
    """As they call themselves, one line of at most 200 characters; may be empty."""
    as_written: str
    """With their own capitals: for sending."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that came with a mail. `content_type` is its sender's word for it, to be read and not to be believed."""

    filename: str
    """One path component of 1 to 150 bytes, without control characters."""
    content_type: str
    """In small letters, as RFC 6838 writes it."""
    content_id: str | None
    """What `cid:` in the HTML names it by, without the angle brackets."""
    inline: bool
    """Whether the sender means it to be shown within the text."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Authentication:
    """What our own mail server found (RFC 8601)."""

    spf: Check = "none"
    dkim: Check = "none"
    dmarc: Check = "none"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail for one recipient (RFC 3464)."""

    recipient: str
    """Address in small letters; may be empty."""
    action: str
    """failed, delayed, delivered, relayed or expanded, in small letters."""
    status: str | None
    """5.1.1 and the like (RFC 3463)."""
    diagnostic: str
    """The server's own words, one line; may be empty."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a machine says of a mail that was sent (multipart/report)."""

    kind: Literal["delivery-status", "disposition-notification", "feedback-report"]
    message_id: str | None
    """The mail that it is about, with its angle brackets."""
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, read. Every string can be stored: no NUL, no half of a surrogate pair, no control character but the
    tab and, in `text`, `shown` and `html`, the line's end."""

    message_id: str | None
    """With its angle brackets, as are `references`."""
    references: tuple[str, ...]
    """References, then In-Reply-To: newest last."""
    sender: Address | None
    """From; where that names nobody Sender, then Return-Path."""
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    recipients: tuple[str, ...]
    """Every address that it came to, in small letters: Delivered-To and its like, To, Cc."""
    return_path: str | None
    """In small letters; empty where machines want no answer (<>), None where it is not said."""
    subject: str
    """One line, of any length."""
    text: str
    """The whole text, lines ended by \\n."""
    shown: str
    """The text without what it quotes at its end."""
    html: str | None
    """Sanitised. Pictures are `cid:` ones only, which are yet to be rewritten to where the part is served."""
    parts: tuple[Part, ...]
    date: datetime | None
    """When the sender says to have written it (UTC): information, never an order."""
    authentication: Authentication
    headers: Mapping[str, tuple[str, ...]]
    """Every field's values from the top, decoded, by its name in small letters."""
    report: Report | None
    size: int
    """Of the raw mail, bytes."""
    unparsed: str | None
    """Why only some of it could be read, in a sentence or more; None where all was."""
    fingerprint: bytes
    """SHA-256 of what its author wrote: the same when it is delivered again, another when anything differs."""

    def header(self, name: str) -> str | None:
        """The topmost value of a field, whose name is given in small letters."""
        return next(iter(self.headers.get(name, ())), None)
