"""What the HTTP doors share: a body is bounded, an origin is checked, a refusal has one shape."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import orjson
from cross_web import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from desk.settings import Settings
from models.errors import BadUserInput, Fault, Forbidden, LimitExceeded, Unavailable

NEW = "application/graphql-response+json"
OLD = "application/json"
RETRY_AFTER_S = "1"
"""When to try again what failed because the database was away."""
STATUS_OF = {
    "BAD_USER_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "LIMIT_EXCEEDED": 413,
    "RATE_LIMITED": 429,
    "UNAVAILABLE": 503,
}


class Late(LimitExceeded):
    """The body did not arrive in time."""


def accepts_new(request: HTTPConnection) -> bool:
    """Whether the client reads the GraphQL-over-HTTP draft's own media type."""
    return NEW in request.headers.get("accept", "")


async def answer(
    scope: Scope,
    receive: Receive,
    send: Send,
    settings: Settings,
    respond: Callable[[Request], Awaitable[Response]],
    headers: Callable[[], Mapping[str, str]],
) -> None:
    """Answers one request: its body is bounded, its page is ours, and whatever is refused has one shape.

    Every answer carries what `respond` leaves in `request.state.headers`, or `headers()` where it did not come so far.
    """
    request = Request(scope, _bounded(receive, settings))
    request.state.headers = None
    try:
        if request.method not in ("GET", "HEAD"):
            same_origin(request, settings)
        response = await respond(request)
    except HTTPException as error:
        response = refused(request, BadUserInput(error.reason), error.status_code)
    except Late as late:
        response = refused(request, late, 408)
        response.headers["connection"] = "close"  # else it would go on waiting for the rest
    except Fault as fault:
        response = refused(request, fault, STATUS_OF[fault.code])
    except ClientDisconnect:
        return
    response.headers.update(request.state.headers or headers())
    await response(scope, receive, send)


def refused(connection: HTTPConnection, fault: Fault, status: int) -> Response:
    """An answer to what never became an operation."""
    return told(connection, status, fault.message, {"code": fault.code, **fault.details})


def told(connection: HTTPConnection, status: int, message: str, extensions: Mapping[str, object]) -> Response:
    """An error: a well-formed GraphQL response in any case."""
    headers = {"allow": "POST"} if status == 405 else {"www-authenticate": "Bearer"} if status == 401 else {}
    if after := retry_after(extensions):
        headers["retry-after"] = after
    media_type = NEW if accepts_new(connection) else OLD
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return Response(orjson.dumps(body), status_code=status, media_type=media_type, headers=headers)


def retry_after(extensions: Mapping[str, object]) -> str | None:
    """In how many seconds to come again after this error (RFC 9110, 10.2.3), if that helps."""
    if extensions.get("code") == Unavailable.code:
        return RETRY_AFTER_S
    return str(extensions["retryAfter"]) if "retryAfter" in extensions else None


def _bounded(receive: Receive, settings: Settings) -> Receive:
    """Counts a body while it arrives, so that a large one is refused before it is kept, and a slow one some time."""
    received, whole = 0, False
    most, deadline = settings.request_bytes, asyncio.get_running_loop().time() + settings.body_seconds

    async def counting() -> Message:
        nonlocal received, whole
        try:
            async with asyncio.timeout_at(None if whole else deadline):
                message = await receive()
        except TimeoutError as error:
            bound = settings.body_seconds
            raise Late("The request took too long to arrive.", limit="bodySeconds", bound=bound) from error
        whole = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > most:
            raise LimitExceeded("The request is too large.", limit="requestBytes", value=received, bound=most)
        return message

    return counting


def same_origin(connection: HTTPConnection, settings: Settings) -> None:
    """Lets through programs, and browsers on the desk's own page; raises Forbidden for pages of other origins.

    A browser names the page's origin with every POST and WebSocket (Fetch Standard, 3.2), so a session cookie
    without one does not come from the page either. A proxy may have ended TLS, so a Host stands for both schemes.
    """
    origin = connection.headers.get("origin")
    if origin is None and settings.cookie not in connection.cookies:
        return
    host = connection.headers.get("host", "")
    own = {settings.origin} if settings.origin else {f"http://{host}", f"https://{host}"}
    if origin not in own:
        raise Forbidden("This desk answers its own page only, not one of another origin.")
