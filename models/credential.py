"""What stands for an account: tokens, one-time codes, sessions."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any, ClassVar, Self

from tortoise import fields
from tortoise.models import Model

from models.account import MAY_ACT_AS, Account, Role
from models.bounds import COLUMN_CHARS

LOOKUP = re.compile(r"[0-9a-f]{8}")
PASSWORD, CODE = "password", "code"


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
    expires_at_ms: int | None
    """When it ends (Unix ms); None: by revocation only."""

    class Meta:
        abstract = True

    @classmethod
    def mint(cls, account: Account, now_ms: int, **more: Any) -> tuple[Self, str]:
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
        return credential if credential.stands(now_ms) else None

    @property
    def visible(self) -> str:
        """The part of its text that is no secret, by which it is listed and named."""
        return f"{self.prefix}_{self.lookup}"

    def stands(self, now_ms: int) -> bool:
        """Whether it signs in at `now_ms` (Unix ms)."""
        return self.account.active and (self.expires_at_ms is None or now_ms < self.expires_at_ms)


class Token(Credential):
    """A bearer token, with which programs (RFC 6750) and people sign in, under the account's role or a lower one."""

    prefix = "gd"

    name = fields.CharField(max_length=COLUMN_CHARS, db_default="")
    role: Role | None = fields.CharEnumField(Role, max_length=16, null=True)  # type: ignore[assignment]
    """None: the account's, whatever that is by then."""
    user_id = fields.CharField(max_length=COLUMN_CHARS, null=True)
    """Whose tickets it sees as a CUSTOMER; None: those of the account's user id, if it has one."""
    expires_at_ms: int | None = fields.BigIntField(null=True)
    made_with = fields.CharField(max_length=16, null=True)
    """The lookup of the token that made it, with which it ends."""
    used_at_ms: int | None = fields.BigIntField(null=True)
    """When it was used last, to the minute."""

    class Meta:
        table = "tokens"

    @property
    def acts_as(self) -> Role:
        return self.role or self.account.role

    @property
    def acts_for(self) -> str | None:
        return self.user_id or self.account.user_id

    def stands(self, now_ms: int) -> bool:
        rights = self.acts_as in MAY_ACT_AS[self.account.role]
        return super().stands(now_ms) and rights and (self.user_id is None or self.account.role is Role.ADMIN)


class SignInCode(Credential):
    """A code that signs in once, from a link."""

    prefix = "gc"

    expires_at_ms: int | None = fields.BigIntField(db_index=True)

    class Meta:
        table = "sign_in_codes"


class Session(Credential):
    """A browser that is signed in; its text is the cookie."""

    prefix = "gs"

    expires_at_ms: int | None = fields.BigIntField(db_index=True)
    begun_with = fields.CharField(max_length=16, db_default=PASSWORD)
    """A password, the code of a link, or a token: then its lookup."""

    class Meta:
        table = "sessions"

    @property
    def by_code(self) -> bool:
        """Whether it began with a one-time link, which whoever forgot the password has instead of it."""
        return self.begun_with == CODE

    @property
    def token(self) -> str | None:
        """The lookup of the token that it began with, if it was one."""
        return self.begun_with if LOOKUP.fullmatch(self.begun_with) else None


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
