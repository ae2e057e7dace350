"""Mails are read in a process of their own: the loop stays free, and one that takes too long is killed with it."""

from __future__ import annotations

from desk.mail.bounds import MailBounds
from desk.mail.mail import Mail


class Reader:
    """Reads one mail at a time, in a process that begins with the first and ends with `close`."""

    def __init__(self, bounds: MailBounds | None = None, authserv_id: str | None = None) -> None:
        raise NotImplementedError

    async def read(self, raw: bytes, *, arrived_at_ms: int, size: int | None = None) -> Mail:
        """What desk.mail.parse.parse says, within `mail_seconds`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Ends the process; the next mail would begin another."""
        raise NotImplementedError
