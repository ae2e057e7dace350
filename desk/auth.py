"""Credentials to viewer, and the door that they come through."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address

from starlette.requests import HTTPConnection
from starlette.responses import Response

from desk.mail.checkup import Checkup
from desk.rates import Rates
from desk.settings import Settings
from desk.speed.cache import Moment, Moved
from models.credential import Credential, Session, Token
from models.errors import Unauthenticated
from models.template import ReasonTemplate
from models.ticket import Source
from models.work import World
from resolvers.mailhouse import MailHouse
from resolvers.viewer import Viewer

USE_MS = 60_000
"""How exactly the last use of a token is known, ms: one write a minute, however often it is used."""
MOST_KNOWN = 10_000
"""Credentials whose viewers are known again."""


@dataclass(slots=True)
class Known:
    """A viewer who was seen, when its token's use was noted (Unix ms), the moment before it was read, and its tags."""

    viewer: Viewer
    used_at_ms: int
    moment: Moment
    tags: tuple[str]


class Doorkeeper:
    """Knows viewers by their bearer token (RFC 6750), or by the session cookie of the desk's own page.

    Whom it saw it knows again without a look into the database, while nothing happened to the account.
    """

    def __init__(self, world: World, moved: Moved, *, names_shown: bool) -> None:
        self._world, self._moved = world, moved
        self._names_shown = names_shown
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self.used: dict[str, int] = {}
        """Tokens whose use is to be written down: when (Unix ms), by their lookup."""

    async def viewer(self, authorization: object, session: str | None, address: str | None) -> Viewer | None:
        """The viewer of an Authorization value, else of a session; None without either. To be asked after a look.

        Raises Unauthenticated for a wrong one.
        """
        if authorization is None and session is None:
            return None
        now_ms = self._world.now_ms()
        known = self._seen(key := _key(authorization, session), now_ms)
        if known is None:
            moment = self._moved.now
            by_token = authorization is not None
            found = self._by_token(authorization, now_ms) if by_token else self._by_session(session, now_ms)
            viewer, used_at_ms = await found
            known = self._known[key] = Known(viewer, used_at_ms, moment, (str(viewer.account_id),))
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        if authorization is not None:
            self._note_use(known, now_ms)
        if known.viewer.address != address:
            known.viewer = replace(known.viewer, address=address)
        return known.viewer

    def known(self, authorization: str) -> Viewer | None:
        """The same viewer, if it need not be looked for, wherever they come from. To be asked after a look."""
        now_ms = self._world.now_ms()
        known = self._seen(_key(authorization, None), now_ms)
        if known is None:
            return None
        self._note_use(known, now_ms)
        return known.viewer

    def _seen(self, key: bytes, now_ms: int) -> Known | None:
        known = self._known.get(key)
        if known is None or self._is_still(known, now_ms):
            return known
        del self._known[key]
        return None

    def _note_use(self, known: Known, now_ms: int) -> None:
        token = known.viewer.token
        if token is not None and known.used_at_ms + USE_MS <= now_ms:
            known.used_at_ms = self.used[token] = now_ms

    def _is_still(self, known: Known, now_ms: int) -> bool:
        until_ms = known.viewer.until_ms
        return (until_ms is None or now_ms < until_ms) and self._moved.still(known.moment, known.tags)

    async def _by_token(self, authorization: object, now_ms: int) -> tuple[Viewer, int]:
        scheme, _, text = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
        token = await Token.of(text.strip(), now_ms) if scheme.lower() == "bearer" else None
        if token is None:
            raise Unauthenticated("This token is not valid.")
        viewer = self._of(token, Source.API)
        narrowed = token.acts_as is not viewer.role
        role, user_id = token.acts_as, token.acts_for
        viewer = replace(viewer, role=role, user_id=user_id, token=token.lookup, narrowed=narrowed)
        return viewer, token.used_at_ms or 0

    async def _by_session(self, session: str | None, now_ms: int) -> tuple[Viewer, int]:
        signed_in = await Session.of(session or "", now_ms)
        if signed_in is None:
            raise Unauthenticated("This session is over: sign in again.")
        return replace(self._of(signed_in, Source.WEB), token=signed_in.token), now_ms

    def _of(self, credential: Credential, source: Source) -> Viewer:
        viewer = Viewer.of(credential.account, self._world)
        return replace(viewer, source=source, until_ms=credential.expires_at_ms, names_shown=self._names_shown)


def _key(authorization: object, session: str | None) -> bytes:
    return hashlib.sha256(f"{authorization is None} {authorization or session}".encode(errors="replace")).digest()


def address_of(connection: HTTPConnection) -> str | None:
    """The client's network address; None where a proxy named something that is none."""
    return _address(connection.client.host) if connection.client else None


@lru_cache(10_000)
def _address(host: str) -> str | None:
    try:
        return str(ip_address(host))
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
    def reasons(self) -> Sequence[ReasonTemplate]:
        return self.settings.reasons

    @property
    def mail(self) -> MailHouse | None:
        return Checkup(self.settings) if self.settings.mailbox_url else None

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
