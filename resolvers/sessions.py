"""Signing in and out, and what it takes: passwords, and codes of links that work once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models import password
from models.account import Account
from models.bounds import findable
from models.credential import CODE, PASSWORD, Session, SignInCode, Token
from models.errors import BadUserInput, InvalidInput, SignInRefused
from models.event import EventKind
from models.unit_of_work import unit_of_work
from models.work import Caller, System, Work
from resolvers.context import Context
from resolvers.policies import allow
from resolvers.viewer import Viewer

CODE_MS = 600_000
"""How long a code of a sign-in link may wait, ms: ten minutes."""
INVITATION_MS = 3 * 86_400_000
"""How long the code of an invitation may wait, ms: three days."""


@dataclass(frozen=True)
class SignedIn:
    """A session that begins, and whose it is."""

    viewer: Viewer
    text: str
    expires_at_ms: int


async def sign_in(context: Context, name: str | None, word: str | None, secret: str | None) -> SignedIn:
    """Opens a session for a name and its password, or for a secret: a code, which is used up, or a token.

    Raises SignInRefused, after the same time whatever was wrong, and RateLimited.
    """
    if (secret is None) == (name is None) or (name is None) != (word is None):
        raise BadUserInput("Give a name and a password, or a secret.")
    door, visitor = context.door, System(context.world, address=context.door.address)
    if not door.keeps_cookies:
        raise BadUserInput("Sign in by an HTTP request: a socket cannot set the session's cookie.")
    await door.attempt(name or (secret or "")[: len("gd_12345678")])
    if name is not None and word is not None:
        account = await Account.get_or_none(name=name, active=True) if findable(name) else None
        if not await password.fits(word, account.password if account else None) or account is None:
            raise SignInRefused("The name or the password is wrong.")
        signed_in = await _open(visitor, account.id, account.password, door.lasting_ms)
    else:
        signed_in = await _exchange(visitor, (secret or "").strip(), door.lasting_ms)
    door.keep(signed_in.text)
    return signed_in


@unit_of_work
async def _open(work: Work, caller: Caller, id: UUID, hashed: str | None, lasting_ms: int) -> SignedIn:
    account = await Account.filter(id=id, active=True).select_for_update().first()
    if account is None or account.password != hashed:
        raise SignInRefused("The password was changed just now.")
    return await _begin(work, caller, account, lasting_ms, PASSWORD)


@unit_of_work
async def _exchange(work: Work, caller: Caller, secret: str, lasting_ms: int) -> SignedIn:
    now_ms = caller.world.now_ms()
    code = await SignInCode.of(secret, now_ms)
    found = code or await Token.of(secret, now_ms)
    if found is None or (code and not await SignInCode.filter(lookup=code.lookup).delete()):
        raise SignInRefused("This link or token is not valid, or no longer.")
    if isinstance(found, Token) and (found.role or found.expires_at_ms):
        raise SignInRefused("This token is for programs: it has an end or a role of its own.")
    return await _begin(work, caller, found.account, lasting_ms, CODE if code else found.lookup)


async def _begin(work: Work, caller: Caller, account: Account, lasting_ms: int, begun_with: str) -> SignedIn:
    """A session by the doorkeeper's clock, which ends it; what has run out by time is forgotten on the way."""
    await work.hold_time()
    now_ms = caller.world.now_ms()
    for kind in (SignInCode, Session):
        await kind.filter(expires_at_ms__lte=now_ms).delete()
    session, text = Session.mint(account, now_ms, expires_at_ms=now_ms + lasting_ms, begun_with=begun_with)
    await session.save()
    work.audited(EventKind.SIGNED_IN, account, actor=account.name)
    return SignedIn(Viewer.of(account, caller.world), text, now_ms + lasting_ms)


async def _own_session(context: Context) -> Session | None:
    """The session of the cookie, if it is the viewer's: with a token, it may be somebody else's."""
    text = context.door.session
    session = await Session.of(text, context.world.now_ms()) if text is not None else None
    return session if session is not None and session.account.id == context.viewer.account_id else None


async def sign_out(context: Context, *, everywhere: bool) -> None:
    """Ends this session, or all of the viewer's; one that is over already stays so."""
    viewer = context.viewer_or_none
    if viewer is not None and everywhere:
        allow(viewer, "own")
    session = await _own_session(context) if viewer else None
    if viewer is not None:
        await _end(viewer, session.lookup if session else "", everywhere)
    if viewer is None or session is not None:
        context.door.keep(None)


@unit_of_work
async def _end(work: Work, viewer: Viewer, lookup: str, everywhere: bool) -> None:
    sessions = Session.filter(account_id=viewer.account_id)
    if await (sessions if everywhere else sessions.filter(lookup=lookup)).delete():
        await work.hold_time()
        work.audited(EventKind.SIGNED_OUT, await Account.get(id=viewer.account_id))


@unit_of_work
async def create_code(work: Work, caller: Caller, name: str, lasting_ms: int = CODE_MS) -> tuple[str, int]:
    """A code that signs the account `name` in once; its text, kept nowhere, and until when (Unix ms).

    Raises Forbidden, NotFound, and InvalidInput for an account that is disabled.
    """
    allow(caller, "accounts")
    account = await Account.named(name)
    if not account.active:
        raise InvalidInput("account", f"{name} is disabled: enable the account first.")
    await work.hold_time()
    now_ms = caller.world.now_ms()
    code, text = SignInCode.mint(account, now_ms, expires_at_ms=now_ms + lasting_ms)
    await code.save()
    work.audited(EventKind.CODE_CREATED, account)
    return text, now_ms + lasting_ms


async def set_password(context: Context, new: str, current: str | None) -> Account:
    """Sets the viewer's own password, and ends their other sessions.

    Raises InvalidInput for a password that is too short, and for a wrong current one; whoever came by a one-time link
    needs none. RateLimited where it was tried too often.
    """
    viewer, door = context.viewer, context.door
    allow(viewer, "own")
    password.password(new, viewer.name)
    account, session = await Account.get(id=viewer.account_id), await _own_session(context)
    if session is None or not session.by_code:
        await door.attempt(viewer.name)
        if not await password.fits(current or "", account.password):
            raise InvalidInput("current", "This is not your password. Without one, ask an admin for a one-time link.")
    hashed = await password.hashed(new)
    return await _set_password(viewer, account.password, hashed, session.lookup if session else "")


@unit_of_work
async def _set_password(work: Work, viewer: Viewer, before: str | None, hashed: str, staying: str) -> Account:
    account = await Account.filter(id=viewer.account_id).select_for_update().get()
    if account.password != before:
        raise InvalidInput("current", "The password was changed meanwhile.")
    await work.hold_time()
    await Session.filter(account_id=account.id).exclude(lookup=staying).delete()
    await Session.filter(lookup=staying).update(begun_with=PASSWORD)
    await SignInCode.filter(account_id=account.id).delete()
    await account.take_password(work, hashed)
    return account
