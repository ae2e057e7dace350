"""Around everything that the desk answers: headers that tell browsers what not to do, and one answer to surprises."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.http import told
from desk.settings import Settings
from schema.errors import surprise

SAFE: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
HSTS: Final = "max-age=31536000"
"""A year of https only (RFC 6797), said by who is reached so."""
BEGINNINGS: Final = {"http.response.start", "websocket.http.response.start"}


def headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """What every answer says."""
    said = SAFE | ({"strict-transport-security": HSTS} if (settings.origin or "").startswith("https:") else {})
    return [(name.encode(), value.encode()) for name, value in said.items()]


class Defences:
    """ASGI middleware. A header that an answer sets itself stays as it is: the page has a policy of its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def defended(message: Message) -> None:
            nonlocal begun
            if message["type"] in BEGINNINGS:
                begun = True
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in self._headers if each[0] not in said)]
            await send(message)

        try:
            await self._app(scope, receive, defended)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise  # too late for an answer: uvicorn logs it and cuts the connection
            await told(Request(scope), 500, *surprise(error))(scope, receive, defended)
