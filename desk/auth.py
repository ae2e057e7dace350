"""Credentials to viewer, and the door that they come through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address

from starlette.requests import HTTPConnection
from starlette.responses import Response

from desk.rates import Rates
from desk.settings import Settings
from models.credential import Credential, Session, Token
from models.errors import Unauthenticated
from models.ticket import Source
from models.work import World
from resolvers.viewer import Viewer

USE_MS = 60_000
"""How exactly the last use of a token is known, ms: one write a minute, however often it is used."""


class Doorkeeper:
    """Knows viewers by their bearer token (RFC 6750), or by the session cookie of the desk's own page."""

    def __init__(self, world: World, *, names_shown: bool) -> None:
        self._world = world
        self._names_shown = names_shown
        self.used: dict[str, int] = {}
        """Tokens whose use is to be written down: when (Unix ms), by their lookup."""

    async def viewer(self, authorization: object, session: str | None, address: str | None) -> Viewer | None:
        """The viewer of an Authorization value, else of a session; None without either.

        Raises Unauthenticated for a wrong one.
        """
        now_ms = self._world.now_ms()
        if authorization is not None:
            scheme, _, text = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
            token = await Token.of(text.strip(), now_ms) if scheme.lower() == "bearer" else None
            if token is None:
                raise Unauthenticated("This token is not valid.")
            if (token.used_at_ms or 0) + USE_MS <= now_ms:
                self.used[token.lookup] = now_ms
            viewer = self._of(token, Source.API, address)
            narrowed = token.acts_as is not viewer.role
            role, user_id = token.acts_as, token.acts_for
            return replace(viewer, role=role, user_id=user_id, token=token.lookup, narrowed=narrowed)
        if session is None:
            return None
        signed_in = await Session.of(session, now_ms)
        if signed_in is None:
            raise Unauthenticated("This session is over: sign in again.")
        return replace(self._of(signed_in, Source.WEB, address), token=signed_in.token)

    def _of(self, credential: Credential, source: Source, address: str | None) -> Viewer:
        viewer = Viewer.of(credential.account, self._world)
        until_ms, shown = credential.expires_at_ms, self._names_shown
        return replace(viewer, source=source, address=address, until_ms=until_ms, names_shown=shown)


def address_of(connection: HTTPConnection) -> str | None:
    """The client's network address; None where a proxy named something that is none."""
    try:
        return str(ip_address(connection.client.host)) if connection.client else None
    except ValueError:
        return None


@dataclass
class Door:
    """The request or socket by which an operation came in; only an answer to a request can carry a cookie back."""

    settings: Settings
    rates: Rates
    connection: HTTPConnection
    response: Response | None = None

    @property
    def address(self) -> str | None:
        return address_of(self.connection)

    @property
    def session(self) -> str | None:
        return self.connection.cookies.get(self.settings.cookie)

    @property
    def lasting_ms(self) -> int:
        return self.settings.session_seconds * 1_000

    @property
    def keeps_cookies(self) -> bool:
        return self.response is not None

    async def attempt(self, name: str) -> None:
        await self.rates.attempt(name, self.address)

    def keep(self, session: str | None) -> None:
        if self.response is None:
            return
        secure = (self.settings.origin or str(self.connection.url)).startswith("https:")
        age = self.settings.session_seconds if session else 0
        self.response.set_cookie(
            self.settings.cookie, session or "", max_age=age, httponly=True, samesite="strict", secure=secure
        )
