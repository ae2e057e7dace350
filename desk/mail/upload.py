"""Files that agents put to a reply, sent before it is."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from desk.auth import Door
from desk.graphql import Endpoint
from desk.http import answer
from desk.mail.attachments import filename
from models.attachment import Files
from models.errors import BadUserInput, Unauthenticated
from resolvers import mail
from resolvers.policies import allow

MOST_BYTES: Final = mail.MOST_BYTES
"""Largest file."""
ARRIVES_S: Final = 120
"""How long one may take to arrive, seconds."""
MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,100}")
UNKNOWN: Final = "application/octet-stream"
NOT_ATTACHED: Final = ("multipart/", "message/")
"""Types that mean something else within a mail."""


class Uploads:
    """POST /attachments?name=…: the body is the file; who may write mail gets its id."""

    def __init__(self, endpoint: Endpoint, files: Files) -> None:
        self._endpoint, self._files = endpoint, files
        self._settings = replace(endpoint.settings, request_bytes=MOST_BYTES, body_seconds=ARRIVES_S)

    def routes(self) -> list[Route]:
        return [Route("/attachments", self, methods=["POST"])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send, self._settings, self._keep, dict)

    async def _keep(self, request: Request) -> Response:
        door = Door(self._endpoint.settings, self._endpoint.rates, request)
        viewer = await self._endpoint.viewer(request.headers.get("authorization"), door)
        if viewer is None:
            raise Unauthenticated
        allow(viewer, "mail")  # before the body is read
        name = filename(request.query_params.get("name", ""))
        if not name:
            raise BadUserInput("Say what the file is called: /attachments?name=report.pdf")
        content = await request.body()
        await asyncio.to_thread(self._files.keep, [content])
        row = await mail.upload(viewer, name, _type(request), content)
        return JSONResponse({"id": str(row.id), "name": row.name, "size": row.size}, 201)


def _type(request: Request) -> str:
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return told if MEDIA_TYPE.fullmatch(told) and not told.startswith(NOT_ATTACHED) else UNKNOWN
