"""What a mail is, from itself alone: whether it may become a ticket, and whether a machine may answer it."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from desk.mail.addresses import addresses
from desk.mail.headers import message_ids
from desk.mail.mail import Mail
from desk.mail.tokens import Tokens

REPLIES = ("x-autoreply", "x-autorespond")
"""Fields of vacation responders that are older than Auto-Submitted."""
LISTS = ("list-id", "list-unsubscribe", "x-loop", "x-guichet-ticket")
"""Fields of lists, of machines that mark where they were, and of other desks like this one."""
NO_REPLY = re.compile(r"(?:.*[-_.+])?(?:no|do-?not|donot)[-_.]?reply(?:[-_.+].*)?|mailer-daemon|postmaster")
MOST_NAMED = 200
"""So many Message-IDs of a bounce are looked at."""


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
    """Says what a mail is: by the first sign that it shows. `own` are the desk's addresses, in small letters."""
    if why := _is_own(mail, own, tokens):
        return Verdict(Kind.OWN, why)
    if mail.report is not None and mail.report.kind != "delivery-status":
        return Verdict(Kind.RECEIPT, mail.report.kind)
    if mail.report is not None and mail.report.message_id is not None:
        return Verdict(Kind.BOUNCE, mail.report.kind)
    if _is_bounce(mail) and (number := _named(mail, tokens)) is not None:
        return Verdict(Kind.RETURNED, "a bounce that names a message of ours", number)
    if mail.report is not None:
        return Verdict(Kind.BOUNCE, mail.report.kind)
    if why := _is_reply_of_machine(mail):
        return Verdict(Kind.AUTO_REPLIED, why)
    if (submitted := _submitted(mail)) not in ("", "no"):
        return Verdict(Kind.AUTO_GENERATED, f"Auto-Submitted: {submitted}")
    if why := _wants_no_answer(mail):
        return Verdict(Kind.BULK, why)
    return Verdict(Kind.PERSONAL, "no sign of a machine")


def originator(mail: Mail) -> str | None:
    """Who is told that their mail came (RFC 3834, 4): the envelope's sender where it is said, else From."""
    return mail.return_path or (mail.sender.as_written if mail.sender else None)


def _is_own(mail: Mail, own: Set[str], tokens: Tokens) -> str:
    wrote = [mail.sender.address] if mail.sender else []
    wrote += [each.address for each in addresses(mail.headers.get("sender", ()))]
    for address in (*wrote, mail.return_path or ""):
        if address in own or tokens.number_of_address(address) is not None:
            return f"from {address}"
    if tokens.number_of_message_id(mail.message_id or "") is not None:
        return f"Message-ID: {mail.message_id}"
    marks = mail.headers.get("x-guichet-ticket", ())
    return next((f"X-Guichet-Ticket: {it}" for it in marks if tokens.number_of_ticket_header(it) is not None), "")


def _is_bounce(mail: Mail) -> bool:
    return mail.report is not None or mail.return_path == "" or _local(mail) == "mailer-daemon"


def _named(mail: Mail, tokens: Tokens) -> int | None:
    """The ticket of a message of ours that stands in the mail's text."""
    ids = message_ids(mail.text)[:MOST_NAMED]
    return next((number for id in ids if (number := tokens.number_of_message_id(id)) is not None), None)


def _is_reply_of_machine(mail: Mail) -> str:
    if _submitted(mail) == "auto-replied":
        return "Auto-Submitted: auto-replied"
    if "in-reply-to" in mail.headers and "x-auto-response-suppress" in mail.headers:
        return "X-Auto-Response-Suppress in an answer"
    return next((name for name in REPLIES if name in mail.headers), "")


def _wants_no_answer(mail: Mail) -> str:
    if (precedence := (mail.header("precedence") or "").lower()) in ("bulk", "list", "junk"):
        return f"Precedence: {precedence}"
    if name := next((name for name in LISTS if name in mail.headers), ""):
        return name
    if mail.return_path == "":
        return "Return-Path: <>"
    suppressed = {word.strip() for word in (mail.header("x-auto-response-suppress") or "").lower().split(",")}
    if suppressed & {"all", "oof", "autoreply"}:
        return "X-Auto-Response-Suppress"
    return f"from {_local(mail)}" if NO_REPLY.fullmatch(_local(mail)) else ""


def _submitted(mail: Mail) -> str:
    """The keyword of Auto-Submitted (RFC 3834, 5), without parameters and comments."""
    return re.split(r"[;(\s]", (mail.header("auto-submitted") or "").strip().lower(), maxsplit=1)[0]


def _local(mail: Mail) -> str:
    return mail.sender.address.partition("@")[0] if mail.sender else ""
