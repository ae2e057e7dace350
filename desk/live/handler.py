"""graphql-transport-ws: Strawberry's handler for the protocol and for queries; subscriptions go to the fan-out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, cast

import orjson
from graphql import (
    ArgumentNode,
    DocumentNode,
    ExecutionResult,
    Executor,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    create_source_event_stream,
    get_operation_ast,
    parse,
    validate,
    visit,
)
from starlette.websockets import WebSocketDisconnect
from strawberry.exceptions import MissingQueryError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)

from desk.live.fanout import Fanout, Follower, GroupKey, Visibility
from desk.live.outbox import TRY_AGAIN, Outbox
from desk.settings import Settings
from models.database import is_outage
from models.errors import LimitExceeded, Unauthenticated, Unavailable
from resolvers.context import Context
from resolvers.feed import Feed, Scope
from resolvers.viewer import Viewer
from schema.errors import coded
from schema.limits import MOST_TOKENS, RULES

CLOSE_REASON_BYTES = 123
"""A control frame has 125 bytes at most, two of which are the code (RFC 6455, 5.5)."""
AWAY = "the database does not answer, come back with your last cursor"


class Door(Protocol):
    """What a socket needs of the endpoint that it came through."""

    settings: Settings
    fanout: Fanout
    contract: GraphQLSchema

    async def viewer(self, authorization: object, session: str | None) -> Viewer | None: ...

    async def context(self, viewer: Viewer | None) -> Context: ...


@dataclass(frozen=True)
class Following:
    """Where a follower stands in the fan-out, so that it can leave."""

    follower: Follower
    scope: Scope
    key: GroupKey


class Handler(BaseGraphQLTransportWSHandler[Any, None]):
    """One socket. Malformed messages close it with 4400; a typo in a document is an `error`, and the socket goes on."""

    view: Door  # type: ignore[assignment]  # Strawberry means its own view

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._following: dict[str, Following] = {}
        self._outbox = Outbox(self._send_text, self._hang_up, self.view.settings.backlog_bytes)

    # ---------------------------------------------------------------- the protocol

    async def handle_message(self, message: Any) -> None:
        if well_formed(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("Invalid message")

    async def handle_connection_init(self, message: Any) -> None:
        payload = message.get("payload") or {}
        if not self.connection_init_received:
            self.context.authorization = payload.get("authorization")
            try:
                await self._recognise()
            except Unauthenticated:
                await self.websocket.close(code=4401, reason="Unauthorized")
                return
            except Unavailable:
                await self.websocket.close(code=TRY_AGAIN, reason="try again later")
                return
        await super().handle_connection_init(message)

    async def _recognise(self) -> None:
        """Looks who it is, before each operation anew: an account may have ended. Raises Unauthenticated."""
        self.context.viewer = await self.view.viewer(self.context.authorization, self.context.session)

    async def handle_subscribe(self, message: Any) -> None:
        most, id = self.view.settings.operations, message["id"]
        if self.connection_acknowledged and id in self.operations:
            reason = f"Subscriber for {id} already exists".encode()[:CLOSE_REASON_BYTES]
            await self.websocket.close(code=4409, reason=reason.decode(errors="ignore"))
        elif self.connection_acknowledged and len(self.operations) >= most:
            limit = LimitExceeded(
                "This socket has too many operations open.", limit="operations", value=most + 1, bound=most
            )
            errors = coded([GraphQLError(limit.message, original_error=limit)], executed=True)
            await self.send_message({"type": "error", "id": id, "payload": [error.formatted for error in errors]})
        else:
            await super().handle_subscribe(message)

    async def shutdown(self) -> None:
        self._outbox.close()
        await super().shutdown()

    async def cleanup_operation(self, operation_id: str) -> None:
        if following := self._following.pop(operation_id, None):
            self.view.fanout.leave(following.follower, following.scope, following.key)
        await super().cleanup_operation(operation_id)

    # ---------------------------------------------------------------- operations

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """Answers a query or mutation; joins a subscription to the fan-out and is done with it."""
        try:
            await self._recognise()
            context = await self.view.context(self.context.viewer)
            document = parsed(operation.query)
            node = get_operation_ast(document, operation.operation_name) if document else None
            if document and node and node.operation is OperationType.SUBSCRIPTION:
                await self._subscribe(operation, context, document, node)
            else:
                await self._answer(operation, context)
        except WebSocketDisconnected:
            pass
        except Unauthenticated:
            await self.websocket.close(code=4401, reason="Unauthorized")
        except (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError):
            await self._fail(operation, [GraphQLError("There is no such operation in this document.")])
        except Exception as error:
            await self._fail(operation, [GraphQLError(str(error), original_error=error)])

    async def _answer(self, operation: Operation[Any, None], context: Context) -> None:
        result = await self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
        )
        if result.data is None and result.errors and not result.errors[0].path:
            await operation.send_initial_errors(result.errors)
        else:
            await operation.send_next(result)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})

    async def _subscribe(
        self, operation: Operation[Any, None], context: Context, document: DocumentNode, node: OperationDefinitionNode
    ) -> None:
        graphql_schema = self.view.contract
        if errors := validate(graphql_schema, document, RULES):
            await self._fail(operation, errors, executed=False)
            return
        executor = Executor.build(
            graphql_schema,
            document,
            context_value=context,
            raw_variable_values=operation.variables,
            operation_name=operation.operation_name,
        )
        if isinstance(executor, list):
            await self._fail(operation, executor)
            return
        stream = create_source_event_stream(executor)
        source = await stream if executor.is_awaitable(stream) else stream
        if isinstance(source, ExecutionResult):
            await self._fail(operation, source.errors or [])
            return
        feed = cast("Feed", source)
        follower = Follower(operation.id, self._outbox, feed.position)
        variables = varying(document, node, operation.variables or {})
        visibility = Visibility.of(context.viewer)
        key = (operation.query, operation.operation_name, variables, visibility)
        self._following[operation.id] = Following(follower, feed.scope, key)
        try:
            await self.view.fanout.follow(follower, feed, key, executor)
        except Exception as error:
            if not (isinstance(error, Unavailable) or is_outage(error)):
                raise
            self._outbox.cut_off(AWAY)  # an `error` would end the subscription for good

    async def _fail(
        self, operation: Operation[Any, None], errors: list[GraphQLError], *, executed: bool = True
    ) -> None:
        if operation.id in self.operations:
            await operation.send_initial_errors(coded(errors, executed=executed))

    # ---------------------------------------------------------------- writing

    async def _send_text(self, frame: str) -> None:
        await cast("Any", self.websocket).ws.send_text(frame)

    async def _hang_up(self, reason: str) -> None:
        for id in list(self._following):
            await self.cleanup_operation(id)
        with suppress(WebSocketDisconnect):  # cut off meanwhile
            await self.websocket.close(code=TRY_AGAIN, reason=reason)


def well_formed(message: object) -> bool:
    """Whether the parts of a message have the types that the protocol gives them."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    payload = message.get("payload")
    match message["type"]:
        case "subscribe":
            return _is_id(message.get("id")) and _is_request(payload)
        case "complete":
            return _is_id(message.get("id"))
        case "connection_init" | "ping" | "pong":
            return payload is None or isinstance(payload, dict)
    return False


def _is_id(id: object) -> bool:
    return isinstance(id, str) and 0 < len(id) <= 200


def _is_request(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
        and isinstance(payload.get("extensions"), dict | None)
    )


def parsed(query: str) -> DocumentNode | None:
    """The document, or None where it is none: then the schema says why."""
    try:
        return parse(query, max_tokens=MOST_TOKENS)
    except GraphQLError:
        return None


def varying(document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> bytes:
    """The variables on which a live answer depends: all but one that says only where to begin."""
    counter = _Uses()
    visit(document, counter)
    root = cast("FieldNode", operation.selection_set.selections[0])
    arguments: tuple[ArgumentNode, ...] = getattr(root, "arguments", None) or ()
    start = {
        argument.value.name.value
        for argument in arguments
        if argument.name.value == "after" and isinstance(argument.value, VariableNode)
    }
    kept = {name: value for name, value in variables.items() if name not in start or counter.uses[name] > 2}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


class _Uses(Visitor):
    """Counts where each variable stands: its definition and its uses."""

    def __init__(self) -> None:
        super().__init__()
        self.uses: dict[str, int] = {}

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        name = node.name.value
        self.uses[name] = self.uses.get(name, 0) + 1
