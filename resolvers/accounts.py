"""Accounts: made, given a role, disabled, listed; and what happened to them."""

from __future__ import annotations

from models import password
from models.account import Account, Role
from models.bounds import findable
from models.credential import Session, SignInCode
from models.event import Event
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.context import Context
from resolvers.cursors import ListCursor, NameCursor, list_id
from resolvers.pages import Page
from resolvers.policies import allow


async def create(caller: Caller, name: str, role: Role, user_id: str | None, word: str | None = None) -> Account:
    """A new account, with a password or to be invited. Raises Forbidden, and InvalidInput for what does not fit."""
    allow(caller, "accounts")
    hashed = await password.hashed(password.password(word, name)) if word is not None else None
    return await _create(caller, name, role, user_id, hashed)


@unit_of_work
async def _create(
    work: Work, caller: Caller, name: str, role: Role, user_id: str | None, hashed: str | None
) -> Account:
    await work.hold_time()
    account = await _open(work, name, role, user_id)
    if hashed is not None:
        await account.take_password(work, hashed)
    return account


async def existing(work: Work, name: str, role: Role, user_id: str | None) -> Account:
    """The account with this name, made if there is none. Raises InvalidInput where it is another than was asked for."""
    if account := await Account.get_or_none(name=name) if findable(name) else None:
        account.agrees(role, user_id)
        return account
    return await _open(work, name, role, user_id)


async def _open(work: Work, name: str, role: Role, user_id: str | None) -> Account:
    return await Account.open(work, name, role, work.bounds.user_id(user_id) if user_id is not None else None)


@unit_of_work
async def set_role(work: Work, caller: Caller, name: str, role: Role, user_id: str | None) -> Account:
    """Gives an account another role. Raises Forbidden, NotFound, and InvalidInput where no admin would be left."""
    allow(caller, "accounts")
    user_id = work.bounds.user_id(user_id) if user_id is not None else None
    account = await _held(work, name)
    await account.become(work, role, user_id)
    return account


@unit_of_work
async def disable(work: Work, caller: Caller, name: str) -> Account:
    """Keeps an account out, at once and everywhere; its tokens sleep, its sessions and codes are over."""
    allow(caller, "accounts")
    account = await _held(work, name)
    await account.disable(work)
    for kind in (SignInCode, Session):
        await kind.filter(account_id=account.id).delete()
    return account


@unit_of_work
async def enable(work: Work, caller: Caller, name: str) -> Account:
    """Lets an account in again, with the tokens and the password that it had."""
    allow(caller, "accounts")
    account = await _held(work, name)
    await account.enable(work)
    return account


async def _held(work: Work, name: str) -> Account:
    """The account, held behind all admins, who are held in one order: two who change each other do not deadlock."""
    await Account.filter(role=Role.ADMIN).order_by("id").select_for_update()
    account = await Account.named(name, hold=True)
    await work.hold_time()
    return account


async def one(context: Context, name: str) -> Account | None:
    """The account with this name, or None."""
    allow(context.viewer, "accounts")
    return await Account.get_or_none(name=name) if findable(name) else None


async def page(context: Context, first: int, after: str | None) -> Page[Account]:
    """One page of all accounts, by name."""
    allow(context.viewer, "accounts")
    size, found = context.world.bounds.page(first), Account.all()
    if after is not None:
        found = found.filter(name__gt=NameCursor.parse(after).name)
    rows = await found.order_by("name").limit(size + 1)
    return Page.of(rows, size, lambda row: NameCursor(row.name), after)


async def events(context: Context, name: str | None, first: int, after: str | None) -> Page[Event]:
    """One page of what happened to all accounts or one, the newest first; what was pruned is gone."""
    allow(context.viewer, "accounts")
    size, this = context.world.bounds.page(first), list_id("auditEvents", name)
    found = Event.filter(account_id__isnull=False)
    if name is not None:
        account = await one(context, name)
        found = found.filter(account_id=account.id) if account else found.filter(position__lt=0)
    if after is not None:
        found = found.filter(position__lt=ListCursor.parse(after, this).major)
    rows = await found.order_by("-position").limit(size + 1)
    return Page.of(rows, size, lambda row: ListCursor(this, row.position, 0), after)
