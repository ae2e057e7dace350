"""uvicorn's protocols: ready frames go out as they are, and there is an end to waiting for a client."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar, Literal, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

TAKES_FRAMES = "guichet.takes_frames"
"""The ASGI extension by which a server's socket says where it takes frames that are ready to be written."""
TAKES_ANSWERS = "guichet.takes_answers"
"""The same for the answer to a request."""
ANSWERS_AT_ONCE = "guichet.answers_at_once"
"""Where in the lifespan's state an application says what answers a request without waiting, if anything does."""
AtOnce = Callable[[Any, bytes], list[bytes] | None]
"""Scope and body to an answer as `Http.take` wants it; None for all that has to go through ASGI."""


class Inbox:
    """What arrived and was not taken yet. asyncio's Queue would keep three deques of 600 bytes for one reader."""

    __slots__ = ("_reader", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        self._waiting.append(message)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        while not self._waiting:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._waiting.pop(0)

    def empty(self) -> bool:
        return not self._waiting


class Gate(asyncio.Event):
    """An event that keeps no deque while nobody waits."""

    def __init__(self) -> None:
        self._value = True
        self._waiters = ()  # type: ignore[assignment]  # nobody

    async def wait(self) -> Literal[True]:
        if not self._value and not self._waiters:
            self._waiters = deque()
        return await super().wait()


class Socket(WebSocketsSansIOProtocol):
    """uvicorn's own ping timeout waits for a flush that never comes once the write buffer is full."""

    stuck_seconds: ClassVar[float] = 10
    _stuck: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.queue = cast("Any", Inbox())
        self.writable = Gate()

    def run_asgi(self) -> Coroutine[Any, Any, None]:
        cast("dict[str, object]", self.scope["extensions"])[TAKES_FRAMES] = self.take
        return super().run_asgi()

    def take(self, frames: list[bytes]) -> bool:
        """Writes frames as they are; False, and nothing is written, while the reader is behind or the socket closes."""
        if self.close_sent or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.writelines(frames)
        return True

    def start_keepalive(self) -> None:
        super().start_keepalive()
        self.request.headers.clear()  # the handshake is over, and the parser keeps its request
        del self.request, self.response  # what the application may ask of it is in the scope

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(self.stuck_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forgive()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forgive()
        super().connection_lost(exc)

    def _forgive(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None


class Http(HttpToolsProtocol):
    """uvicorn has no deadline for a request's head, nor for a connection on which nothing was ever said.

    Answers that are ready to be written go out as they are: uvicorn looks through every header of every answer, and
    begins a task for every request, also for one that an application knows the answer to (`ANSWERS_AT_ONCE`).
    """

    head_seconds: ClassVar[float] = 10
    _late: asyncio.TimerHandle | None = None
    _in_head = _arriving = False
    _begun: tuple[RequestResponseCycle, ASGI3Application] | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._late = self.loop.call_later(self.head_seconds, transport.abort)

    def data_received(self, data: bytes) -> None:
        self._arriving = True
        super().data_received(data)
        self._arriving = False
        if self._in_head and self._late is None:
            self._late = self.loop.call_later(self.head_seconds, self.transport.abort)
        if self._begun is not None:
            begun, self._begun = self._begun, None
            if not self._answered(begun[0]):
                self._start_asgi_task(*begun)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._arrived()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._arriving:  # its body may have come along
            self._begun = cycle, app
        else:
            cast("dict[str, object]", cycle.scope)["extensions"] = {TAKES_ANSWERS: partial(self.take, cycle)}
            super()._start_asgi_task(cycle, app)

    def _answered(self, cycle: RequestResponseCycle) -> bool:
        """Answers a whole request at once, if the application can."""
        at_once: AtOnce | None = self.app_state.get(ANSWERS_AT_ONCE)
        if cycle.more_body or at_once is None or not self._takes(cycle):
            return False
        answer = at_once(cycle.scope, bytes(cycle.body))
        return answer is not None and self.take(cycle, answer)

    def take(self, cycle: RequestResponseCycle, answer: list[bytes]) -> bool:
        """Writes a whole answer, its head without date and empty line, and its body, when what is ready has run.

        To wake a client costs more than to write to it, and one that is awake takes the answers behind its own along.
        False, and nothing is written, where it is not so simple: the connection is to end, or the reader is behind.
        """
        if not self._takes(cycle):
            return False
        head, body = answer
        said = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        self.loop.call_soon(self._write, b"".join([head, *said, b"\r\n", body]))
        cycle.response_started = cycle.response_complete = True
        cycle.scope.pop("extensions", None)  # it holds the cycle, which holds it
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _takes(self, cycle: RequestResponseCycle) -> bool:
        cycle.disconnected |= self.transport.is_closing()  # uvicorn tells only the newest of those that came together
        over = cycle.response_started or cycle.disconnected or not cycle.keep_alive
        return not (over or self.flow.write_paused)

    def _write(self, answer: bytes) -> None:
        if not self.transport.is_closing():  # the client may have gone meanwhile
            self.transport.write(answer)

    def shutdown(self) -> None:
        self.loop.call_soon(super().shutdown)  # behind an answer that is about to be written

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
