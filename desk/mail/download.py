"""Attachments and raw mail over HTTP: as files that a browser saves, and runs nothing of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.auth import Door
from desk.graphql import Endpoint
from desk.http import STATUS_OF, refused, told
from desk.mail.bounds import MailBounds
from desk.mail.reader import Reader
from models.attachment import Attachment, Files
from models.errors import Fault, NotFound, Unauthenticated
from models.mail import RawMail, ReceivedMail
from resolvers import mail
from resolvers.viewer import Viewer

SAFE: Final = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "private, no-cache"}
PICTURES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""How the files begin that may be shown within a text. SVG is none of them: it runs scripts."""


class Downloads:
    """The paths under which files are saved."""

    def __init__(self, endpoint: Endpoint, files: Files) -> None:
        self._endpoint, self._files = endpoint, files

    def routes(self) -> list[Route]:
        """/attachments/{id} and /mails/{sha256}"""
        return [
            Route("/attachments/{id:uuid}", self._answer(self._attachment), methods=["GET"]),
            Route("/mails/{sha256}", self._answer(self._raw), methods=["GET"]),
        ]

    def _answer(
        self, find: Callable[[Viewer, Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            door = Door(self._endpoint.settings, self._endpoint.rates, request)
            try:
                viewer = await self._endpoint.viewer(request.headers.get("authorization"), door)
                if viewer is None:
                    raise Unauthenticated
                return await find(viewer, request)
            except NotFound as refusal:
                return told(request, 404, refusal.message, {"code": "NOT_FOUND"})
            except Fault as fault:
                return refused(request, fault, STATUS_OF[fault.code])

        return answer

    async def _attachment(self, viewer: Viewer, request: Request) -> Response:
        id: UUID = request.path_params["id"]
        row, of = await mail.attachment(viewer, id)
        content = await asyncio.to_thread(self._files.read, row.sha256)
        if content is None:
            content = await self._made_again(row, of)
        return saved(content, row.name, _picture(content) or "application/octet-stream")

    async def _made_again(self, row: Attachment, of: ReceivedMail) -> bytes:
        """A file that the data folder lost, out of the raw mail. Raises NotFound."""
        kept = await RawMail.get_or_none(sha256=of.raw_sha256)
        if kept is not None:
            reader = Reader(MailBounds())
            try:
                parts = (await reader.read(kept.content, arrived_at_ms=of.received_at_ms)).parts
            finally:
                await reader.close()
            await asyncio.to_thread(self._files.replace, [part.data for part in parts])
        content = await asyncio.to_thread(self._files.read, row.sha256)
        if content is None:
            raise NotFound("The desk's data folder lost this file.")
        return content

    async def _raw(self, viewer: Viewer, request: Request) -> Response:
        sha256: str = request.path_params["sha256"]
        return saved(await mail.raw(viewer, sha256), f"{sha256[:16]}.eml", "message/rfc822")


def saved(content: bytes, name: str, content_type: str) -> Response:
    """An answer that a browser saves under a name (RFC 6266, RFC 8187)."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, headers=SAFE | {"content-type": content_type, "content-disposition": disposition})


def _picture(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begins, kind in PICTURES.items() if content.startswith(begins)), None)
