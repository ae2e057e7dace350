"""Tokens, with which programs sign in: made, listed, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.account import MAY_ACT_AS, Account, Role, fits
from models.credential import LOOKUP, Session, Token
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


@dataclass(frozen=True)
class NewToken:
    """A token as it is asked for; left out, it may do what its account may by then, and ends by revocation only."""

    name: str
    role: Role | None = None
    user_id: str | None = None
    """Of a CUSTOMER: whose tickets it sees."""
    expires_at_ms: int | None = None

    def check(self, work: Work, role: Role, user_id: str | None) -> None:
        """Raises InvalidInput for a name that cannot be read, and for more rights than this role and user id have."""
        if not 1 <= len(self.name) <= 100 or not self.name.isprintable():
            raise InvalidInput("name", "A token's name has 1 to 100 printable characters.")
        if self.role is not None and self.role not in MAY_ACT_AS[role]:
            raise InvalidInput("role", f"This account makes no token that is {self.role}.")
        if self.user_id is not None and work.bounds.user_id(self.user_id) != user_id and role is not Role.ADMIN:
            raise InvalidInput("userId", "Only an admin's token speaks for somebody else.")
        fits(self.role or role, self.user_id or user_id)

    def lasts(self, now_ms: int, until_ms: int | None) -> None:
        """Raises InvalidInput where it would be over already, or would outlive the token that makes it."""
        ends_ms = self.expires_at_ms
        if ends_ms is not None and ends_ms <= now_ms:
            raise InvalidInput("expiresAt", "That is over already.")
        if until_ms is not None and (ends_ms is None or ends_ms > until_ms):
            raise InvalidInput("expiresAt", "A token makes none that outlives it.")


@unit_of_work
async def issue(work: Work, caller: Caller, name: str, role: Role, user_id: str | None) -> str:
    """A new token for the account `name`, which is made if there is none; returns its text, kept nowhere.

    Raises InvalidInput for another role or user id than the account has, and where a customer has no user id or
    somebody else has one.
    """
    allow(caller, "accounts")
    await work.hold_time()
    account = await existing(work, name, role, user_id)
    return (await _mint(work, account, NewToken("command line")))[1]


@unit_of_work
async def create(work: Work, viewer: Viewer, new: NewToken, account: str | None) -> tuple[Token, str]:
    """A new token of the viewer, or for an admin of any account, and its text, kept nowhere.

    Raises Forbidden, NotFound, and InvalidInput for a token with more rights than it is made with, or a longer life.
    """
    owner = await _owner(viewer, account, hold=True)
    await work.hold_time()
    new.check(work, owner.role, owner.user_id)
    new.lasts(work.now_ms, viewer.until_ms if viewer.source is Source.API else None)
    if new.user_id == owner.user_id:
        new = replace(new, user_id=None)
    return await _mint(work, owner, new, viewer.token)


@unit_of_work
async def revoke(work: Work, caller: Caller, id: str) -> Token:
    """Ends a token, named by its visible part, and the sessions and tokens that it made, at once and everywhere.

    Raises NotFound where there is none for them.
    """
    allow(caller, "own")
    lookup = id.removeprefix(f"{Token.prefix}_")
    found = Token.filter(lookup=lookup).select_related("account")
    token = await found.first() if LOOKUP.fullmatch(lookup) else None
    if token is None or (isinstance(caller, Viewer) and not _may_see(caller, token.account)):
        raise NotFound("There is no such token.")
    await work.hold_time()
    await _end(work, token)
    return token


async def _end(work: Work, token: Token) -> None:
    await Session.filter(begun_with=token.lookup).delete()
    if await Token.filter(lookup=token.lookup).delete():
        work.audited(EventKind.TOKEN_REVOKED, token.account, token=token.visible)
    for made in await Token.filter(made_with=token.lookup).select_related("account"):
        await _end(work, made)


async def of(context: Context, account: str | None) -> list[Token]:
    """The tokens of the viewer, or for an admin of any account, the newest first; none of an account that is not."""
    try:
        owner = await _owner(context.viewer, account)
    except NotFound:
        return []
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
    return await Account.named(viewer.name if account is None else account, hold=hold)


def _may_see(viewer: Viewer, owner: Account) -> bool:
    return owner.id == viewer.account_id or viewer.role is Role.ADMIN


async def _mint(work: Work, account: Account, new: NewToken, made_with: str | None = None) -> tuple[Token, str]:
    await Token.filter(account_id=account.id, expires_at_ms__lte=work.now_ms).delete()
    if await Token.filter(account_id=account.id).count() >= TOKENS_PER_ACCOUNT:
        raise InvalidInput("account", f"An account has at most {TOKENS_PER_ACCOUNT} tokens: revoke one first.")
    token, text = Token.mint(account, work.now_ms, **vars(new), made_with=made_with)
    token.account = account
    await token.save()
    work.audited(EventKind.TOKEN_CREATED, account, token=token.visible)
    return token, text
