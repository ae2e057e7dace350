"""Accounts, and how they sign in."""

from __future__ import annotations

from models.account import Account, Role, Session, SignInCode, Token, account_name
from models.errors import InvalidInput, Unauthenticated
from models.unit_of_work import unit_of_work
from models.work import Caller, Work

CODE_MS = 600_000
"""How long a code of a sign-in link may wait, ms: ten minutes."""


@unit_of_work
async def create_token(work: Work, caller: Caller, name: str, role: Role, user_id: str | None) -> str:
    """A new token for the account `name`, which is made if there is none; returns its text, kept nowhere.

    Raises InvalidInput for another role or user id than the account has, and where a customer has no user id or
    somebody else has one.
    """
    if (role is Role.CUSTOMER) != (user_id is not None):
        raise InvalidInput("userId", "A customer has a user id, and nobody else has one.")
    user_id = work.bounds.user_id(user_id) if user_id is not None else None
    await work.hold_time()
    account = await Account.get_or_none(name=account_name(name))
    if account is None:
        account = await Account.create(
            id=work.new_id(), name=name, role=role, user_id=user_id, created_at_ms=work.now_ms
        )
    account.agrees(role, user_id)
    token, text = Token.mint(account, work.now_ms)
    await token.save()
    return text


@unit_of_work
async def create_code(work: Work, caller: Caller, name: str) -> str:
    """A code that signs the account `name` in once, within ten minutes; returns its text, kept nowhere."""
    now_ms = caller.world.now_ms()
    code, text = SignInCode.mint(await Account.get(name=name), now_ms, expires_at_ms=now_ms + CODE_MS)
    await code.save()
    return text


@unit_of_work
async def sign_in(work: Work, caller: Caller, secret: str, lasting_ms: int) -> str:
    """Opens a session for a sign-in code, which is used up, or for a token; returns the session's text.

    What has run out by time is forgotten on the way. Raises Unauthenticated for a wrong, used or old secret.
    """
    now_ms = caller.world.now_ms()  # the doorkeeper's clock, which ends the session
    for kind in (SignInCode, Session):
        await kind.filter(expires_at_ms__lte=now_ms).delete()
    code = await SignInCode.of(secret, now_ms)
    found = code or await Token.of(secret, now_ms)
    if found is None or (code and not await SignInCode.filter(lookup=code.lookup).delete()):
        raise Unauthenticated("This link or token is not valid, or no longer.")
    session, text = Session.mint(found.account, now_ms, expires_at_ms=now_ms + lasting_ms)
    await session.save()
    return text


@unit_of_work
async def sign_out(work: Work, caller: Caller, secret: str) -> None:
    """Ends the session with this text; one that is over already stays so."""
    if session := await Session.of(secret, caller.world.now_ms()):
        await session.delete()
