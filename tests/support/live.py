"""What the live tests share: positions, a channel that hears nothing, hooks between the steps of a subscription."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

import models.database
import models.event
import resolvers.feed
from desk.live.fanout import Fanout
from desk.live.handler import Handler
from desk.speed.cache import Moved
from models.event import Event
from models.ticket import Priority, Source, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from resolvers.cursors import JournalCursor
from tests.support.desk import GUARD_S, Answer, Stream

POLL_S = 0.005


class DeafChannel:
    """A channel that drops every message: what arrives came from the journal."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.listener: Callable[[str], None] = lambda words: None
        self.up = False

    def ring(self, position: int) -> None:
        pass

    def say(self, words: str) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()


async def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for a condition that rings no bell."""
    try:
        async with asyncio.timeout(GUARD_S):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"waited in vain: {what}") from None


def place(cursor: str) -> int:
    """A cursor's position in the journal."""
    return JournalCursor.parse(cursor).position


def position(event: Answer) -> int:
    """Where an event stands in the journal."""
    return JournalCursor.parse(event.cursor).position


def positions(events: list[Answer]) -> list[int]:
    return [position(event) for event in events]


async def journal(after: int = 0, *, accounts: bool = False, **scope: Any) -> list[int]:
    """The positions that the database of the desk in this process holds, of tickets alone or of accounts too."""
    scope |= {} if accounts else {"ticket_id__isnull": False}
    found = Event.filter(position__gt=after, **scope).order_by("position")
    return [event.position for event in await found.only("position")]


async def to_the_end(socket: ClientConnection) -> list[dict[str, Any]]:
    """Every message until the socket closes."""
    messages: list[dict[str, Any]] = []
    async with asyncio.timeout(GUARD_S):
        try:
            while True:
                messages.append(json.loads(await socket.recv()))
        except ConnectionClosed:
            return messages


async def answered_on(socket: ClientConnection) -> list[dict[str, Any]]:
    """Asks the server something on a socket; returns what else came before the answer."""
    ping = {"id": "asked", "type": "subscribe", "payload": {"query": "{ __typename }"}}
    await socket.send(json.dumps(ping))
    messages: list[dict[str, Any]] = []
    async with asyncio.timeout(GUARD_S):
        while not messages or messages[-1] != {"id": "asked", "type": "complete"}:
            messages.append(json.loads(await socket.recv()))
    return [message for message in messages if message.get("id") != "asked"]


def close_code(socket: ClientConnection) -> int | None:
    return socket.protocol.close_rcvd.code if socket.protocol.close_rcvd else None


async def settled(stream: Stream, write: Callable[[], Awaitable[Answer]]) -> list[Answer]:
    """Writes a last event and returns what the stream has up to it: nothing else was on its way."""
    marked = await write()
    heard: list[Answer] = []
    while not heard or (heard[-1].ticketId, heard[-1].ticket.revision) != (marked.id, marked.revision):
        heard.append(await stream.next())
    return heard


class Joined:
    """Counts subscriptions that stand in the live group, for those that begin at the head without a cursor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        follow = Fanout.follow

        async def counted(*args: Any) -> None:
            await follow(*args)
            self.count += 1

        monkeypatch.setattr(Fanout, "follow", counted)

    async def reach(self, count: int) -> None:
        await until(lambda: self.count >= count, f"{count} subscriptions in the live group")


class Steps:
    """Calls `at(step)` before and after each step of a subscription, in the subscription's own task.

    The steps: "arrival" (the head as the operation finds it), "follow" (the fan-out takes over), "end" (how far a
    round of the replay goes), "page" (a page of the replay).
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: Callable[[str], Awaitable[None]]) -> None:
        self._at = at
        self._inside: ContextVar[bool] = ContextVar("inside", default=False)
        self.arrived_at = -1
        run_operation, look = Handler.run_operation, Moved.look
        head, read = models.database.head, models.event.read

        async def entered(handler: Any, operation: Any) -> None:
            self._inside.set(operation.query.startswith("subscription"))
            await run_operation(handler, operation)

        monkeypatch.setattr(Handler, "run_operation", entered)
        monkeypatch.setattr(Moved, "look", self._step("arrival", look))
        monkeypatch.setattr(resolvers.feed, "head", self._step("end", head))
        monkeypatch.setattr(resolvers.feed, "read", self._step("page", read))
        monkeypatch.setattr(Fanout, "follow", self._step("follow", Fanout.follow))

    def _step(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def hooked(*args: Any) -> Any:
            if not self._inside.get():
                return await call(*args)
            await self._at(f"before {name}")
            outcome = await call(*args)
            if name == "arrival":
                self.arrived_at = outcome[0].position
            await self._at(f"after {name}")
            return outcome

        return hooked


@unit_of_work
async def filled(work: Work, caller: Caller, count: int, user_id: str) -> None:
    """Makes many tickets in one unit of work: a long journal in a moment."""
    await work.hold_time()
    for number in range(count):
        Ticket.open(
            work,
            user_id=user_id,
            subject=f"Number {number}",
            body="",
            priority=Priority.NORMAL,
            tags=[],
            extra={},
            source=Source.IMPORT,
        )
