"""Attachments and raw mail over HTTP as files that a browser saves, and mails to look at: it runs nothing of either."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from html import escape
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

FRAME: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox",
    "x-frame-options": "SAMEORIGIN",
    "cache-control": "private, no-cache",
    "content-type": "text/html; charset=utf-8",
}
"""A frame of an origin of its own: no script, no form, nothing from elsewhere; its pictures stand within it."""
HEAD: Final = """<!doctype html><meta charset=utf-8><base target=_blank><style>
:root { color-scheme: light; background: #fff; } body { margin: 12px; font: 15px/1.5 system-ui, sans-serif; }
img { max-width: 100%; } img:not([src]) { display: none; } pre { font: inherit; white-space: pre-wrap; }
</style>"""
PICTURE: Final = re.compile(r"/attachments/([0-9a-f-]{36})")
MOST_PICTURES_BYTES: Final = 4 * 2**20
"""Pictures that one frame holds; a mail's others are among its files."""


class Downloads:
    """The paths under which files are saved, and mails are looked at."""

    def __init__(self, endpoint: Endpoint, files: Files) -> None:
        self._endpoint, self._files = endpoint, files

    def routes(self) -> list[Route]:
        """/attachments/{id}, /mails/{sha256} and /mails/{id}/whole"""
        return [
            Route("/attachments/{id:uuid}", self._answer(self._attachment), methods=["GET"]),
            Route("/mails/{sha256}", self._answer(self._raw), methods=["GET"]),
            Route("/mails/{id:uuid}/whole", self._answer(self._whole), methods=["GET"]),
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

    async def _made_again(self, row: Attachment, of: ReceivedMail | None) -> bytes:
        """A file that the data folder lost, out of the raw mail. Raises NotFound."""
        kept = await RawMail.get_or_none(sha256=of.raw_sha256) if of else None
        if of is not None and kept is not None:
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

    async def _whole(self, viewer: Viewer, request: Request) -> Response:
        of, html, files = await mail.whole(viewer, request.path_params["id"])
        if html is None:
            return Response(f"{HEAD}<pre>{escape(of.text)}</pre>", headers=FRAME)
        named = set(PICTURE.findall(html))
        pictures = await asyncio.to_thread(self._pictures, [row for row in files if str(row.id) in named])
        return Response(HEAD + PICTURE.sub(lambda found: pictures.get(found[1], "data:,"), html), headers=FRAME)

    def _pictures(self, files: list[Attachment]) -> dict[str, str]:
        """Those that may be shown as data: URLs (RFC 2397), for a frame of another origin is sent no cookie."""
        found: dict[str, str] = {}
        left = MOST_PICTURES_BYTES
        for row in files:
            content = self._files.read(row.sha256) if row.size <= left else None
            if content is not None and (kind := _picture(content)):
                left -= row.size
                found[str(row.id)] = f"data:{kind};base64,{b64encode(content).decode()}"
        return found

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
