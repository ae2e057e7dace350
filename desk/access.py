"""`guichet account` and `guichet token`: who may come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cyclopts import App

from desk.settings import Settings
from desk.terminal import opened, operator, run
from models.account import Account, Role
from models.credential import Token
from models.instants import print_instant
from models.work import System
from resolvers import accounts, sessions, tokens

account = App(name="account", help="Accounts that sign in.")
token = App(name="token", help="Tokens with which programs sign in.")

LINK = """{url}/#code={code}
The link signs {name} in once, within three days, and lets them choose a password."""


def add_to(app: App) -> None:
    """Adds the commands to `guichet`."""
    app.command(account)
    app.command(token)


def _doing(settings: Settings, job: Callable[[System], Awaitable[str]]) -> int:
    """Does something as whoever runs the desk, and prints what it comes to."""

    async def do() -> int:
        async with opened(settings):
            print(await job(operator(settings)))
        return 0

    return run(do())


async def _link(caller: System, name: str, settings: Settings) -> str:
    code, _ = await sessions.create_code(caller, name, sessions.INVITATION_MS)
    return LINK.format(url=settings.origin or "http://127.0.0.1:8000", code=code, name=name)


@account.command
def create(*, name: str, role: Role, user_id: str | None = None, settings: Settings = Settings()) -> int:  # noqa: B008
    """Make an account and print a link with which its owner signs in and chooses a password.

    Parameters
    ----------
    name
        Unique name; it appears in the history for ever.
    role
        What the account may see and do.
    user_id
        The requester whose tickets a CUSTOMER sees; for no other role.
    """

    async def make(caller: System) -> str:
        await accounts.create(caller, name, role, user_id)
        return await _link(caller, name, settings)

    return _doing(settings, make)


@account.command
def link(*, name: str, settings: Settings = Settings()) -> int:  # noqa: B008
    """Print a link that signs an account in once: an invitation, or the way back for who forgot the password."""
    return _doing(settings, lambda caller: _link(caller, name, settings))


@account.command(name="list")
def list_accounts(*, settings: Settings = Settings()) -> int:  # noqa: B008
    """Print all accounts: name, role, user id, and whether they are disabled."""

    async def told(_caller: System) -> str:
        rows = await Account.all().order_by("name")
        return "\n".join(
            "\t".join([row.name, row.role, row.user_id or "-", "active" if row.active else "disabled"]) for row in rows
        )

    return _doing(settings, told)


@account.command
def role(*, name: str, role: Role, user_id: str | None = None, settings: Settings = Settings()) -> int:  # noqa: B008
    """Give an account another role, at once and wherever it is signed in."""

    async def give(caller: System) -> str:
        account = await accounts.set_role(caller, name, role, user_id)
        return f"{account.name} is {account.role}"

    return _doing(settings, give)


@account.command
def disable(*, name: str, settings: Settings = Settings()) -> int:  # noqa: B008
    """Keep an account out, at once and wherever it is signed in."""

    async def shut(caller: System) -> str:
        return f"{(await accounts.disable(caller, name)).name} cannot sign in any more"

    return _doing(settings, shut)


@account.command
def enable(*, name: str, settings: Settings = Settings()) -> int:  # noqa: B008
    """Let an account in again, with its password and its tokens."""

    async def let(caller: System) -> str:
        return f"{(await accounts.enable(caller, name)).name} can sign in"

    return _doing(settings, let)


@token.command(name="create")
def create_token(*, name: str, role: Role, user_id: str | None = None, settings: Settings = Settings()) -> int:  # noqa: B008
    """Make a token and print it, once: only its hash is kept.

    Parameters
    ----------
    name
        Account that the token signs in; made if there is none.
    role
        The account's role; refused if the account has another.
    user_id
        The requester whose tickets a CUSTOMER sees; for no other role.
    """
    return _doing(settings, lambda caller: tokens.issue(caller, name, role, user_id))


@token.command(name="list")
def list_tokens(*, name: str, settings: Settings = Settings()) -> int:  # noqa: B008
    """Print the tokens of an account: id, name, role, when it was used last and when it ends (RFC 3339)."""

    async def told(_caller: System) -> str:
        found = Token.filter(account_id=(await Account.named(name)).id).select_related("account")
        rows = await found.order_by("created_at_ms")
        return "\n".join(
            "\t".join([row.visible, row.name, row.acts_as, _when(row.used_at_ms), _when(row.expires_at_ms)])
            for row in rows
        )

    return _doing(settings, told)


def _when(at_ms: int | None) -> str:
    return print_instant(at_ms) if at_ms is not None else "never"


@token.command
def revoke(*, id: str, settings: Settings = Settings()) -> int:  # noqa: B008
    """End a token at once, and everything that is open with it.

    Parameters
    ----------
    id
        The visible beginning of its text, such as gd_1a2b3c4d.
    """

    async def end(caller: System) -> str:
        return f"{(await tokens.revoke(caller, id)).visible} is revoked"

    return _doing(settings, end)
