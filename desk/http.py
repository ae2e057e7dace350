"""What the HTTP doors share: a body is bounded, an origin is checked, a refusal has one shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from cross_web import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from desk.settings import Settings
from models.errors import BadUserInput, Fault, Forbidden, LimitExceeded

NEW = "application/graphql-response+json"
OLD = "application/json"
COOKIE = "guichet_session"
RETRY_AFTER_S = "1"
"""When to try again what failed because the database was away (RFC 9110, 10.2.3)."""
STATUS_OF = {
    "BAD_USER_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "LIMIT_EXCEEDED": 413,
    "UNAVAILABLE": 503,
}


def accepts_new(request: Request) -> bool:
    """Whether the client reads the GraphQL-over-HTTP draft's own media type."""
    return NEW in request.headers.get("accept", "")


async def answer(
    scope: Scope, receive: Receive, send: Send, settings: Settings, respond: Callable[[Request], Awaitable[Response]]
) -> None:
    """Answers one request: its body is bounded, its page is ours, and whatever is refused has one shape."""
    request = Request(scope, _bounded(receive, settings.request_bytes))
    try:
        if request.method not in ("GET", "HEAD"):
            same_origin(request, settings)
        response = await respond(request)
    except HTTPException as error:
        response = _refused(request, BadUserInput(error.reason), error.status_code)
    except Fault as fault:
        response = _refused(request, fault, STATUS_OF[fault.code])
    except ClientDisconnect:
        return
    await response(scope, receive, send)


def _refused(request: Request, fault: Fault, status: int) -> Response:
    """An answer to what never became an operation: a well-formed GraphQL response all the same."""
    body = {"errors": [{"message": fault.message, "extensions": {"code": fault.code, **fault.details}}]}
    headers = {"retry-after": RETRY_AFTER_S} if status == 503 else {"allow": "POST"} if status == 405 else {}
    media_type = NEW if accepts_new(request) else OLD
    return Response(orjson.dumps(body), status_code=status, media_type=media_type, headers=headers)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Counts a body while it arrives, so that a large one is refused before it is kept."""
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise LimitExceeded("The request is too large.", limit="requestBytes", value=received, bound=limit)
        return message

    return counting


def same_origin(connection: HTTPConnection, settings: Settings) -> None:
    """Lets through programs, and browsers on the desk's own page; raises Forbidden for pages of other origins.

    A browser names the page's origin with every POST and WebSocket (Fetch Standard, 3.2), so a session cookie
    without one does not come from the page either. A proxy may have ended TLS, so a Host stands for both schemes.
    """
    origin = connection.headers.get("origin")
    if origin is None and COOKIE not in connection.cookies:
        return
    host = connection.headers.get("host", "")
    own = {settings.origin} if settings.origin else {f"http://{host}", f"https://{host}"}
    if origin not in own:
        raise Forbidden("This desk answers its own page only, not one of another origin.")
