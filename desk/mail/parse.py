"""A mail out of its bytes."""

from __future__ import annotations

from desk.mail.bounds import MailBounds
from desk.mail.mail import Mail


def parse(
    raw: bytes,
    bounds: MailBounds,
    *,
    arrived_at_ms: int = 0,
    size: int | None = None,
    authserv_id: str | None = None,
) -> Mail:
    """Reads a mail, and never raises: what cannot be read is left out, and `unparsed` says why.

    `size` is the mail's where it is larger than `raw`, which then is its header alone. `authserv_id` is our mail
    server's name in Authentication-Results, whose word alone is believed. `arrived_at_ms` (Unix ms) goes into the
    fingerprint of a mail that has neither Message-ID nor Date: the same scan sent twice is two mails.

    It takes its time and memory in this process; Reader.read bounds both.
    """
    raise NotImplementedError
