"""What makes a mail this mail: what its author wrote, and nothing that its way adds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

IDENTITY = ("message-id", "from", "date", "subject")
"""The fields that count. Received, Return-Path, DKIM, X-… change when the same mail is delivered again."""


def fingerprint(fields: Sequence[str | None], leaves: Iterable[bytes], arrived_at_ms: int) -> bytes:
    """SHA-256 over the fields of IDENTITY, in that order, and the decoded parts.

    The same Message-ID with other content is another mail. With neither Message-ID nor Date the arrival counts too:
    a scanner that sends the same page twice means two. A mail that once could be read by its header alone, for the
    time that it took, has another fingerprint than when it is read whole.
    """
    digest = hashlib.sha256()
    message_id, _, date, _ = fields
    arrival = str(arrived_at_ms) if message_id is None and date is None else ""
    for value in (*((field or "").encode("utf-8", "replace") for field in fields), arrival.encode(), *leaves):
        digest.update(len(value).to_bytes(8))  # else two parts could pass for one
        digest.update(value)
    return digest.digest()
