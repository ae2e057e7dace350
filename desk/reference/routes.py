"""Where the reference is served: to whoever may ask for the schema, under the page's own strict policy."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from desk.page import PACKED_OR_NOT, STRICT
from desk.reference import pages
from schema import sdl

HERE: Final = Path(__file__).parent
FILES: Final = {"reference.css": "text/css", "mark.svg": "image/svg+xml"}
"""What a page asks for, open to everybody."""
Gate = Callable[[Request, ASGIApp], Awaitable[ASGIApp]]
"""Lets somebody through to a page, or gives what they are answered instead."""


def routes(gate: Gate) -> list[Route]:
    """/docs and what belongs to it."""

    def kept(path: str, make: Callable[[], str], media_type: str) -> Route:
        async def answer(request: Request) -> ASGIApp:
            return await gate(request, _response(request, make, media_type))

        return Route(path, answer, methods=["GET"])

    def open_to_all(name: str, media_type: str) -> Route:
        make = (HERE / name).read_text

        async def answer(request: Request) -> Response:
            return _response(request, make, media_type)

        return Route(f"/docs/{name}", answer, methods=["GET"])

    return [
        kept("/docs", pages.reference, "text/html"),
        kept("/docs/live", pages.live, "text/html"),
        kept("/docs/schema.graphql", sdl, "text/plain"),
        kept("/docs/examples.json", pages.examples_json, "application/json"),
        *(open_to_all(name, media_type) for name, media_type in FILES.items()),
    ]


@cache
def _packed(make: Callable[[], str]) -> tuple[bytes, bytes]:
    text = make().encode()
    return text, gzip.compress(text)


def _response(request: Request, make: Callable[[], str], media_type: str) -> Response:
    plain, packed = _packed(make)
    headers = PACKED_OR_NOT | {"content-security-policy": STRICT, "cache-control": "no-cache"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=media_type, headers=headers | {"content-encoding": "gzip"})
    return Response(plain, media_type=media_type, headers=headers)
