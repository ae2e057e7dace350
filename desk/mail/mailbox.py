"""What the desk needs of a mailbox: places in it, the mail behind a place, and a bell.

Reading goes by position, never by a flag: flags belong to people. Losing an acknowledgement or a ring loses nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from models.mail import Verdict

BATCH: Final = 100
"""Most mails that are looked at before the first of them is in."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a mailbox: within an epoch a larger `after` (decimal digits) is later.

    IMAP: UIDVALIDITY and the last UID. Built in: the journal's identity and the row's id. Nylas: nothing, and the
    second.
    """

    epoch: str
    after: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that is there to be read. `key` is unique within the epoch of its position for ever; size in bytes, time
    in Unix ms."""

    key: str
    position: Position
    size: int
    arrived_at_ms: int


class Unreachable(Exception):
    """The mailbox does not answer, or not as it should; the same call may succeed later."""


class Refused(Unreachable):
    """The mailbox does not let the desk in."""


class Gone(Exception):
    """The mail was taken away between its arrival and the reading."""


class TooLarge(Exception):
    """The mail is larger than is read; `head` is what may be of it: its header."""

    def __init__(self, head: bytes) -> None:
        super().__init__(f"a header of {len(head)} bytes")
        self.head = head


class Mailbox(Protocol):
    """Where mail arrives. Every call but `bell` raises Unreachable."""

    @property
    def name(self) -> str:
        """What it is called in the database, for ever; holds no password."""

    async def end(self) -> Position:
        """Where the first contact begins: connecting a full mailbox answers nobody."""

    async def arrivals(self, after: Position, limit: int) -> list[Arrival]:
        """What came behind a position, oldest first, at most so many; may repeat, never skips."""

    async def since(self, day: date) -> list[Arrival]:
        """What came on a day or later, oldest first."""

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        """The mail, byte for byte, if it is not larger than that. Raises TooLarge and Gone."""

    async def ack(self, arrival: Arrival, verdict: Verdict) -> None:
        """Courtesy: tells the mailbox what became of a mail. Nothing depends on it."""

    def bell(self) -> AsyncIterator[None]:
        """Rings when there may be mail, and once a minute at least; may ring for nothing, and may miss."""

    async def close(self) -> None:
        """Lets go of the mailbox, whatever was going on."""
