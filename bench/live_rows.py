"""The rows of subscriptions: fan-out, how long the last one waits, what an idle one costs, one among ten thousand."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from statistics import median

import orjson
from websockets import Subprotocol, connect

from bench import requests, servers
from bench.load import HOST, connections, encoded, requests_per_second
from bench.material import USERS, user
from bench.requests import Request
from bench.running import Figures, Run
from bench.servers import BUN, Server
from bench.sockets import Crowd, crowd

NAMES = ("desk", "postgres", "yoga", "mercurius")
SOCKETS = 500
IN_FLIGHT = 4
"""So many events at most are on their way: nobody waits for the client, and no backlog grows."""
COMMITS, PAUSE_S = 20, 0.02
IDLE, IDLE_BEFORE = 2_000, 100
WATCHERS, PER_SOCKET = 10_000, 100
SETTLE_S = 0.5
PATIENCE_S = 60.0
"""Only a guard against hanging."""
DIFFERING = ("cursor", "at")
"""What of an event cannot be the same on two servers."""


@dataclass
class Followed:
    """A server with sockets that hear every event, and what updates cause the next ones."""

    server: Server
    everybody: Crowd
    token: str
    ids: list[str]
    numbers: count[int]

    def change(self) -> Request:
        return requests.update(next(self.numbers), self.ids)

    def touch(self) -> None:
        self.server.ask(self.change(), self.token)

    async def deliveries_per_second(self, seconds: float) -> float:
        """While updates are made as fast as they go."""
        tally, on_their_way = self.everybody.tally, IN_FLIGHT

        def following() -> bytes | None:
            nonlocal on_their_way
            if on_their_way == IN_FLIGHT:
                return None
            on_their_way += 1
            return encoded(self.change(), self.token)

        def arrived() -> None:
            nonlocal on_their_way
            on_their_way -= 1
            for each in made:
                if each.idle:
                    each.go_on()

        async with connections(self.server.port, following, IN_FLIGHT) as made:
            tally.expect(len(self.everybody.sockets), arrived)
            began, before, on_their_way = time.perf_counter(), tally.events, 1
            arrived()  # as if the first had: all begin
            await asyncio.sleep(seconds)
            while tally.events == before:  # noqa: ASYNC110
                await asyncio.sleep(PAUSE_S)
            result = (tally.events - before) / (time.perf_counter() - began)
            tally.expect_nothing()
            await self.everybody.quiet()
        return result

    async def commit_to_last_ms(self) -> float:
        """From what the client sees first of a commit, be it the answer or an event, to the last socket's event."""
        tally, loop = self.everybody.tally, asyncio.get_running_loop()
        took: list[float] = []
        answered: asyncio.Future[float] | None = None

        def answer() -> None:
            if answered is not None:
                _now(answered)

        async with connections(self.server.port, answer, 1) as (connection,):
            for _ in range(COMMITS):
                answered, last = loop.create_future(), loop.create_future()
                tally.expect(len(self.everybody.sockets), partial(_now, last))
                connection.transport.write(encoded(self.change(), self.token))
                async with asyncio.timeout(PATIENCE_S):
                    took.append((await last - min(tally.first_at, await answered)) * 1_000)
                tally.expect_nothing()
                await asyncio.sleep(PAUSE_S)
        return median(took)


def _now(moment: asyncio.Future[float]) -> None:
    moment.set_result(time.perf_counter())


async def fan_out(run: Run) -> Figures:
    async with AsyncExitStack() as stack:
        all_of_them = await _followed(run, stack)
        return await run.in_turn(
            {each.server.name: partial(each.deliveries_per_second, run.seconds) for each in all_of_them}
        )


async def commit_to_last(run: Run) -> Figures:
    async with AsyncExitStack() as stack:
        all_of_them = await _followed(run, stack)
        return await run.in_turn({each.server.name: each.commit_to_last_ms for each in all_of_them})


async def _followed(run: Run, stack: AsyncExitStack) -> list[Followed]:
    ids, token = run.material.ids(), run.material.agent
    running = [(await run.begun(stack, name), count()) for name in NAMES]
    frames = [await _frame(server, requests.update(next(numbers), ids), token) for server, numbers in running]
    events = [orjson.loads(frame)["payload"]["data"]["ticketEvents"] for frame in frames]
    told = [{key: value for key, value in event.items() if key not in DIFFERING} for event in events]
    if any(event != told[0] for event in told):
        raise RuntimeError(f"the servers tell different events: {told}")
    if BUN.exists():
        ready = run.fresh()
        ready.write_text(frames[0])
        running.append((stack.enter_context(servers.bun(ready)), count()))
    found = []
    for server, numbers in running:
        everybody = await stack.enter_async_context(crowd(server.port, token, [[requests.follow()]] * SOCKETS))
        each = Followed(server, everybody, token, ids, numbers)
        await everybody.listens(each.touch)
        found.append(each)
    return found


async def _frame(server: Server, change: Request, token: str) -> str:
    """The frame with which a server tells of a change."""
    url = f"ws://{HOST}:{server.port}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket, asyncio.timeout(PATIENCE_S):
        hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
        await socket.send(orjson.dumps(hello).decode())
        await socket.recv()
        await socket.send(orjson.dumps({"type": "subscribe", "id": "0", "payload": requests.follow()}).decode())
        await asyncio.sleep(SETTLE_S)  # nothing says that the subscription is there
        await asyncio.to_thread(server.ask, change, token)
        return str(await socket.recv())


async def idle_memory(run: Run) -> Figures:
    """KB (of 1,024 bytes) that each of 2,000 idle subscribers adds to a server fresh from its start."""
    figures: Figures = {}
    for _ in range(run.rounds):
        for name in (*NAMES, "raw"):
            with ExitStack() as stack:
                if name == "raw":
                    nothing = run.fresh()
                    nothing.touch()
                    server = stack.enter_context(servers.raw(nothing))
                else:
                    server = await run.begun(stack, name)
                figures.setdefault(name, []).append(await _memory(server, run.material.agent))
    return figures


async def _memory(server: Server, token: str) -> float:
    one = [requests.follow()]
    async with crowd(server.port, token, [one] * IDLE_BEFORE):
        await asyncio.sleep(SETTLE_S)
        before = server.resident()
        async with crowd(server.port, token, [one] * IDLE):
            await asyncio.sleep(SETTLE_S)
            return (server.resident() - before) / IDLE / 1_024


@dataclass
class Watched:
    """A desk with sockets that follow each so many users, one of whom has all the updates."""

    server: Server
    everybody: Crowd
    token: str
    own: tuple[str, ...]
    numbers: count[int]

    async def updates_per_second(self, seconds: float) -> float:
        """Raises RuntimeError where somebody does not hear what concerns them."""
        before = self.everybody.tally.events
        rate = await requests_per_second(self.server.port, lambda: encoded(self.update(self.own), self.token), seconds)
        await self.everybody.quiet()
        if self.everybody.tally.events - before < int(rate * seconds):
            raise RuntimeError("whoever watches did not hear of every update")
        return rate

    def update(self, ids: tuple[str, ...]) -> Request:
        return requests.update(next(self.numbers), ids)

    def touch(self, ids: list[str]) -> None:
        for id in ids:
            self.server.ask(self.update((id,)), self.token)


async def one_of_many(run: Run) -> Figures:
    """Updates per second of one user's tickets, with 10,000 users watched each on their own, and with that one."""
    ids, token = run.material.ids(), run.material.agent
    every = [[requests.follow(user(n)) for n in range(first, WATCHERS, PER_SOCKET)] for first in range(PER_SOCKET)]
    async with AsyncExitStack() as stack:
        found: dict[str, Watched] = {}
        for name, operations in {"desk": every, "1 watcher": [[requests.follow(user(0))]]}.items():
            server = await run.begun(stack, "desk")
            everybody = await stack.enter_async_context(crowd(server.port, token, operations))
            desk = found[name] = Watched(server, everybody, token, (ids[0], ids[USERS]), count())
            # a ticket that each socket watches among others
            await everybody.listens(partial(desk.touch, ids[: len(operations)]))
        return await run.in_turn({name: partial(desk.updates_per_second, run.seconds) for name, desk in found.items()})
