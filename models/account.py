"""Who can sign in: accounts with a role, and what stands for them: tokens, codes, sessions."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from enum import StrEnum
from typing import ClassVar, Self

from tortoise import fields
from tortoise.models import Model

from models.bounds import COLUMN_CHARS
from models.errors import InvalidInput

LOOKUP = re.compile(r"[0-9a-f]{8}")
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


class Credential(Model):
    """A secret `PREFIX_LOOKUP_SECRET` that stands for an account: found by its visible lookup, kept as a hash only.

    The secret has 256 bits, so one round of SHA-256 protects it as well as a slow hash would.
    """

    prefix: ClassVar[str]

    lookup = fields.CharField(max_length=16, primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", on_delete=fields.RESTRICT, db_index=True, related_name=False
    )
    secret_hash = fields.BinaryField()
    created_at_ms = fields.BigIntField()

    class Meta:
        abstract = True

    @classmethod
    def mint(cls, account: Account, now_ms: int, **more: int) -> tuple[Self, str]:
        """A new credential of `account`, unsaved, and its text, which is shown once and kept nowhere."""
        lookup, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        credential = cls(
            lookup=lookup, account_id=account.id, secret_hash=_hashed(secret), created_at_ms=now_ms, **more
        )
        return credential, f"{cls.prefix}_{lookup}_{secret}"

    @classmethod
    async def of(cls, text: str, now_ms: int) -> Self | None:
        """The credential with this text and its active account, or None for one that is wrong in any way or over."""
        prefix, _, rest = text.partition("_")
        lookup, _, secret = rest.partition("_")
        if prefix != cls.prefix or not LOOKUP.fullmatch(lookup):
            return None
        credential = await cls.get_or_none(lookup=lookup).select_related("account")
        if credential is None or not hmac.compare_digest(_hashed(secret), credential.secret_hash):
            return None
        return credential if credential.account.active and not credential.is_over(now_ms) else None

    def is_over(self, now_ms: int) -> bool:
        """Whether its time has run out."""
        return False


class Token(Credential):
    """A bearer token, with which programs (RFC 6750) and people sign in."""

    prefix = "gd"

    class Meta:
        table = "tokens"


class Expiring(Credential):
    """A credential that ends by time."""

    expires_at_ms: int = fields.BigIntField(db_index=True)

    class Meta:
        abstract = True

    def is_over(self, now_ms: int) -> bool:
        return now_ms >= self.expires_at_ms


class SignInCode(Expiring):
    """A code that signs in once, from a link."""

    prefix = "gc"

    class Meta:
        table = "sign_in_codes"


class Session(Expiring):
    """A browser that is signed in; its text is the cookie."""

    prefix = "gs"

    class Meta:
        table = "sessions"


def account_name(name: str) -> str:
    """A name of 1 to 100 printable characters that no rule, mailbox or program has; else InvalidInput."""
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise InvalidInput("name", "A name has 1 to 100 printable characters, without blanks around it.")
    if name in RESERVED or ":" in name:
        raise InvalidInput("name", f"The name {name!r} is reserved.")
    return name


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
