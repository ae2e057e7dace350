"""Many cheap subscribers in one process: of the events they keep nothing but where these stand in the journal."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle, pairwise
from random import Random

import psutil
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.support.desk import Person
from tests.support.drills import ROUNDS
from tests.support.live import place, until
from tests.support.stuck import connections

CROWD = 100 if ROUNDS == 1 else 1_000
JITTER_S = 0.05
"""The longest that somebody who was cut off waits before coming back."""


@dataclass
class Listener:
    """One subscription of all events; whenever its socket closes, it comes back after the last cursor it has."""

    person: Person
    cursor: str
    crowd: Crowd
    positions: list[int] = field(default_factory=list)
    """Of the events that it heard, counted from where the crowd began."""
    closes: list[int] = field(default_factory=list)
    """The code of every close, 1006 where none was said."""
    order: int = 0
    """One number for all that it heard: another where an event or the order is another."""
    port: int = 0
    """This end of its socket."""

    async def run(self) -> None:
        while True:
            with suppress(WebSocketException, OSError, EOFError):  # the desk is away
                async with self.person.follows(after=self.cursor, selection="cursor") as stream:
                    self.port = stream.socket.local_address[1]
                    await self._listen(stream.socket.recv)
            await asyncio.sleep(self.crowd.random.uniform(0, JITTER_S))

    async def _listen(self, receive: Callable[[], Awaitable[str | bytes]]) -> None:
        try:
            while True:
                self.cursor, position = _event(await receive())
                position -= self.crowd.began
                self.positions.append(position)
                self.order = hash((self.order, self.cursor))
                self.crowd.last_heard_at[position] = time.perf_counter()
        except ConnectionClosed as closed:
            self.closes.append(closed.rcvd.code if closed.rcvd else 1006)


@functools.lru_cache(maxsize=4_096)
def _event(frame: str | bytes) -> tuple[str, int]:
    """The cursor of an event and its position. All hear the same frame, so it is read once."""
    message = json.loads(frame)
    assert message["type"] == "next", message
    assert not message["payload"].get("errors"), message
    cursor = message["payload"]["data"]["ticketEvents"]["cursor"]
    return cursor, place(cursor)


@dataclass
class Crowd:
    """Listeners who began after one and the same position."""

    start: str
    tasks: asyncio.TaskGroup
    random: Random
    listeners: list[Listener] = field(default_factory=list)
    running: list[asyncio.Task[None]] = field(default_factory=list)
    last_heard_at: dict[int, float] = field(default_factory=dict)
    """When the last of them so far heard the event at a position; by time.perf_counter."""

    def join(self, person: Person) -> None:
        """One more, who follows where this person would."""
        listener = Listener(person, self.start, self)
        self.listeners.append(listener)
        self.running.append(self.tasks.create_task(listener.run()))

    @property
    def began(self) -> int:
        """The journal's position that all the others are counted from."""
        return place(self.start)

    async def reach(self, position: int) -> None:
        """Waits until everybody has come to this position."""
        await until(
            lambda: all(each.positions and each.positions[-1] >= position for each in self.listeners),
            f"{len(self.listeners)} subscribers at event {position}",
        )

    async def is_closed(self, times: int) -> None:
        """Waits until everybody's socket was closed so often."""
        await until(lambda: all(len(each.closes) >= times for each in self.listeners), "every socket to be closed")

    def at(self, process: psutil.Process) -> int:
        """How many have their socket with this process."""
        return connections(process, {each.port for each in self.listeners})

    def closes(self) -> list[int]:
        """The codes of all closes so far."""
        return [code for each in self.listeners for code in each.closes]

    def figures(self, end: int) -> dict[str, int]:
        """What went wrong up to the position `end`."""
        return figures([each.positions for each in self.listeners], 0, end)


def figures(heard: Iterable[list[int]], begin: int, end: int) -> dict[str, int]:
    """What is wrong with the positions that readers heard from `begin` on: events lost up to `end`, events heard
    twice, and events that did not follow the one before.
    """
    due, heard = set(range(begin + 1, end + 1)), list(heard)
    return {
        "lost": sum(len(due.difference(each)) for each in heard),
        "doubled": sum(len(each) - len(set(each)) for each in heard),
        "gaps": sum(after != before + 1 for each in heard for before, after in pairwise([begin, *each])),
    }


@asynccontextmanager
async def crowd(people: Sequence[Person], count: int, random: Random) -> AsyncIterator[Crowd]:
    """So many listeners, spread evenly over the desks of these people, from now on until the end of the block."""
    start = await people[0].as_of()
    async with asyncio.TaskGroup() as tasks:
        everybody = Crowd(start, tasks, random)
        for person, _ in zip(cycle(people), range(count), strict=False):
            everybody.join(person)
        yield everybody
        for task in everybody.running:
            task.cancel()
