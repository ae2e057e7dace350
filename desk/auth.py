"""Credentials to viewer."""

from __future__ import annotations

from dataclasses import replace

from models.account import Session, Token
from models.errors import Unauthenticated
from models.ticket import Source
from models.work import World
from resolvers.viewer import Viewer


class Doorkeeper:
    """Knows viewers by their bearer token (RFC 6750), or by the session cookie of the desk's own page."""

    def __init__(self, world: World, *, names_shown: bool) -> None:
        self._world = world
        self._names_shown = names_shown

    async def viewer(self, authorization: object, session: str | None) -> Viewer | None:
        """The viewer of an Authorization value, else of a session; None without either.

        Raises Unauthenticated for a wrong one.
        """
        if authorization is not None:
            scheme, _, text = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
            token = await Token.of(text.strip(), self._world.now_ms()) if scheme.lower() == "bearer" else None
            if token is None:
                raise Unauthenticated("This token is not valid.")
            return Viewer.of(token.account, self._world, names_shown=self._names_shown)
        if session is None:
            return None
        signed_in = await Session.of(session, self._world.now_ms())
        if signed_in is None:
            raise Unauthenticated("This session is over: sign in again.")
        return replace(Viewer.of(signed_in.account, self._world, names_shown=self._names_shown), source=Source.WEB)
