"""The desk's mail settings, as far as an operation needs to know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Finding:
    """What a try of one of the mail settings found."""

    what: str
    words: str
    works: bool


class MailHouse(Protocol):
    """What is known of the desk's mail settings; no password is among it."""

    @property
    def told(self) -> Sequence[tuple[str, str]]:
        """Settings and their values, for people."""

    async def check(self) -> list[Finding]:
        """Tries them; changes nothing, sends nothing."""
