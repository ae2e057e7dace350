"""Who can sign in: accounts with a role, and their tokens."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.bounds import COLUMN_CHARS
from models.errors import InvalidInput

PREFIX = "gd"
RESERVED = frozenset({"import", "mailbox", "system", "an agent"})


class Role(StrEnum):
    CUSTOMER = "CUSTOMER"
    AGENT = "AGENT"
    PARTNER = "PARTNER"
    ADMIN = "ADMIN"


STAFF = frozenset({Role.AGENT, Role.ADMIN})
"""Roles that work on tickets: they hold locks, decide, and read notes."""


class Account(Model):
    """A person or a program that can sign in; its name is unique and appears in the history for ever."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=COLUMN_CHARS, unique=True)
    role = fields.CharEnumField(Role, max_length=16)
    user_id = fields.CharField(max_length=COLUMN_CHARS, null=True)
    active = fields.BooleanField(default=True)
    created_at_ms = fields.BigIntField()

    class Meta:
        table = "accounts"

    def agrees(self, role: Role, user_id: str | None) -> None:
        """Raises InvalidInput where the account that exists is another one than was asked for."""
        if self.role is not role:
            raise InvalidInput("role", f"{self.name} exists and is {self.role}, not {role}.")
        if self.user_id != user_id:
            raise InvalidInput("userId", f"{self.name} exists with the user id {self.user_id!r}.")


class Token(Model):
    """A bearer token `gd_LOOKUP_SECRET`: found by its visible lookup, kept as a hash only.

    The secret has 256 bits, so one round of SHA-256 protects it as well as a slow hash would.
    """

    lookup = fields.CharField(max_length=16, primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", on_delete=fields.RESTRICT, db_index=True
    )
    secret_hash = fields.BinaryField()
    created_at_ms = fields.BigIntField()

    class Meta:
        table = "tokens"

    @classmethod
    def mint(cls, account: Account, now_ms: int) -> tuple[Token, str]:
        """A new token of `account`, unsaved, and its text, which is shown once and kept nowhere."""
        lookup, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        token = cls(lookup=lookup, account_id=account.id, secret_hash=_hashed(secret), created_at_ms=now_ms)
        return token, f"{PREFIX}_{lookup}_{secret}"

    @classmethod
    async def account_of(cls, text: str) -> Account | None:
        """The active account that `text` signs in, or None for a token that is wrong in any way."""
        prefix, _, rest = text.partition("_")
        lookup, _, secret = rest.partition("_")
        if prefix != PREFIX or not lookup.isalnum() or not lookup.isascii():
            return None
        token = await cls.get_or_none(lookup=lookup).select_related("account")
        if token is None or not hmac.compare_digest(_hashed(secret), token.secret_hash):
            return None
        return token.account if token.account.active else None


def account_name(name: str) -> str:
    """A name of 1 to 100 printable characters that no rule, mailbox or program has; else InvalidInput."""
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise InvalidInput("name", "A name has 1 to 100 printable characters, without blanks around it.")
    if name in RESERVED or ":" in name:
        raise InvalidInput("name", f"The name {name!r} is reserved.")
    return name


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
