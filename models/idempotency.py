"""What was already done under which key, so that a repeated request is answered and not done again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.bounds import storable
from models.errors import BadUserInput, IdempotencyConflict

if TYPE_CHECKING:
    from models.message import Message
    from models.ticket import Ticket

KEY_CHARS = 200


@dataclass(frozen=True)
class Once:
    """A request under its key, with all its arguments but the key, defaults filled in."""

    key: str
    operation: str
    arguments: tuple[object, ...]

    @classmethod
    def of(cls, key: str | None, operation: str, *arguments: object) -> Once | None:
        """None where the caller gave no key."""
        return None if key is None else cls(key, operation, arguments)

    @property
    def fingerprint(self) -> bytes:
        """The hash of what was asked. For arguments within their bounds: a deeper form could not be read."""
        canonical = json.dumps([self.operation, *self.arguments], sort_keys=True, default=repr)
        return hashlib.sha256(canonical.encode()).digest()

    def check(self) -> None:
        """Raises BadUserInput for a key that is empty, too long or cannot be stored."""
        if not 1 <= len(self.key) <= KEY_CHARS or not storable(self.key):
            raise BadUserInput(f"idempotencyKey has 1 to {KEY_CHARS} characters.")


class AlreadyDone(Exception):
    """The same request was done before: its first outcome stands in for doing it again."""

    def __init__(self, outcome: Ticket | Message) -> None:
        self.outcome = outcome


class Idempotency(Model):
    """One outcome: the ticket at a revision, or a message. Unique by account and key."""

    id = fields.BigIntField(primary_key=True)
    account = fields.CharField(max_length=100)
    key = fields.CharField(max_length=KEY_CHARS)
    operation = fields.CharField(max_length=40)
    fingerprint = fields.BinaryField()
    ticket_id = fields.UUIDField()
    revision = fields.IntField()
    message_id: UUID | None = fields.UUIDField(null=True)
    created_at_ms = fields.BigIntField(db_index=True)

    class Meta:
        table = "idempotency"
        unique_together = (("account", "key"),)

    @classmethod
    def of(cls, once: Once, account: str, now_ms: int) -> Idempotency:
        """A request that an account makes at `now_ms` (Unix ms), its outcome still to be told."""
        fingerprint = once.fingerprint
        return cls(
            account=account, key=once.key, operation=once.operation, fingerprint=fingerprint, created_at_ms=now_ms
        )

    def is_for(self, once: Once) -> None:
        """Raises IdempotencyConflict where the key was used for something else."""
        if (self.operation, bytes(self.fingerprint)) != (once.operation, once.fingerprint):
            raise IdempotencyConflict
