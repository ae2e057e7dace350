"""What the desk needs of whoever carries its mail: take one, and say what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail is from, for whoever carries it, and the one whom it is for."""

    sender: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """It was taken, in these words; `mail_id` is its Message-ID where it is another than the mail says."""

    words: str
    mail_id: str | None = None


class NotSent(Exception):
    """What became of a mail that was not taken for certain; the text is the other side's words."""


class Refused(NotSent):
    """It is not taken, and will not be."""


class Later(NotSent):
    """It was not taken; another try may succeed. `after_s`: not before so many seconds, where that was said."""

    def __init__(self, words: str, after_s: float = 0) -> None:
        super().__init__(words)
        self.after_s = after_s


class Closed(Later):
    """Nothing is taken at all, with these settings or at this time: all other mails wait, too."""


class Uncertain(NotSent):
    """The line broke after the mail had left, or might have: nobody knows whether it was taken."""


class Post(Protocol):
    """Whoever carries mail."""

    @property
    def name(self) -> str:
        """What it is called in the database and on the health page; holds no password."""

    async def send(self, mail: bytes, envelope: Envelope, key: str) -> Receipt:
        """Hands one mail over. `key` is the same in tries of which the first's outcome is unknown, else another.

        Raises Refused, Later, Closed and Uncertain; whatever else it raises is uncertain, too.
        """

    async def was_sent(self, mail_id: str) -> bool | None:
        """Whether a mail with this Message-ID was taken; None where that cannot be known."""

    async def check(self) -> str:
        """Tries the settings without sending anything; says what it found. Raises Later and Closed."""
