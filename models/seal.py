"""The chain over the journal, made behind the writers' backs, and who makes it.

The hash at a position follows from the events up to it and from nothing else. So two processes that seal at once
agree, wherever each of them stops, and a writer pays nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from models.event import Event

SEALER = "sealer"
START = bytes(32)
"""The hash before the first event."""


class Seal(Model):
    """The chain's hash after the event at `position`."""

    position = fields.BigIntField(primary_key=True, generated=False)
    hash = fields.BinaryField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "seals"


class Duty(Model):
    """A task of the desk that one process at a time looks after; its row is made by a migration."""

    name = fields.CharField(max_length=40, primary_key=True)
    holder = fields.CharField(max_length=40, null=True)
    until_ms = fields.BigIntField(default=0)

    class Meta:
        table = "duties"

    def is_free(self, holder: str, now_ms: int) -> bool:
        """Whether this process may take or keep it at `now_ms` (Unix ms)."""
        return self.holder == holder or self.until_ms <= now_ms

    @classmethod
    async def taken(cls, name: str, holder: str, now_ms: int, until_ms: int) -> bool:
        """Takes or keeps the duty until `until_ms`; False where another process has it."""
        free = cls.filter(Q(holder=holder) | Q(until_ms__lte=now_ms), name=name)
        return bool(await free.update(holder=holder, until_ms=until_ms))


@dataclass
class Chain:
    """sha256(hash before + record of the event), event by event."""

    position: int = 0
    hash: bytes = START

    @classmethod
    async def sealed(cls) -> Self:
        """The chain as far as it was made."""
        last = await Seal.all().order_by("-position").first()
        return cls() if last is None else cls(last.position, bytes(last.hash))

    def add(self, event: Event) -> None:
        """Goes on by the next event, read as it is stored."""
        self.position = event.position
        self.hash = hashlib.sha256(self.hash + event.record).digest()
