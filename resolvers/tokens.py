"""Tokens, with which programs sign in: made, listed, revoked."""

from __future__ import annotations

from collections.abc import Mapping

from models.account import MAY_ACT_AS, Account, Role
from models.credential import LOOKUP, Token
from models.errors import InvalidInput, NotFound
from models.event import EventKind
from models.ticket import Source
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.accounts import existing
from resolvers.context import Context
from resolvers.policies import allow
from resolvers.viewer import Viewer

TOKENS_PER_ACCOUNT = 100


@unit_of_work
async def issue(work: Work, caller: Caller, name: str, role: Role, user_id: str | None) -> str:
    """A new token for the account `name`, which is made if there is none; returns its text, kept nowhere.

    Raises InvalidInput for another role or user id than the account has, and where a customer has no user id or
    somebody else has one.
    """
    allow(caller, "accounts")
    await work.hold_time()
    account = await existing(work, name, role, user_id)
    return (await _mint(work, account, "command line", None, None))[1]


@unit_of_work
async def create(
    work: Work, viewer: Viewer, name: str, account: str | None, role: Role | None, expires_at_ms: int | None
) -> tuple[Token, str]:
    """A new token of the viewer, or for an admin of any account, and its text, kept nowhere.

    `role` narrows it; None is the account's, whatever that is by then. Raises Forbidden, NotFound, and InvalidInput
    for a token with more rights than it is made with, or a longer life.
    """
    owner = await _owner(viewer, account, hold=True)
    await work.hold_time()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidInput("name", "A token's name has 1 to 100 printable characters.")
    mine = owner.id == viewer.account_id
    if mine and viewer.role is not owner.role:
        role = role or viewer.role
    if role is not None and role not in MAY_ACT_AS[viewer.role if mine else owner.role]:
        raise InvalidInput("role", f"A token of this account cannot be {role}.")
    if expires_at_ms is not None and expires_at_ms <= work.now_ms:
        raise InvalidInput("expiresAt", "That is over already.")
    until_ms = viewer.until_ms if viewer.source is Source.API else None
    if until_ms is not None and (expires_at_ms is None or expires_at_ms > until_ms):
        raise InvalidInput("expiresAt", "A token does not make one that outlives it.")
    if await Token.filter(account_id=owner.id).count() >= TOKENS_PER_ACCOUNT:
        raise InvalidInput("account", f"An account has at most {TOKENS_PER_ACCOUNT} tokens: revoke one first.")
    return await _mint(work, owner, name, role, expires_at_ms)


@unit_of_work
async def revoke(work: Work, caller: Caller, id: str) -> Token:
    """Ends a token, named by its visible part, at once and everywhere. Raises NotFound where there is none for them."""
    allow(caller, "own")
    lookup = id.removeprefix(f"{Token.prefix}_")
    found = Token.filter(lookup=lookup).select_related("account")
    token = await found.first() if LOOKUP.fullmatch(lookup) else None
    if token is None or (isinstance(caller, Viewer) and not _may_see(caller, token.account)):
        raise NotFound("There is no such token.")
    await work.hold_time()
    if await Token.filter(lookup=token.lookup).delete():
        work.audited(EventKind.TOKEN_REVOKED, token.account, token=token.visible)
    return token


async def of(context: Context, account: str | None) -> list[Token]:
    """The tokens of the viewer, or for an admin of any account, the newest first."""
    owner = await _owner(context.viewer, account)
    tokens = await Token.filter(account_id=owner.id).order_by("-created_at_ms", "lookup").limit(TOKENS_PER_ACCOUNT)
    for token in tokens:
        token.account = owner
    return tokens


@unit_of_work
async def note_uses(work: Work, caller: Caller, used: Mapping[str, int]) -> None:
    """Writes down when tokens were used last, by their lookup (Unix ms)."""
    for lookup, at_ms in sorted(used.items()):
        await Token.filter(lookup=lookup).update(used_at_ms=at_ms)


async def _owner(viewer: Viewer, account: str | None, *, hold: bool = False) -> Account:
    allow(viewer, "own" if account in (None, viewer.name) else "accounts")
    return await Account.named(account or viewer.name, hold=hold)


def _may_see(viewer: Viewer, owner: Account) -> bool:
    return owner.id == viewer.account_id or viewer.role is Role.ADMIN


async def _mint(
    work: Work, account: Account, name: str, role: Role | None, expires_at_ms: int | None
) -> tuple[Token, str]:
    token, text = Token.mint(account, work.now_ms, name=name, role=role, expires_at_ms=expires_at_ms)
    token.account = account
    await token.save()
    work.audited(EventKind.TOKEN_CREATED, account, token=token.visible)
    return token, text
