"""The door for people: a browser's session begins with a code or a token, and ends at its wish."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from desk.http import COOKIE, answer
from desk.settings import Settings
from models.errors import BadUserInput, Unauthenticated
from models.work import System, World
from resolvers import accounts


class Sessions:
    """POST /session signs in, DELETE /session signs out; both answer 204, or a refusal as GraphQL has them."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._visitor = System(world)  # not known yet, so it is the desk that opens the session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        respond = self._sign_out if scope["method"] == "DELETE" else self._sign_in
        await answer(scope, receive, send, self._settings, respond)

    async def _sign_in(self, request: Request) -> Response:
        """Takes `{"secret": …}`, a sign-in code or a token, for a session cookie."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise BadUserInput("The content type must be application/json.")
        try:
            secret = orjson.loads(await request.body())["secret"]
        except (ValueError, TypeError, KeyError) as error:
            raise BadUserInput('Send {"secret": …}, a sign-in code or a token.') from error
        if not isinstance(secret, str):
            raise Unauthenticated
        lasting_s = self._settings.session_seconds
        text = await accounts.sign_in(self._visitor, secret.strip(), lasting_s * 1_000)
        response = Response(status_code=204, headers={"cache-control": "no-store"})
        secure = (self._settings.origin or str(request.url)).startswith("https:")
        response.set_cookie(COOKIE, text, max_age=lasting_s, httponly=True, samesite="strict", secure=secure)
        return response

    async def _sign_out(self, request: Request) -> Response:
        if text := request.cookies.get(COOKIE):
            await accounts.sign_out(self._visitor, text)
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response
