"""Writers and subscribers that go on through every fault, and the books of what the desk acknowledged meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from desk.settings import Settings
from models import database
from models.event import Event
from models.idempotency import Idempotency
from models.message import Message
from models.ticket import Ticket
from resolvers.cursors import JournalCursor
from tests.support.desk import GUARD_S, Answer, Errors, Person, answered, document
from tests.support.drills import ROUNDS, SECONDS
from tests.support.live import POLL_S, journal, position, until
from tests.support.postgres import Postgres
from tests.support.processes import Server

WRITERS, SUBSCRIBERS, SHARED = 8, 2, 3
PATIENCE_S = 3 * GUARD_S
"""Only against hanging: a desk that comes back answers within some seconds."""
REPEATED_AT_LAST = 2_000
"""At most so many acknowledged requests are repeated at the end; the rows are compared with all of them."""

MIX = {
    "createTicket": 4,
    "updateTicket": 5,
    "reply": 3,
    "addNote": 2,
    "startProcessing": 2,
    "approveTicket": 2,
    "rejectTicket": 1,
    "closeTicket": 1,
    "reopenTicket": 2,
}
"""What writers send, and how often beside each other."""
KINDS = {
    "createTicket": "CREATED",
    "updateTicket": "UPDATED",
    "reply": "MESSAGE_ADDED",
    "addNote": "MESSAGE_ADDED",
    "startProcessing": "PROCESSING_STARTED",
    "approveTicket": "APPROVED",
    "rejectTicket": "REJECTED",
    "closeTicket": "CLOSED",
    "reopenTicket": "REOPENED",
}
"""The one event that each of them makes."""


def rounds(count: int) -> Iterator[int]:
    """The rounds of a drill whose moments are drawn, from 1: `count` times ROUNDS, and on until SECONDS are over."""
    ends, number = time.monotonic() + SECONDS, 0
    while number < count * ROUNDS or time.monotonic() < ends:
        number += 1
        yield number


def database_of(settings: Settings) -> str:
    """The database's name, for the drills' table."""
    return "SQLite" if settings.embedded else "PostgreSQL"


@asynccontextmanager
async def postgres_of_its_own(data: Path) -> AsyncIterator[tuple[Postgres, Settings]]:
    """A PostgreSQL that may be killed, since nobody else is on it, with a desk's database."""
    server = Postgres()
    try:
        await asyncio.to_thread(server.start)
        settings = Settings(database_url=server.url(), data=data)
        async with database.connected(settings.database):
            await database.migrate()
        yield server, settings
    finally:
        await asyncio.to_thread(server.close)


@dataclass(frozen=True)
class Request:
    """A mutation under its key, to be sent again and again until it is answered."""

    mutation: str
    arguments: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.arguments["idempotencyKey"])


@dataclass
class Oracle:
    """What the desk acknowledged. It lives in the test's process, so that nothing that is killed takes it along."""

    acknowledged: dict[str, tuple[Request, Answer]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Keys of requests that a ticket's life did not allow, which is an answer too: nothing may be written."""
    cut: int = 0
    """Requests that were on their way when the desk went, so that nobody knows what became of them."""
    unavailable: Counter[int] = field(default_factory=Counter)
    """Answers with UNAVAILABLE, by their HTTP status; repeated, too."""
    unhinted: int = 0
    """Those of them without Retry-After."""
    surprises: Counter[str] = field(default_factory=Counter)
    """Every answer that no writer may ever get."""
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, nobody sends anything."""
    _awaited: list[tuple[int, asyncio.Event]] = field(default_factory=list)

    async def grows(self, count: int = 1) -> None:
        """Returns at the acknowledgement of so many more writes."""
        reached = asyncio.Event()
        self._awaited.append((len(self.acknowledged) + count, reached))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await reached.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain: {count} more writes; {self}") from None

    def __str__(self) -> str:
        told = {"cut": self.cut, "unavailable": dict(self.unavailable), "other": dict(self.surprises)}
        return f"{len(self.acknowledged)} acknowledged, {len(self.refused)} refused, {told}"

    async def refuses(self, count: int) -> None:
        """Returns after so many more answers of UNAVAILABLE, or one that may never be."""
        enough = self.unavailable.total() + count
        await until(
            lambda: self.unavailable.total() >= enough or bool(self.surprises), f"{count} answers of UNAVAILABLE"
        )

    def keep(self, request: Request, result: Answer) -> None:
        """Writes down an answer that arrived."""
        if result["__typename"] == "InvalidTransition":
            self.refused.add(request.key)
        elif result["__typename"] in ("Ticket", "Message"):
            self.acknowledged[request.key] = request, result
            for count, reached in self._awaited:
                if len(self.acknowledged) >= count:
                    reached.set()
        else:
            self.surprises[result["__typename"]] += 1

    def judge(self, answer: httpx.Response) -> Answer | None:
        """The data of an answer, or None where the request must be sent again."""
        try:
            body = answer.json()
            code = body["errors"][0]["extensions"]["code"] if body.get("errors") else ""
        except (ValueError, LookupError):
            body, code = {}, "no answer of GraphQL"
        if not code and answer.status_code == 200:
            return answered(body["data"])  # type: ignore[no-any-return]
        if code == "UNAVAILABLE" and answer.status_code in (200, 503):
            self.unavailable[answer.status_code] += 1
            self.unhinted += "retry-after" not in answer.headers
        else:
            self.surprises[f"{answer.status_code} {code}"] += 1
        return None


async def sent(person: Person, request: Request, oracle: Oracle) -> Answer:
    """Sends a request, under the same key again and again, until it is answered; only then it is written down."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await oracle.open.wait()
                try:
                    answer = await person.post(document(request.mutation, request.arguments), request.arguments)
                except httpx.ConnectError:
                    pass  # nobody is there
                except httpx.TransportError:
                    oracle.cut += 1
                else:
                    if (data := oracle.judge(answer)) is not None:
                        result: Answer = data[request.mutation]
                        oracle.keep(request, result)
                        return result
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"{request} was never answered; {oracle}") from None


class Writer:
    """Somebody who writes without pause: to tickets of their own, and at times to those that all write to."""

    def __init__(self, name: str, person: Person, oracle: Oracle, shared: list[str], random: Random) -> None:
        self._name, self._person, self._oracle, self._random = name, person, oracle, random
        self._own: list[str] = []
        self._shared = shared
        self._sent = 0

    async def writes(self) -> Answer:
        """One drawn mutation, answered."""
        request = self._drawn()
        result = await sent(self._person, request, self._oracle)
        if request.mutation == "createTicket":
            self._own.append(result.id)
        return result

    async def runs(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.writes()

    def _drawn(self) -> Request:
        self._sent += 1
        key = f"{self._name} {self._sent}"
        mutation = self._random.choices(list(MIX), list(MIX.values()))[0] if self._own else "createTicket"
        ticket = self._random.choice(self._shared + self._own[-3:]) if self._own else ""
        given: dict[str, Any] = {"id": ticket}
        match mutation:
            case "createTicket":
                given = {"input": {"userId": f"u-{self._random.randrange(5)}", "subject": key}}
            case "updateTicket":
                given["input"] = {"subject": key}
            case "approveTicket" | "rejectTicket":
                given["reason"] = key
            case "reply" | "addNote":
                given = {"ticketId": ticket, "text": key}
        return Request(mutation, given | {"idempotencyKey": key})


class Subscriber:
    """Follows all events; whenever it is cut off, it comes back after the last one that it has seen."""

    def __init__(self, person: Person, start: str) -> None:
        self._person, self._cursor, self.start = person, start, JournalCursor.parse(start).position
        self.seen: list[int] = []
        self.connections = 0
        self.broken = 0
        """Events that came with an error in place of one of their fields."""

    @property
    def position(self) -> int:
        return self.seen[-1] if self.seen else self.start

    async def runs(self) -> None:
        while True:
            try:
                async with self._person.follows(after=self._cursor) as stream:
                    self.connections += 1
                    while True:
                        event = await stream.next()
                        self._cursor = event.cursor
                        self.seen.append(position(event))
            except (WebSocketException, OSError, EOFError):  # a TimeoutError is an OSError
                pass
            except Errors as errors:
                self.broken += "path" in errors.errors[0]
                if errors.code != "UNAVAILABLE":
                    raise
            await asyncio.sleep(POLL_S)

    def gaps(self, end: int) -> int:
        """How often the next event was not the next of the journal, up to its end."""
        seen = [self.start, *self.seen, end + 1]
        return sum(after != before + 1 for before, after in pairwise(seen))


@dataclass
class Load:
    """Writers and subscribers of one desk."""

    server: Server
    secret: str
    start: str
    """The journal's position before the first write."""
    oracle: Oracle
    subscribers: list[Subscriber]
    shared: list[str] = field(default_factory=list)
    """The tickets that all write to."""

    @property
    def began(self) -> int:
        return JournalCursor.parse(self.start).position

    @property
    def reconnects(self) -> int:
        """How often a subscriber had to come back."""
        return sum(each.connections - 1 for each in self.subscribers)

    @property
    def broken(self) -> int:
        """Events that came to a subscriber with an error in them: whoever goes on behind them has lost something."""
        return sum(each.broken for each in self.subscribers)

    @property
    def figures(self) -> dict[str, int]:
        """What the drills' table says of the load."""
        oracle = self.oracle
        return {
            "acknowledged": len(oracle.acknowledged),
            "requests_cut_off": oracle.cut,
            "answers_of_UNAVAILABLE": oracle.unavailable.total(),
            "subscribers_come_back": self.reconnects,
        }

    async def comes_back(self, **variables: str) -> int:
        """Starts the desk again while nobody sends; returns how many writes it has done and never acknowledged."""
        self.oracle.open.clear()
        await self.server.start(**variables)
        async with self.server.client() as desk:
            there = JournalCursor.parse(await Person(desk, "ann", self.secret).as_of()).position
        self.oracle.open.set()
        return there - self.began - len(self.oracle.acknowledged)


@asynccontextmanager
async def under_load(
    server: Server, secret: str, random: Random, *, writers: int = WRITERS, subscribers: int = SUBSCRIBERS
) -> AsyncIterator[Load]:
    """A load on a desk during the block. At its end every request was answered, and every subscriber has caught up."""
    async with server.client() as desk:
        ann, oracle, stop = Person(desk, "ann", secret), Oracle(), asyncio.Event()
        oracle.open.set()
        start = await ann.as_of()
        load = Load(server, secret, start, oracle, [Subscriber(ann, start) for _ in range(subscribers)])
        for number in range(SHARED):
            given = {"userId": "u-1", "subject": "Everybody's"}
            request = Request("createTicket", {"input": given, "idempotencyKey": f"shared {number}"})
            load.shared.append((await sent(ann, request, oracle)).id)
        async with asyncio.TaskGroup() as following:
            tasks = [following.create_task(each.runs()) for each in load.subscribers]
            async with asyncio.TaskGroup() as writing:
                for number in range(writers):
                    writer = Writer(f"{number}", ann, oracle, load.shared, Random(random.getrandbits(32)))
                    writing.create_task(writer.runs(stop))
                yield load
                stop.set()
            end = JournalCursor.parse(await ann.as_of()).position
            await until(lambda: all(each.position >= end for each in load.subscribers), "the subscribers to catch up")
            for task in tasks:
                task.cancel()


# ---------------------------------------------------------------- the reckoning


@dataclass
class Found:
    """What is wrong, each in a word; all empty where nothing is."""

    lost: list[str] = field(default_factory=list)
    """Acknowledged, and not there with that outcome."""
    doubled: list[str] = field(default_factory=list)
    """There, and not by exactly one acknowledged request."""
    torn: list[str] = field(default_factory=list)
    """Half done: rows that do not belong together."""
    gaps: int = 0
    """Places where the journal or what a subscriber saw does not go on with the next event."""
    surprises: dict[str, int] = field(default_factory=dict)
    """Answers that no writer may ever get."""

    @property
    def counted(self) -> dict[str, int]:
        """The figures of the drills' table."""
        figures = {"lost": len(self.lost), "doubled": len(self.doubled), "gaps": self.gaps}
        return figures | {"half_done": len(self.torn), "other_answers": sum(self.surprises.values())}


async def asked_again(load: Load, random: Random) -> Found:
    """Sends every request that was acknowledged once more: each is answered as before, and nothing is written."""
    found, at_once = Found(), asyncio.Semaphore(WRITERS)
    kept = list(load.oracle.acknowledged.values())
    kept = random.sample(kept, REPEATED_AT_LAST) if len(kept) > REPEATED_AT_LAST else kept

    async def ask(ann: Person, request: Request, result: Answer) -> None:
        async with at_once:
            if await ann.does(request.mutation, **request.arguments) != result:
                found.lost.append(f"another answer under {request.key}")

    async with load.server.client() as desk:
        ann = Person(desk, "ann", load.secret)
        before = await ann.as_of()
        await asyncio.gather(*(ask(ann, *each) for each in kept))
        if await ann.as_of() != before:
            found.doubled.append("a repeated request wrote something")
    return found


async def reckoned(load: Load, random: Random, settings: Settings | None = None) -> Found:
    """Compares what was acknowledged with what the desk, still running, answers and with the rows that it left.

    `settings` lead to the rows where they were copied to another place.
    """
    found = await asked_again(load, random)
    found.surprises |= load.oracle.surprises
    settings = settings or load.server.settings
    async with database.connected(settings.database):
        await _compare_rows(load, found)
        positions = await journal()
        found.gaps += sum(there != due for due, there in enumerate(positions, load.began + 1))
        found.gaps += sum(each.gaps(load.began + len(positions)) for each in load.subscribers)
        if settings.embedded:
            (check,) = await database.primary().execute_query_dict("PRAGMA integrity_check")
            found.torn += [said for said in check.values() if said != "ok"]
    return found


async def _compare_rows(load: Load, found: Found) -> None:
    kept = load.oracle.acknowledged
    events = await Event.filter(position__gt=load.began)
    by_message = {str(event.message_id): event for event in events if event.message_id is not None}
    by_revision = {(str(event.ticket_id), event.revision): event for event in events if not event.note}
    explained: Counter[int] = Counter()
    for request, result in kept.values():
        of_message = result["__typename"] == "Message"
        event = by_message.get(result.id) if of_message else by_revision.get((result.id, result.revision))
        if event is None or event.kind != KINDS[request.mutation]:
            found.lost.append(f"no event of {request.key}")
        else:
            explained[event.position] += 1
    found.doubled += [f"event {event.position} of {explained[event.position]} requests"
                      for event in events if explained[event.position] != 1]  # fmt: skip

    stored = Counter([row.key for row in await Idempotency.all()])
    found.lost += [f"no row of {key}" for key in kept.keys() - stored.keys()]
    found.doubled += [f"{count} rows of {key}" for key, count in stored.items() if count > 1]
    found.torn += [f"a row of {key}, which nobody was told of" for key in stored.keys() - kept.keys()]

    tickets, creating = await Ticket.all(), [key for key, (each, _) in kept.items() if each.mutation == "createTicket"]
    if (over := len(tickets) - len(creating)) > 0:
        found.doubled.append(f"{over} tickets more than keys")
    ids = {str(ticket.id) for ticket in tickets}
    found.lost += [f"no ticket of {key}" for key in creating if kept[key][1].id not in ids]
    changes = Counter(event.ticket_id for event in events if not event.note)
    found.torn += [f"ticket {row.number}: revision {row.revision}, {changes[row.id]} events"
                   for row in tickets if row.revision != changes[row.id]]  # fmt: skip
    said = {str(message.id): message.text for message in await Message.all()}
    texts = {result.id: result.text for _, result in kept.values() if result["__typename"] == "Message"}
    found.lost += [f"no message {id}" for id, text in texts.items() if said.get(id) != text]
    found.torn += [f"a message {id} without its event" for id in said.keys() - by_message.keys()]
