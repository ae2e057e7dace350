"""graphql-transport-ws: Strawberry's handler for the protocol and for queries; subscriptions go to the fan-out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from sys import intern
from typing import Any, Protocol, cast
from uuid import UUID

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    get_operation_ast,
)
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.exceptions import MissingQueryError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)

from desk.auth import Door
from desk.live.fanout import Fanout, Follower, GroupKey
from desk.live.messages import varying, well_formed
from desk.live.outbox import TRY_AGAIN, Outbox
from desk.live.presence import Presences
from desk.live.socket import TAKES_FRAMES
from desk.rates import Rates, source
from desk.settings import Settings
from models.database import is_outage
from models.errors import LimitExceeded, Unauthenticated, Unavailable
from resolvers.context import Context
from resolvers.feed import Feed, Scope
from resolvers.presence import Watch
from resolvers.viewer import Viewer
from schema import SUBSCRIPTIONS, Contract, Refused
from schema.errors import coded
from schema.limits import parsed

UNAUTHORIZED, RESTARTED = 4401, 1012
"""Close codes: graphql-ws clients sign in anew after the first, and come back at once after the second."""
CHANGED = "your rights changed, come back with your last cursor"
CLOSE_REASON_BYTES = 123
"""A control frame has 125 bytes at most, two of which are the code (RFC 6455, 5.5)."""
AWAY = "the database does not answer, come back with your last cursor"


class View(Protocol):
    """What a socket needs of the endpoint that it came through."""

    settings: Settings
    rates: Rates
    fanout: Fanout
    presences: Presences

    async def viewer(self, authorization: object, door: Door) -> Viewer | None: ...

    async def context(self, viewer: Viewer | None, door: Door) -> Context: ...


class Carrier(Protocol):
    """Who keeps followers told: of events, or of presence."""

    async def follow(self, follower: Follower, source: Any, key: GroupKey, executor: Executor[Any]) -> None: ...

    def leave(self, follower: Follower, scope: Any, key: GroupKey) -> None: ...


@dataclass(frozen=True, slots=True)
class Following:
    """Where a follower stands, and with whom, so that it can leave."""

    carrier: Carrier
    follower: Follower
    scope: Scope | UUID
    key: GroupKey


class Handler(BaseGraphQLTransportWSHandler[Any, None]):
    """One socket. Malformed messages close it with 4400; a typo in a document is an `error`, and the socket goes on."""

    view: View  # type: ignore[assignment]  # Strawberry means its own view
    schema: Contract

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._following: dict[str, Following] = {}
        self._account_id: UUID | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._looking: set[asyncio.Task[None]] = set()
        socket: WebSocket = cast("Any", self.websocket).ws
        take = socket.scope.get("extensions", {}).get(TAKES_FRAMES, _none)
        self._outbox = Outbox(take, socket.send_text, self._hang_up, self.view.settings.backlog_bytes)

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
                if viewer := self.context.viewer:
                    most = self.view.settings.sockets_per_account
                    self.view.fanout.attendance.enter(viewer.account_id, self, most)
                    self._account_id = viewer.account_id
            except Unauthenticated:
                await self.websocket.close(code=UNAUTHORIZED, reason="Unauthorized")
                return
            except LimitExceeded as full:
                await self.websocket.close(code=TRY_AGAIN, reason="{limit}: {value} of {bound}".format(**full.details))
                return
            except Unavailable:
                await self.websocket.close(code=TRY_AGAIN, reason="try again later")
                return
        await super().handle_connection_init(message)
        self.connection_init_timeout_task = None  # it was cancelled, and would be kept

    async def _recognise(self) -> None:
        """Looks who it is, before each operation anew: an account may have ended. Raises Unauthenticated."""
        viewer = self.context.viewer = await self.view.viewer(self.context.authorization, self.context.door)
        if self._expiry is not None:
            self._expiry.cancel()
        if viewer is not None and viewer.until_ms is not None:
            left_ms = viewer.until_ms - viewer.world.now_ms()
            self._expiry = asyncio.get_running_loop().call_later(left_ms / 1_000, self.look_again)

    def look_again(self) -> None:
        if not self._outbox.closed:
            task = asyncio.create_task(self._look_again())
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def _look_again(self) -> None:
        """Closes the socket of a viewer who is none any more, or who follows what they may see differently by now."""
        try:
            await self._recognise()
        except Unauthenticated:
            self._outbox.cut_off("Unauthorized", UNAUTHORIZED)
        except Unavailable:
            self._outbox.cut_off(AWAY)
        else:
            self._keep_rights()

    def _keep_rights(self) -> None:
        seen = self.context.viewer.sight
        if any(following.key[-1] != seen for following in self._following.values()):
            self._outbox.cut_off(CHANGED, RESTARTED)

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
        if self._account_id is not None:
            self.view.fanout.attendance.leave(self._account_id, self)
        if self._expiry is not None:
            self._expiry.cancel()
        await super().shutdown()

    async def cleanup_operation(self, operation_id: str) -> None:
        if following := self._following.pop(operation_id, None):
            following.carrier.leave(following.follower, following.scope, following.key)
        operation = self.operations.pop(operation_id, None)
        if operation is not None and operation.task is not None:
            operation.task.cancel()

    # ---------------------------------------------------------------- operations

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """Answers a query or mutation; joins a subscription to its carrier and is done with it."""
        try:
            await self._recognise()
            viewer, door = self.context.viewer, self.context.door
            self.view.rates.request(viewer.name if viewer else source(door.connection))
            context = await self.view.context(viewer, door)
            document = parsed(operation.query)
            node = get_operation_ast(document, operation.operation_name)
            if node and node.operation is OperationType.SUBSCRIPTION:
                await self._subscribe(operation, context, document, node)
                operation.query, operation.variables = "", None  # what follows for hours keeps little
            else:
                await self._answer(operation, context)
        except WebSocketDisconnected:
            pass
        except Unauthenticated:
            await self.websocket.close(code=UNAUTHORIZED, reason="Unauthorized")
        except (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError):
            await self._fail(operation, [GraphQLError("There is no such operation in this document.")])
        except GraphQLSyntaxError as error:
            await self._fail(operation, [error])
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
        try:
            executor, _ = self.schema.begin(
                operation.query, operation.variables, operation.operation_name, context, SUBSCRIPTIONS
            )
        except Refused as refused:
            await self._fail(operation, refused.errors, executed=refused.executed)
            return
        stream = create_source_event_stream(executor)
        opened = await stream if executor.is_awaitable(stream) else stream
        if isinstance(opened, ExecutionResult):
            await self._fail(operation, opened.errors or [])
            return
        source = cast("Feed | Watch", opened)
        carrier: Carrier = self.view.presences if isinstance(source, Watch) else self.view.fanout
        follower = Follower(operation.id, self._outbox)
        variables = intern(varying(document, node, operation.variables or {}))  # alike for all who are alike
        sight = context.viewer.sight
        key = (intern(operation.query), operation.operation_name, variables, sight)
        self._following[operation.id] = Following(carrier, follower, source.scope, key)
        self._keep_rights()  # they may have changed since the operation came in
        operation.task = None  # it ends here, and would be kept with all that it knew
        try:
            await carrier.follow(follower, source, key, executor)
        except Exception as error:
            if not (isinstance(error, Unavailable) or is_outage(error)):
                raise
            self._outbox.cut_off(AWAY)  # an `error` would end the subscription for good

    async def _fail(
        self, operation: Operation[Any, None], errors: list[GraphQLError], *, executed: bool = True
    ) -> None:
        if operation.id in self.operations:
            await operation.send_initial_errors(self.schema.told(errors, self.context.viewer, executed=executed))

    # ---------------------------------------------------------------- the end

    async def _hang_up(self, code: int, reason: str) -> None:
        for id in list(self._following):
            await self.cleanup_operation(id)
        with suppress(WebSocketDisconnect):  # cut off meanwhile
            await self.websocket.close(code=code, reason=reason)


def _none(_frames: list[bytes]) -> bool:
    """Where the server is another one than ours: every frame goes by ASGI."""
    return False
