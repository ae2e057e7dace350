"""What a mail is, from itself alone: whether it may become a ticket, and whether a machine may answer it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from desk.mail.mail import Mail
from desk.mail.tokens import Tokens


class Kind(StrEnum):
    """What a mail is, and what may become of it."""

    OWN = "own"
    """Ours, come back: ignored."""
    BOUNCE = "bounce"
    """A delivery report: settles the message that it names, else ignored."""
    RECEIPT = "receipt"
    """A read receipt or a complaint: noted on the message that it names, else ignored."""
    RETURNED = "returned"
    """A bounce without a report, naming a message of ours in its text: joins that ticket."""
    AUTO_REPLIED = "auto-replied"
    """A vacation or the like (RFC 3834): joins a ticket, or is ignored."""
    AUTO_GENERATED = "auto-generated"
    """A machine reports something: joins or opens a ticket."""
    BULK = "bulk"
    """Through a list, or from who wants no answer of a machine: joins or opens a ticket."""
    PERSONAL = "personal"
    """Anything else: joins or opens a ticket."""

    @property
    def joins(self) -> bool:
        """May become a message of a ticket."""
        return self not in (Kind.OWN, Kind.BOUNCE, Kind.RECEIPT)

    @property
    def opens(self) -> bool:
        """May become a ticket."""
        return self in (Kind.AUTO_GENERATED, Kind.BULK, Kind.PERSONAL)

    @property
    def automatic(self) -> bool:
        """Was written by a machine: it neither reopens a ticket nor is answered."""
        return self not in (Kind.BULK, Kind.PERSONAL)

    @property
    def acknowledged(self) -> bool:
        """Is acknowledged where it opens a ticket, the rates allowing."""
        return self is Kind.PERSONAL


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is, the sign by which that was seen, and the ticket that a RETURNED one names."""

    kind: Kind
    why: str
    ticket_number: int | None = None


def judge(mail: Mail, own: Set[str], tokens: Tokens) -> Verdict:
    """Says what a mail is. `own` are the desk's addresses, in small letters."""
    raise NotImplementedError


def originator(mail: Mail) -> str | None:
    """Who is told that their mail came (RFC 3834, 4): the envelope's sender where it is said, else From."""
    raise NotImplementedError
