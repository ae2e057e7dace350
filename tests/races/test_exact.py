"""No read that begins after an acknowledged write sees anything older, whichever process answers.

Two processes on one database, writers and readers at both. Each user's tickets change one step at a time, so that what
a reader is told of them must be one of the steps from the last that was acknowledged before it began.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from desk.settings import Settings
from desk.speed.cache import Answers
from models.account import Role
from models.shared import Shared
from resolvers.viewer import Sight
from tests.support.desk import Answer, Desk, Person, running
from tests.support.drills import ROUNDS, drawn
from tests.support.processes import broadcast_is, serving
from tests.support.redis import Redis

USERS, TICKETS, STEPS, READERS = 3, 2, 40 * ROUNDS, 5
"""Users with a writer each; tickets that each has at first; what each writer does; readers."""
ROW = "subject revision status"


@dataclass(frozen=True)
class Row:
    """What a ticket is told to be."""

    subject: str
    revision: int
    status: str

    @classmethod
    def of(cls, told: Answer) -> Row:
        return cls(told.subject, told.revision, told.status)


@dataclass(frozen=True)
class State:
    """A user's tickets at one step, and which of them was approved last."""

    rows: frozenset[Row] = frozenset()
    approved: tuple[str, ...] = ()
    """Subjects in the order of their approvals, the latest last."""

    def told(self, subject: str) -> Row:
        return next(row for row in self.rows if row.subject == subject)

    def becomes(self, row: Row, approved: tuple[str, ...]) -> State:
        others = frozenset(other for other in self.rows if other.subject != row.subject)
        return State(others | {row}, approved)


@dataclass
class User:
    """One user's steps so far; the last may be on its way. `done` counts those that were acknowledged."""

    id: str
    steps: list[State] = field(default_factory=lambda: [State()])
    done: int = 1
    tickets: dict[str, Answer] = field(default_factory=dict)

    async def step(self, random: Random, agent: Person) -> None:
        """Does something with one of the tickets, or opens another, and waits for the acknowledgement."""
        now = self.steps[-1]
        if len(self.tickets) < TICKETS or random.random() < 0.05:
            subject = f"{self.id} {len(self.tickets)}"
            self.steps.append(now.becomes(Row(subject, 1, "OPEN"), now.approved))
            self.tickets[subject] = await agent.creates(userId=self.id, subject=subject)
        else:
            await self._change(random, agent, now)
        self.done = len(self.steps)

    async def _change(self, random: Random, agent: Person, now: State) -> None:
        subject = random.choice(list(self.tickets))
        ticket, row = self.tickets[subject], now.told(subject)
        if row.status == "OPEN":
            verb, status = random.choice([("approves", "APPROVED"), ("rejects", "REJECTED"), ("replies", "OPEN")])
        else:
            verb, status = random.choice([("reopens", "OPEN"), ("replies", row.status)])
        rest = tuple(other for other in now.approved if other != subject)
        approved = (*rest, subject) if verb == "approves" else rest if verb == "reopens" else now.approved
        self.steps.append(now.becomes(Row(subject, row.revision + 1, status), approved))
        answer = await getattr(agent, verb)(ticket)
        assert answer["__typename"] in {"Ticket", "Message"}, answer


Ask = Callable[[Person, User], Awaitable[tuple[Hashable, Callable[[State], Hashable]]]]
"""Asks about a user; what was told, and what a state would have it be."""


async def one(person: Person, user: User) -> tuple[Hashable, Callable[[State], Hashable]]:
    subject, ticket = next(iter(user.tickets.items()))
    told = (await person.asks(f'{{ ticket(id: "{ticket.id}") {{ {ROW} }} }}')).ticket
    return Row.of(told), lambda state: state.told(subject)


async def latest(person: Person, user: User) -> tuple[Hashable, Callable[[State], Hashable]]:
    told = (await person.asks(f'{{ latestApprovedTicket(userId: "{user.id}") {{ {ROW} }} }}')).latestApprovedTicket
    return told and Row.of(told), lambda state: state.told(state.approved[-1]) if state.approved else None


async def whole(person: Person, user: User) -> tuple[Hashable, Callable[[State], Hashable]]:
    """Everybody's list, of which one user's rows are looked at."""
    edges = (await person.asks(f"{{ tickets(first: 100) {{ edges {{ node {{ userId {ROW} }} }} }} }}")).tickets.edges
    told = frozenset(Row.of(edge.node) for edge in edges if edge.node.userId == user.id)
    return told, lambda state: state.rows


async def approved(person: Person, user: User) -> tuple[Hashable, Callable[[State], Hashable]]:
    filter = f'{{userId: "{user.id}", status: [APPROVED]}}'
    edges = (await person.asks(f"{{ tickets(filter: {filter}) {{ edges {{ node {{ {ROW} }} }} }} }}")).tickets.edges
    told = frozenset(Row.of(edge.node) for edge in edges)
    return told, lambda state: frozenset(row for row in state.rows if row.status == "APPROVED")


async def order(person: Person, user: User) -> tuple[Hashable, Callable[[State], Hashable]]:
    """The queue: how many of a user's tickets are open."""
    told = (await person.asks(f'{{ queue(filter: {{userId: "{user.id}", status: [OPEN]}}) {{ total }} }}')).queue.total
    return told, lambda state: sum(row.status == "OPEN" for row in state.rows)


ASKS: list[Ask] = [one, latest, whole, approved, order]


async def check(random: Random, desks: list[Person], user: User) -> None:
    """Asks something about a user, twice in a row as clients do."""
    person, ask = random.choice(desks), random.choice(ASKS)
    for _ in range(2):
        since = user.done - 1
        told, of = await ask(person, user)
        expected = [of(state) for state in user.steps[since:]]
        assert told in expected, f"{ask.__name__} of {user.id}: {told}, and not one of {expected}"


@pytest.fixture
def shared(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """What both processes share: on PostgreSQL a Redis, too."""
    if settings.embedded:
        return settings
    redis: Redis = request.getfixturevalue("redis")
    return replace(settings, broadcast_url=redis.url)


async def test_who_asks_while_a_look_runs_is_told_by_the_next_one() -> None:
    """PostgreSQL's head is looked at once for all who asked before the look began, and for nobody who came later."""
    looks, began, go = 0, asyncio.Event(), asyncio.Event()

    async def look() -> int:
        nonlocal looks
        looks += 1
        here = looks
        began.set()
        await go.wait()
        return here

    shared = Shared(look)
    first = asyncio.create_task(shared())
    await began.wait()
    later = [asyncio.create_task(shared()) for _ in range(3)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(first, *later) == [1, 2, 2, 2]


async def test_no_read_that_begins_after_an_acknowledged_write_sees_older_data(
    shared: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, found, get = drawn(), 0, Answers.get

    def counted(answers: Answers, question: bytes, sight: Sight, now_ms: int) -> bytes | None:
        nonlocal found
        answer = get(answers, question, sight, now_ms)
        found += answer is not None
        return answer

    monkeypatch.setattr(Answers, "get", counted)
    async with running(shared) as here, serving(shared, tmp_path / "log") as there:
        if not shared.embedded:
            for desk in (here, there):
                await broadcast_is(desk, "up")
        people = await _at_both(here, there)
        users = [User(f"u-{number}") for number in range(USERS)]
        for user in users:
            for _ in range(TICKETS):
                await user.step(random, people[0])

        async def write(user: User) -> None:
            for _ in range(STEPS):
                await user.step(random, random.choice(people))

        async def read() -> None:
            while not writing.done():
                await check(random, people, random.choice(users))

        writing = asyncio.gather(*(write(user) for user in users))
        await asyncio.gather(writing, *(read() for _ in range(READERS)))
        for user in users:
            for ask in ASKS:
                for person in people:
                    told, of = await ask(person, user)
                    assert told == of(user.steps[-1])
    assert found > USERS * STEPS // 10, "hardly anything was answered from memory"


async def _at_both(here: Desk, there: Desk) -> list[Person]:
    """Two agents, each at both processes."""
    agents = [await here.person(name, Role.AGENT) for name in ("ann", "bob")]
    return [Person(desk, agent.name, agent.token) for desk in (here, there) for agent in agents]
