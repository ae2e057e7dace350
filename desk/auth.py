"""Credentials to viewer."""

from __future__ import annotations

from models.account import Token
from models.errors import Unauthenticated
from models.work import World
from resolvers.viewer import Viewer


class Doorkeeper:
    """Knows viewers by their bearer token (RFC 6750)."""

    def __init__(self, world: World, *, names_shown: bool) -> None:
        self._world = world
        self._names_shown = names_shown

    async def viewer(self, authorization: object) -> Viewer | None:
        """The viewer of an Authorization value; None without one. Raises Unauthenticated for a wrong one."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
        account = await Token.account_of(token.strip()) if scheme.lower() == "bearer" else None
        if account is None:
            raise Unauthenticated("This token is not valid.")
        return Viewer.of(account, self._world, names_shown=self._names_shown)
