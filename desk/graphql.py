"""The one door: GraphQL over HTTP, and graphql-transport-ws over WebSocket."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.execution import PreExecutionError

from desk.auth import Door, Doorkeeper
from desk.http import NEW, accepts_new, answer, refused, retry_after, same_origin, told
from desk.live.fanout import Fanout
from desk.live.handler import Handler
from desk.live.presence import Presences
from desk.rates import Places, Rates, source
from desk.settings import Settings
from desk.speed.cache import Answers, Moved
from desk.speed.executor import Compiled
from models import database
from models.errors import Fault, Forbidden, LimitExceeded, Unauthenticated, Unavailable
from models.statements import HeadRead
from models.work import World
from resolvers.context import Context
from resolvers.queues import Queues
from resolvers.viewer import Audience, Viewer
from schema import Contract, schema
from schema.limits import Limits
from schema.operations import Executing

T = TypeVar("T")

KEPT = frozenset({b"cookie", b"host"})
"""Headers of a handshake that a socket is asked for again."""
MANY_DIGITS = re.compile(r"\d{17}")


@dataclass
class Connection:
    """What a socket keeps from its beginning: the door with its cookie, the token it gave, and who it is."""

    door: Door
    authorization: object = None
    viewer: Viewer | None = None


class Endpoint(GraphQL[Context, None]):
    """Strawberry's view, held to the GraphQL-over-HTTP draft and to our bounds; a socket goes to Handler.

    A browser that comes to read gets the explorer.
    """

    def __init__(
        self,
        settings: Settings,
        world: World,
        rates: Rates,
        fanout: Fanout,
        presences: Presences,
        explorer: ASGIApp,
    ) -> None:
        super().__init__(
            schema.within(_limits(settings), Compiled if settings.compiled else Executing),
            graphql_ide=None,
            allow_queries_via_get=settings.get_queries,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=settings.init_seconds),
        )
        self.settings, self.world, self.fanout, self.explorer = settings, world, fanout, explorer
        self.rates, self.presences = rates, presences
        self.of_addresses = Places("socketsPerAddress", settings.sockets_per_address)
        self.moved = Moved(on=settings.cache)
        self.answers = Answers(self.moved, settings.cache_bytes)
        self.queues = Queues() if settings.cache else None
        self.doorkeeper = Doorkeeper(world, self.moved, names_shown=settings.names_shown)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._converse(scope, receive, send)
        elif _reads_html(request := Request(scope)):
            explorer = await self.shown(request, self.explorer, self.settings.explorer)
            await explorer(scope, receive, send)
        else:
            await answer(scope, receive, send, self.settings, self.run, lambda: self.rates.standing(source(request)))

    async def shown(self, request: Request, page: ASGIApp, audience: Audience) -> ASGIApp:
        """A page for whom it is; others are sent to sign in and come back."""
        if audience == "nobody":
            return told(request, 404, "There is no such page here.", {"code": "NOT_FOUND"})
        with suppress(Unauthenticated, Unavailable):
            if audience == "everybody" or await self.viewer(None, Door(self.settings, self.rates, request)):
                return page
        return RedirectResponse(f"/?next={request.url.path}", 303, {"cache-control": "no-store"})

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = source(socket := WebSocket(scope, receive, send))
        try:
            same_origin(socket, self.settings)
            self.of_addresses.take(place)
        except Forbidden:
            await socket.close()  # not accepted yet: the handshake is answered with 403
        except LimitExceeded as full:
            await socket.send_denial_response(refused(socket, full, 429))
        else:
            scope["headers"] = [header for header in scope["headers"] if header[0] in KEPT]
            try:
                await self._handle(socket := WebSocket(scope, receive, send))  # the first one keeps all headers
            finally:
                self.of_addresses.leave(place)

    async def _handle(self, socket: WebSocket) -> None:
        """A conversation. Strawberry's own way to here keeps more for each idle socket than its subscription takes."""
        subprotocol = await self.pick_websocket_subprotocol(socket)
        await socket.accept(subprotocol)
        if subprotocol is None:
            await socket.close(4406, "Subprotocol not acceptable")
            return
        await Handler(
            view=cast("Any", self),
            websocket=self.websocket_adapter_class(cast("Any", self), socket, socket),
            context=Connection(Door(self.settings, self.rates, socket)),
            root_value=None,
            schema=cast("Contract", self.schema),
            connection_init_wait_timeout=self.connection_init_wait_timeout,
            max_subscriptions_per_connection=None,  # Handler counts them
        ).handle()

    # ---------------------------------------------------------------- who asks

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:
        assert isinstance(request, Request)  # a socket has its own at each operation
        authorization = request.headers.get("authorization")
        door = Door(self.settings, self.rates, request, cast("Response", response))
        viewer = None
        try:
            viewer = await self.viewer(authorization, door)
        except Fault as fault:
            if authorization is not None or not isinstance(fault, Unauthenticated):
                self._count(request, None)
                raise  # but for a session that is over: a page must be able to sign in again
        self._count(request, viewer)
        return await self.context(viewer, door)

    def _count(self, request: Request, viewer: Viewer | None) -> None:
        """Counts a request, and has its answer say what is left. Raises RateLimited."""
        who = viewer.name if viewer else source(request)
        try:
            self.rates.request(who)
        finally:
            request.state.headers = self.rates.standing(who)

    async def viewer(self, authorization: object, door: Door) -> Viewer | None:
        """The viewer of a credential. Raises Unauthenticated, or Unavailable while the database is away."""
        await _available(self.moved.look())
        return await _available(self.doorkeeper.viewer(authorization, door.session, door.address))

    async def context(self, viewer: Viewer | None, door: Door) -> Context:
        """A context for one operation, which begins by reading the journal's head."""
        head, _ = await _available(self.moved.look())
        return self.context_at(head, viewer, door)

    def context_at(self, head: HeadRead, viewer: Viewer | None, door: Door) -> Context:
        """The same, where the head was read."""
        return Context(self.world, viewer, head, door, self.queues, self.presences.register)

    def kept(self, head: HeadRead, viewer: Viewer, body: bytes) -> bytes | None:
        """The answer that somebody who sees the same was given to the same request, if it still holds at this head."""
        now_ms = self.world.now_ms() if head.now_ms is None else head.now_ms
        return self.answers.get(body, viewer.sight, now_ms)

    # ---------------------------------------------------------------- GraphQL over HTTP

    def decode_json(self, data: str | bytes) -> object:
        value = orjson.loads(data)
        if MANY_DIGITS.search(data if isinstance(data, str) else data.decode()):
            try:
                return json.loads(data)  # orjson makes a float of an integer beyond 64 bits
            except (ValueError, RecursionError) as error:
                raise json.JSONDecodeError("There is a number that is too long.", "", 0) from error
        return value

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()  # text: bytes would become binary frames on a socket

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        try:
            return await super().parse_http_body(request)
        except (AttributeError, TypeError, UnicodeDecodeError) as error:
            raise HTTPException(400, "The body must be a JSON object.") from error

    async def execute_operation(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Context,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult:
        result = await super().execute_operation(
            request, request_adapter, request_data, context, root_value, sub_response
        )
        if isinstance(result, PreExecutionError) and accepts_new(request):
            sub_response.status_code = 400
        return result

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer = await super().process_result(request, result)
        if isinstance(result, PreExecutionError):
            cast("dict[str, object]", answer).pop("data", None)
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        response = super().create_response(response_data, sub_response)
        response.headers["cache-control"] = "no-store"
        errors = response_data.get("errors", []) if isinstance(response_data, dict) else []
        for error in errors:
            if after := retry_after(error.get("extensions", {})):
                response.headers["retry-after"] = after
        return response

    async def run(self, request: Any, *rest: Any, **named: Any) -> Any:
        response = await super().run(request, *rest, **named)
        if isinstance(request, Request) and accepts_new(request):
            response.headers["content-type"] = NEW
        return response


def _limits(settings: Settings) -> Limits:
    """What a document may be."""
    return Limits(
        query_cost=settings.query_cost,
        variables_bytes=settings.variables_bytes,
        page_rows=settings.bounds.page_rows,
        introspection=settings.introspection,
        suggestions=settings.suggestions,
    )


async def _available(reading: Awaitable[T]) -> T:
    """Waits for a read; raises Unavailable where the database is the trouble."""
    try:
        return await reading
    except Exception as error:
        if database.is_outage(error):
            raise Unavailable from error
        raise


def _reads_html(request: Request) -> bool:
    """Whether a browser comes to look, and not a program to ask."""
    wants_html = "text/html" in request.headers.get("accept", "")
    return wants_html and request.method in ("GET", "HEAD") and "query" not in request.query_params
