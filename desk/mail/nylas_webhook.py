"""Where Nylas tells that there is mail: a signed word that rings the bell. Nothing in it is stored or believed."""

from __future__ import annotations

import asyncio
import hmac
import zlib
from typing import Any, Final

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from desk.mail.nylas import NylasMailbox

PATH: Final = "/nylas"
BODY_BYTES: Final = 2_000_000
"""Largest webhook that is read, bytes, packed or not: Nylas cuts mails off at 1 MB."""
BODY_S: Final = 10.0
"""How long one may take to arrive, seconds: so long Nylas waits for the answer."""
CHALLENGE_CHARS: Final = 1_000
OF_MAIL: Final = ("message.created", "message.updated")
"""How the types begin that ring the bell; `.truncated` and the like may stand behind."""
EXPIRED: Final = "grant.expired"


def webhook_routes(mailbox: NylasMailbox, secret: str) -> list[Route]:
    """The path that Nylas calls: by GET to see that it is ours, by POST, signed with `secret`, when something came."""

    async def challenged(request: Request) -> Response:
        return PlainTextResponse(request.query_params.get("challenge", "")[:CHALLENGE_CHARS])

    async def called(request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408)
        if len(body) > BODY_BYTES:
            return Response(status_code=413)
        signature = hmac.digest(secret.encode(), body, "sha256").hex()
        if not hmac.compare_digest(signature.encode(), request.headers.get("x-nylas-signature", "").encode("latin-1")):
            return Response(status_code=401)
        try:
            _heard(mailbox, _read(body, request.headers.get("content-encoding")))
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
            return Response(status_code=400)
        return Response()

    return [Route(PATH, challenged, methods=["GET"]), Route(PATH, called, methods=["POST"])]


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            break
    return bytes(body)


def _read(body: bytes, encoding: str | None) -> Any:
    if encoding == "gzip":
        body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, BODY_BYTES)
    return orjson.loads(body)


def _heard(mailbox: NylasMailbox, told: Any) -> None:
    """Rings for what is told of this mailbox; an application has others, and more types than these."""
    if not told["type"].startswith((*OF_MAIL, EXPIRED)) or told["data"]["object"]["grant_id"] != mailbox.grant.id:
        return
    if told["type"] == EXPIRED:
        mailbox.expire()
    else:
        mailbox.ring()
