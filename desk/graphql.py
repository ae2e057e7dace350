"""The one door: GraphQL over HTTP, and graphql-transport-ws over WebSocket."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.execution import PreExecutionError

from desk.auth import Doorkeeper
from desk.live.fanout import Fanout
from desk.live.handler import Handler
from desk.settings import Settings
from models import database
from models.errors import Fault, LimitExceeded, Unavailable
from models.work import World
from resolvers.context import Context
from resolvers.viewer import Viewer
from schema import schema

NEW = "application/graphql-response+json"
OLD = "application/json"

T = TypeVar("T")

MANY_DIGITS = re.compile(r"\d{17}")
STATUS_OF = {"UNAUTHENTICATED": 401, "UNAVAILABLE": 503, "LIMIT_EXCEEDED": 413}


@dataclass
class Connection:
    """What a request or socket keeps from its beginning: who it is."""

    viewer: Viewer | None = None


class Endpoint(GraphQL[Context, None]):
    """Strawberry's view, held to the GraphQL-over-HTTP draft and to our bounds; a socket goes to Handler."""

    graphql_transport_ws_handler_class = Handler

    def __init__(self, settings: Settings, world: World, fanout: Fanout) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=settings.get_queries,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=settings.init_seconds),
            max_subscriptions_per_connection=None,  # Handler counts them
        )
        self.contract = schema._schema
        self.settings, self.world, self.fanout = settings, world, fanout
        self.doorkeeper = Doorkeeper(world, names_shown=settings.names_shown)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive=receive, send=send))
            return
        request = Request(scope, _bounded(receive, self.settings.request_bytes))
        try:
            response = await self.run(request)
        except HTTPException as error:
            response = _refused(request, error.status_code, error.reason, "BAD_USER_INPUT")
        except Fault as fault:
            response = _refused(request, STATUS_OF[fault.code], fault.message, fault.code, **fault.details)
        await response(scope, receive, send)

    # ---------------------------------------------------------------- who asks

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:
        if isinstance(request, WebSocket):
            return Connection()
        return await self.context(await self.viewer(request.headers.get("authorization")))

    async def viewer(self, authorization: object) -> Viewer | None:
        """The viewer of a credential. Raises Unauthenticated, or Unavailable while the database is away."""
        return await _available(self.doorkeeper.viewer(authorization))

    async def context(self, viewer: Viewer | None) -> Context:
        """A context for one operation, which begins by reading the journal's head."""
        return Context(self.world, viewer, await _available(database.head()))

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
        if isinstance(result, PreExecutionError) and _accepts_new(request):
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
        return response

    async def run(self, request: Any, *rest: Any, **named: Any) -> Any:
        response = await super().run(request, *rest, **named)
        if isinstance(request, Request) and _accepts_new(request):
            response.headers["content-type"] = NEW
        return response


async def _available(reading: Awaitable[T]) -> T:
    """Waits for a read; raises Unavailable where the database is the trouble."""
    try:
        return await reading
    except Exception as error:
        if database.is_outage(error):
            raise Unavailable from error
        raise


def _accepts_new(request: Request) -> bool:
    return NEW in request.headers.get("accept", "")


def _refused(request: Request, status: int, message: str, code: str, **details: object) -> Response:
    """An answer to what never became an operation: a well-formed GraphQL response all the same."""
    body = {"errors": [{"message": message, "extensions": {"code": code, **details}}]}
    headers = {"retry-after": "1"} if status == 503 else {"allow": "POST"} if status == 405 else {}
    media_type = NEW if _accepts_new(request) else OLD
    return Response(orjson.dumps(body), status_code=status, media_type=media_type, headers=headers)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Counts a body while it arrives, so that a large one is refused before it is kept."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise LimitExceeded("The request is too large.", limit="requestBytes", value=received, bound=limit)
        return message

    return bounded
