"""The short way of a socket, and of a plain request: POST /graphql, JSON in one piece, a bearer token.

An answer that still holds goes out before anything is parsed; any other is worked out here by the same schema.
Whatever is unusual (a session, a page, a batch, a refusal at the door) goes the whole way, which knows of everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import orjson
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError

from desk import defences
from desk.auth import Door, address_of
from desk.http import NEW, OLD, retry_after
from desk.live.socket import TAKES_ANSWERS

if TYPE_CHECKING:
    from desk.graphql import Endpoint

PATH: Final = "/graphql"
JSON: Final = frozenset({b"application/json", b"application/json; charset=utf-8"})
UNUSUAL: Final = frozenset({b"origin", b"cookie", b"content-encoding", b"expect"})
NO_OPERATION: Final = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
PARTS: Final = frozenset({"query", "variables", "operationName"})
MEDIA_TYPE: Final = {new: (b"content-type", (NEW if new else OLD).encode()) for new in (False, True)}
NO_STORE: Final = (b"cache-control", b"no-store")

Headers = list[tuple[bytes, bytes]]


class Asked(NamedTuple):
    """A plain request before its body: who asks, and whether they read the draft's own media type."""

    authorization: str
    new: bool


class Reply(NamedTuple):
    status: int
    headers: Headers
    body: bytes


class Ready:
    """Answers that still hold, given to the server without a task, where the database can be looked at at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._desk = endpoint
        always = [NO_STORE, *defences.headers(endpoint.settings)]
        self.heads = {said: b"HTTP/1.1 200 OK\r\n" + _lines([said, *always]) for said in MEDIA_TYPE.values()}
        """How good answers begin, up to what differs."""

    def __call__(self, scope: Scope, body: bytes) -> list[bytes] | None:
        """The answer to a plain request; None for one that has to go another way."""
        if not self._desk.answers.know(body) or scope["path"] != PATH or (asked := _asked(scope)) is None:
            return None
        try:
            return self._again(asked, body)
        except Exception:  # it is told the whole way
            return None

    def _again(self, asked: Asked, body: bytes) -> list[bytes] | None:
        desk = self._desk
        if (head := desk.moved.at_once()) is None or (viewer := desk.doorkeeper.known(asked.authorization)) is None:
            return None
        answer = desk.kept(head, viewer, body)
        if answer is None or (standing := desk.rates.admitted(viewer.name)) is None:
            return None
        return [self.heads[MEDIA_TYPE[asked.new]] + _lines(_varying(standing, answer)), answer]


class Lane:
    """ASGI middleware in front of the routes."""

    def __init__(self, app: ASGIApp, endpoint: Endpoint, ready: Ready) -> None:
        self._app, self._desk, self._heads = app, endpoint, ready.heads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] != PATH:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":  # each frame of a longer way would be kept while the socket is open
            await self._desk(scope, receive, send)
        elif (asked := _asked(scope)) is None:
            await self._app(scope, receive, send)
        else:
            message = await receive()
            whole = message["type"] == "http.request" and not message.get("more_body", False)
            body = message.get("body", b"")
            fits = whole and len(body) <= self._desk.settings.request_bytes
            if fits and (reply := await self._reply(scope, asked, body)):
                await self._send(scope, send, reply)
            else:
                await self._app(scope, _again(message, receive), send)

    async def _send(self, scope: Scope, send: Send, reply: Reply) -> None:
        status, headers, answer = reply
        take = scope.get("extensions", {}).get(TAKES_ANSWERS)
        if status == 200 and take is not None and take([self._heads[headers[0]] + _lines(headers[1:]), answer]):
            return
        await send({"type": "http.response.start", "status": status, "headers": [*headers, NO_STORE]})
        await send({"type": "http.response.body", "body": answer})

    async def _reply(self, scope: Scope, asked: Asked, body: bytes) -> Reply | None:
        """The answer to a plain request; None for one that has to go the whole way."""
        desk, connection = self._desk, HTTPConnection(scope)
        try:
            head, moment = await desk.moved.look()
            viewer = await desk.doorkeeper.viewer(asked.authorization, None, address_of(connection))
        except Exception:  # it is told the whole way
            return None
        if viewer is None:
            return None
        if (kept := desk.kept(head, viewer, body)) is not None:
            standing = desk.rates.admitted(viewer.name)
            return None if standing is None else Reply(200, [MEDIA_TYPE[asked.new], *_varying(standing, kept)], kept)
        if (request := _plain(desk, body)) is None or (standing := desk.rates.admitted(viewer.name)) is None:
            return None
        response = Response()
        door = Door(desk.settings, desk.rates, connection, response)
        context = desk.context_at(head, viewer, door)
        query, variables, name = request
        try:
            result = await desk.schema.execute(query, variables, context, operation_name=name)
        except NO_OPERATION:
            return None
        told = cast("dict[str, Any]", await desk.process_result(cast("Any", None), result))
        answer = orjson.dumps(told)
        if not result.errors and len(result.data or ()) <= context.sources.finds:
            desk.answers.put(body, viewer.sight, answer, context.sources, moment)
        refused = isinstance(result, PreExecutionError) and asked.new
        headers = [MEDIA_TYPE[asked.new], *_varying(standing, answer)]
        headers += [header for header in response.raw_headers if header[0] == b"set-cookie"]
        later = [retry_after(error.get("extensions", {})) for error in told.get("errors", ())]
        headers += [(b"retry-after", seconds.encode()) for seconds in later if seconds][:1]
        return Reply(400 if refused else 200, headers, answer)


def _varying(standing: Mapping[str, str], answer: bytes) -> Headers:
    """Those headers of an answer that another one may not have."""
    rates = [(name.encode(), value.encode()) for name, value in standing.items()]
    return [(b"content-length", b"%d" % len(answer)), *rates]


def _lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def _asked(scope: Scope) -> Asked | None:
    """What the headers of a plain request say; None for any other."""
    if scope["method"] != "POST":
        return None
    authorization, plain, new = None, False, False
    for name, value in scope["headers"]:
        if name in UNUSUAL:
            return None
        if name == b"authorization":
            authorization = value
        elif name == b"content-type":
            plain = value in JSON
        elif name == b"accept":
            new = NEW.encode() in value
    return Asked(authorization.decode("latin-1"), new) if plain and authorization is not None else None


def _plain(desk: Endpoint, body: bytes) -> tuple[str, dict[str, Any] | None, str | None] | None:
    """Document, variables and operation name of a request; None where its body is not as simple as that."""
    try:
        request = desk.decode_json(body)
    except ValueError:
        return None
    if not isinstance(request, dict):
        return None
    query, variables, name = request.get("query"), request.get("variables"), request.get("operationName")
    if not isinstance(query, str) or not isinstance(variables, dict | None) or not isinstance(name, str | None):
        return None
    return (query, variables, name) if request.keys() <= PARTS else None


def _again(message: Message, receive: Receive) -> Receive:
    """Hands out once more what was received already."""
    waiting = [message]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
