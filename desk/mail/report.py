"""What machines say of a mail that was sent: bounces, read receipts, complaints (multipart/report, RFC 6522)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Literal

from desk.mail.charsets import one_line
from desk.mail.headers import Fields, message_ids, plain
from desk.mail.mail import Outcome, Report
from desk.mail.structure import Leaf

Kind = Literal["delivery-status", "disposition-notification", "feedback-report"]
KINDS: dict[str, Kind] = {
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "disposition-notification",
    "message/global-disposition-notification": "disposition-notification",
    "message/feedback-report": "feedback-report",
}
ORIGINALS = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
OF_REPORTS = ORIGINALS | KINDS.keys()
"""What in a report is for machines, and no attachment."""
EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
MOST_BLOCKS = 100
"""So many recipients of a report are read."""


def report(leaves: Sequence[Leaf]) -> Report | None:
    """The report that a multipart/report holds, if it does."""
    told = next((leaf for leaf in leaves if leaf.media_type in KINDS), None)
    if told is None:
        return None
    blocks = [_fields(block) for block in EMPTY_LINE.split(told.data.strip(), MOST_BLOCKS)[:MOST_BLOCKS]]
    originals = [_fields(leaf.data.lstrip()) for leaf in leaves if leaf.media_type in ORIGINALS]
    ids = [*(block.get("original-message-id", "") for block in blocks), *(o.get("message-id", "") for o in originals)]
    message_id = next(iter(message_ids(" ".join(ids))), None)
    outcomes = tuple(_outcome(block) for block in blocks if "action" in block)
    return Report(KINDS[told.media_type], message_id, outcomes)


def _outcome(block: Message) -> Outcome:
    status = STATUS.search(block.get("status", ""))
    return Outcome(
        recipient=_after_type(block.get("final-recipient", block.get("original-recipient", ""))).lower(),
        action=one_line(block.get("action", "")).lower(),
        status=status[0] if status else None,
        diagnostic=_after_type(block.get("diagnostic-code", "")),
    )


def _after_type(field: str) -> str:
    """Without the type in front: rfc822; ann@customer.example"""
    kind, separator, value = plain(field).partition(";")
    return (value if separator else kind).strip()


def _fields(data: bytes) -> Message:
    return BytesHeaderParser(policy=Fields()).parsebytes(data[: Fields.field_bytes])
