"""Who can sign in: accounts with a role."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tortoise import fields
from tortoise.models import Model

from models.bounds import COLUMN_CHARS, findable
from models.errors import InvalidInput, NotFound
from models.event import EventKind

if TYPE_CHECKING:
    from models.work import Work

ERASED = "erased-"
"""How the names begin that erased accounts have."""
RESERVED = frozenset({"import", "mailbox", "system", "an agent"})


class Role(StrEnum):
    CUSTOMER = "CUSTOMER"
    AGENT = "AGENT"
    PARTNER = "PARTNER"
    ADMIN = "ADMIN"


STAFF = frozenset({Role.AGENT, Role.ADMIN})
"""Roles that work on tickets: they hold locks, decide, and read notes."""

MAY_ACT_AS: Final[Mapping[Role, frozenset[Role]]] = {
    Role.CUSTOMER: frozenset({Role.CUSTOMER}),
    Role.AGENT: frozenset({Role.AGENT, Role.PARTNER}),
    Role.PARTNER: frozenset({Role.PARTNER}),
    Role.ADMIN: frozenset(Role),
}
"""The roles that a token of an account may have: its own, and those that may do less. Only an admin's may speak for a
customer, whose account an admin could make as well."""


class Account(Model):
    """A person or a program that can sign in; its name is unique and appears in the history for ever.

    Each verb saves the row and says so in the journal, in an event of no ticket.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=COLUMN_CHARS, unique=True)
    role = fields.CharEnumField(Role, max_length=16)
    user_id = fields.CharField(max_length=COLUMN_CHARS, null=True)
    active = fields.BooleanField(default=True)
    password: str | None = fields.TextField(null=True)
    """Its argon2id hash; None where there is none, and one signs in by link or token only."""
    created_at_ms = fields.BigIntField()

    class Meta:
        table = "accounts"

    @classmethod
    async def named(cls, name: str, *, hold: bool = False) -> Account:
        """The account with this name, held until the end where that is asked for. Raises NotFound."""
        found = cls.filter(name=name)
        account = await (found.select_for_update() if hold else found).first() if findable(name) else None
        if account is None:
            raise NotFound("There is no such account.")
        return account

    @classmethod
    async def open(cls, work: Work, name: str, role: Role, user_id: str | None) -> Account:
        """A new account. Raises InvalidInput for a name that is taken or may not be, or a user id that does not fit."""
        fits(role, user_id)
        if await cls.exists(name__iexact=account_name(name)):
            raise InvalidInput("name", f"There is an account with the name {name!r}.")
        account = cls(id=work.new_id(), name=name, role=role, user_id=user_id, created_at_ms=work.now_ms)
        await account.save()
        work.audited(EventKind.ACCOUNT_CREATED, account)
        return account

    async def become(self, work: Work, role: Role, user_id: str | None) -> None:
        """Takes another role. Raises InvalidInput where the user id does not fit, or no admin would be left."""
        fits(role, user_id)
        if (self.role, self.user_id) == (role, user_id):
            return
        if role is not Role.ADMIN:
            await self._leaves_an_admin("role")
        self.role, self.user_id = role, user_id
        await self.save(update_fields=["role", "user_id"])
        work.audited(EventKind.ROLE_CHANGED, self)

    async def disable(self, work: Work) -> None:
        """Keeps the account from signing in, at once and everywhere. Raises InvalidInput for the last admin."""
        if self.active:
            await self._leaves_an_admin("account")
            await self._set_active(work, False, EventKind.ACCOUNT_DISABLED)

    async def enable(self, work: Work) -> None:
        """Lets the account sign in again."""
        if not self.active:
            await self._set_active(work, True, EventKind.ACCOUNT_ENABLED)

    async def take_password(self, work: Work, hashed: str) -> None:
        """Signs in by this password from now on, given as its hash."""
        self.password = hashed
        await self.save(update_fields=["password"])
        work.audited(EventKind.PASSWORD_SET, self)

    async def erase(self, work: Work, name: str, user_id: str) -> None:
        """Leaves of an account that it was there, under a name and a user id that say nothing."""
        self.name, self.user_id, self.password = name, user_id, None
        await self.save(update_fields=["name", "user_id", "password"])
        work.audited(EventKind.ACCOUNT_ERASED, self)

    def content(self) -> dict[str, object]:
        """What an event keeps of the account."""
        return {"name": self.name, "role": self.role, "user_id": self.user_id, "active": self.active}

    def agrees(self, role: Role, user_id: str | None) -> None:
        """Raises InvalidInput where the account that exists is another one than was asked for."""
        if self.role is not role:
            raise InvalidInput("role", f"{self.name} exists and is {self.role}, not {role}.")
        if self.user_id != user_id:
            raise InvalidInput("userId", f"{self.name} exists with the user id {self.user_id!r}.")

    async def _set_active(self, work: Work, active: bool, kind: EventKind) -> None:
        self.active = active
        await self.save(update_fields=["active"])
        work.audited(kind, self)

    async def _leaves_an_admin(self, field: str) -> None:
        """Raises InvalidInput for the last admin. The caller holds them all, or two would count on each other."""
        is_one = self.role is Role.ADMIN and self.active
        if is_one and await Account.filter(role=Role.ADMIN, active=True).count() == 1:
            raise InvalidInput(field, f"{self.name} is the last admin: make another one first.")


def account_name(name: str) -> str:
    """A name of 1 to 100 printable characters that no rule, mailbox or program has; else InvalidInput."""
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise InvalidInput("name", "A name has 1 to 100 printable characters, without blanks around it.")
    if unicodedata.normalize("NFKC", name) != name:
        raise InvalidInput("name", "Write this name in its plain form (Unicode NFKC): it looks like another one.")
    if name.casefold() in RESERVED or ":" in name or name.startswith(ERASED):
        raise InvalidInput("name", f"The name {name!r} is reserved.")
    return name


def fits(role: Role, user_id: str | None) -> None:
    """Raises InvalidInput where a customer has no user id, or somebody else has one."""
    if (role is Role.CUSTOMER) != (user_id is not None):
        raise InvalidInput("userId", "A customer has a user id, and nobody else has one.")
