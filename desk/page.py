"""The built page and the explorer: files that Vite made of web/, handed out as they are."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

BUILT: Final = Path(__file__).with_name("static")
PATHS: Final = ("/", "/dashboard", "/new", "/settings", "/tickets/{number:number}")
"""Where the page's own router takes over; everything else that is unknown is 404."""

TAKES_BROTLI: Final = re.compile(r"(?:^|[\s,])br\s*(?:$|,|;\s*q=(?:1|0\.\d*[1-9]))", re.IGNORECASE)

STRICT: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
WITH_EDITOR: Final = STRICT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""Monaco, the explorer's editor, writes its own styles."""

PACKED_OR_NOT: Final = {"vary": "accept-encoding"}
MISSING: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Guichet</title>
<h1>The page is not built</h1>
<p>The desk runs, and answers GraphQL at <code>/graphql</code>. To build its page, run <code>make run</code>, or
<code>pip install .</code> without <code>DESK_SKIP_WEB</code>; then start the desk again.</p></html>"""


class Number(IntegerConvertor):
    """A ticket's number in a path, no longer than one can be."""

    regex = r"[0-9]{1,10}"


register_url_convertor("number", Number())


class Built(StaticFiles):
    """Files made by a build, in their brotli form for whoever takes it. A missing build is 404 and no error."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        if TAKES_BROTLI.search(Headers(scope=scope).get("accept-encoding", "")):
            with suppress(HTTPException):
                response = await super().get_response(f"{path}.br", scope)  # its type is guessed without the .br
                response.headers["content-encoding"] = "br"
                return response
        return await super().get_response(path, scope)


class Assets(Built):
    """Files with a hash in their name: they never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(PACKED_OR_NOT | {"cache-control": "public, max-age=31536000, immutable"})
        return response


class Document(Built):
    """One HTML file; where it was never built, a page that says so."""

    def __init__(self, name: str, policy: str) -> None:
        super().__init__(BUILT)
        self._name = name
        self._headers = PACKED_OR_NOT | {"content-security-policy": policy, "cache-control": "no-cache"}

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            response = await super().get_response(self._name, scope)
        except HTTPException:
            response = HTMLResponse(MISSING, status_code=503)
        response.headers.update(self._headers)
        return response


def explorer() -> ASGIApp:
    """GraphiQL."""
    return Document("graphiql.html", WITH_EDITOR)


def routes() -> list[BaseRoute]:
    """The page under its own paths, and the files that it asks for."""
    document = Document("index.html", STRICT)
    return [*(Route(path, document, methods=["GET"]) for path in PATHS), Mount("/assets", Assets(BUILT / "assets"))]
