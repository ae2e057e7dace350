"""Writers that wait share a commit of SQLite: each is answered after it, and has it or has none of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import cast

import aiosqlite
import pytest
from tortoise.exceptions import OperationalError

from desk import keeper
from models import database, sqlite
from models.event import Event
from models.sqlite import Client
from models.ticket import Ticket
from models.work import Work
from tests.support.desk import GUARD_S, Answer, Desk, Person
from tests.support.live import journal, until

WRITERS = 12

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else commits."""
    monkeypatch.setattr(keeper, "ROUND_S", 60 * GUARD_S)


class Commits:
    """Counts commits, or has them fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.error: Exception | None = None
        commit = aiosqlite.Connection.commit

        async def counted(connection: aiosqlite.Connection) -> None:
            self.count += 1
            if self.error is not None:
                raise self.error
            await commit(connection)

        monkeypatch.setattr(aiosqlite.Connection, "commit", counted)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    return Commits(monkeypatch)


class Hooked:
    """What happens at the end of somebody's unit of work, when all of it is written; the first one there waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_the_end: dict[str, Callable[[], None]] = {}
        self._inside, self._leave, write = asyncio.Event(), asyncio.Event(), Work.write
        self._leave.set()

        async def hooked(work: Work, outcome: object) -> int:
            position = await write(work, outcome)
            self._inside.set()
            await self._leave.wait()
            self.at_the_end.get(work.actor, lambda: None)()
            return position

        monkeypatch.setattr(Work, "write", hooked)

    async def together(self, *writes: Awaitable[Answer]) -> list[Answer]:
        """The answers to writes that begin while the first is under way: all others wait for it."""
        self._inside.clear()
        self._leave.clear()
        first = asyncio.ensure_future(writes[0])
        async with asyncio.timeout(GUARD_S):
            await self._inside.wait()
        others = [asyncio.ensure_future(write) for write in writes[1:]]
        await until(lambda: _writers()._waiting == len(others), "everybody to wait")
        self._leave.set()
        return list(await asyncio.gather(first, *others))


def _writers() -> sqlite.Writers:
    return cast("Client", database.primary()).writers


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> Hooked:
    return Hooked(monkeypatch)


async def people(desk: Desk) -> list[Person]:
    return await desk.agents(*(f"agent-{number}" for number in range(WRITERS)))


async def made(person: Person) -> Answer:
    """What making a ticket comes to, by its __typename, or the code of the error."""
    code = await person.outcome("createTicket", input={"userId": "u-1", "subject": person.name})
    return Answer(code=code, name=person.name)


async def there() -> set[str]:
    return {ticket.subject for ticket in await Ticket.all()}


async def whole(start: int) -> None:
    """The tickets that are there, their events, and no hole."""
    events = await Event.filter(position__gt=start).order_by("position")
    assert [event.position for event in events] == list(range(start + 1, start + 1 + len(events)))
    assert sorted(str(event.ticket_id) for event in events) == sorted(str(ticket.id) for ticket in await Ticket.all())


async def test_writers_that_wait_share_one_commit_and_each_is_there_when_it_is_answered(
    desk: Desk, commits: Commits, hooked: Hooked
) -> None:
    agents = await people(desk)
    start, commits.count = (await database.head()).position, 0
    answers = await hooked.together(*map(made, agents))
    assert {answer.code for answer in answers} == {"Ticket"}
    assert commits.count == 1
    assert await there() == {agent.name for agent in agents}
    await whole(start)
    assert await made(agents[0])
    assert commits.count == 2


async def test_only_so_many_share_one_that_the_first_does_not_wait_for_ever(
    desk: Desk, commits: Commits, hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents = await people(desk)
    monkeypatch.setattr(sqlite, "MOST_TOGETHER", 5)
    commits.count = 0
    await hooked.together(*map(made, agents))
    assert commits.count == 3
    assert await there() == {agent.name for agent in agents}


@pytest.mark.parametrize("which", [0, WRITERS // 2, WRITERS - 1], ids=["first", "between", "last"])
async def test_a_refusal_leaves_the_others_whole_and_writes_nothing_itself(
    desk: Desk, commits: Commits, hooked: Hooked, which: int
) -> None:
    """It had written everything already."""
    agents = await people(desk)

    def refuse() -> None:
        raise RuntimeError("just before the end")

    hooked.at_the_end[agents[which].name] = refuse
    start, commits.count = (await database.head()).position, 0
    answers = await hooked.together(*map(made, agents))
    assert {answer.name for answer in answers if answer.code == "INTERNAL"} == {agents[which].name}
    assert sum(answer.code == "Ticket" for answer in answers) == WRITERS - 1
    assert commits.count == 1
    assert await there() == {agent.name for agent in agents} - {agents[which].name}
    await whole(start)


async def test_a_refusal_that_rests_on_anothers_write_waits_for_it(
    desk: Desk, commits: Commits, hooked: Hooked
) -> None:
    """Whoever is told of a version that is not on the disk would be told what may never have been."""
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1")
    commits.error = sqlite3.OperationalError("disk I/O error")

    async def update(person: Person, version: int) -> Answer:
        given = {"id": ticket.id, "input": {"subject": person.name}, "expectedVersion": version}
        return Answer(code=await person.outcome("updateTicket", **given))

    told = await hooked.together(update(ann, 1), update(bob, 1))
    assert [answer.code for answer in told] == ["UNAVAILABLE", "UNAVAILABLE"]
    commits.error = None
    told = await hooked.together(update(ann, 1), update(bob, 1))
    assert [answer.code for answer in told] == ["Ticket", "VersionConflict"]


async def test_a_commit_that_fails_fails_everybody_who_shares_it_and_the_desk_goes_on(
    desk: Desk, commits: Commits, hooked: Hooked
) -> None:
    agents = await people(desk)
    start, commits.error = (await database.head()).position, sqlite3.OperationalError("disk I/O error")
    answers = await hooked.together(*map(made, agents))
    assert {answer.code for answer in answers} == {"UNAVAILABLE"}
    assert await there() == set()
    assert await journal(start) == []
    commits.error = None
    assert {answer.code for answer in await hooked.together(*map(made, agents))} == {"Ticket"}
    await whole(start)


async def test_a_unit_that_rolls_back_everything_fails_everybody_and_the_desk_goes_on(
    desk: Desk, commits: Commits, hooked: Hooked
) -> None:
    """As SQLite does by itself when the disk is full in the middle of a statement."""
    agents = await people(desk)
    start = (await database.head()).position

    def full() -> None:
        cast("Client", database.primary())._parent._connection._conn.execute("ROLLBACK")  # type: ignore[attr-defined]
        raise OperationalError(sqlite3.OperationalError("database or disk is full"))

    hooked.at_the_end[agents[WRITERS // 2].name] = full
    answers = await hooked.together(*map(made, agents))
    lost = {answer.name for answer in answers if answer.code != "Ticket"}
    assert {answer.code for answer in answers} <= {"Ticket", "UNAVAILABLE"}
    assert agents[WRITERS // 2].name in lost
    assert agents[0].name in lost
    assert await there() == {agent.name for agent in agents} - lost
    await whole(start)
    del hooked.at_the_end[agents[WRITERS // 2].name]
    assert (await made(agents[0])).code == "Ticket"
    await whole(start)
