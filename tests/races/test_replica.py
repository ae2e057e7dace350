"""Agents' lists may come from a replica, and show every write that was acknowledged before, whatever it is doing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from desk.settings import Settings
from models import database, replica
from models.errors import BadUserInput
from tests.support.desk import GUARD_S, Answer, Desk
from tests.support.live import place
from tests.support.postgres import Postgres, Replica, postgres_server

LIST = """query($filter: TicketFilter) { asOf tickets(filter: $filter) { asOf edges { node { number version } } }
  queue(filter: $filter) { numbers asOf } }"""


@dataclass
class Pair:
    """A primary and its replica, with the desk's empty database in both."""

    primary: Postgres
    replica: Replica

    async def tell(self, sql: str) -> Any:
        """Asks the replica itself."""
        connection = await asyncpg.connect(self.replica.url("desk").replace("asyncpg", "postgres"), ssl=False)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    async def paused(self) -> None:
        await self.tell("SELECT pg_wal_replay_pause()")
        await self._becomes("paused")

    async def resumed(self) -> None:
        await self.tell("SELECT pg_wal_replay_resume()")
        await self._becomes("not paused")

    async def _becomes(self, state: str) -> None:
        while await self.tell("SELECT pg_get_wal_replay_pause_state()") != state:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def caught_up(self) -> None:
        """Waits until the replica is where the primary is."""
        position = (await database.head()).position

        async with asyncio.timeout(GUARD_S):
            while await self.tell("SELECT position FROM journal_head") != position:  # noqa: ASYNC110
                await asyncio.sleep(0)

    @property
    def lists(self) -> int:
        """How many lists the replica was asked for."""
        return self.replica.log.read_text().count('FROM "tickets"')


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with postgres_server() as primary:
        replica = Replica(primary, log_statement="all", recovery_min_apply_delay="10ms")
        if replica.missing:
            assert os.environ.get("CI") != "true", replica.missing
            pytest.skip(replica.missing)
        asyncio.run(primary.create_database("desk"))
        asyncio.run(_migrated(primary.url("desk")))
        try:
            replica.start()
            yield Pair(primary, replica)
        finally:
            replica.close()


async def _migrated(url: str) -> None:
    async with database.connected(url):
        await database.migrate()


@pytest.fixture
def settings(request: pytest.FixtureRequest, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a desk that keeps no answers, unless told, and asks a replica again at once."""
    monkeypatch.setattr(replica, "REST_S", 0.0)
    urls = {"database_url": pair.primary.url("desk"), "replica_url": pair.replica.url("desk")}
    return Settings(data=tmp_path, cache=getattr(request, "param", False), **urls)


async def shows(desk: Desk, made: Answer) -> None:
    """The lists have a ticket as it was acknowledged, and are not older than their request."""
    ann = await desk.agent()
    answer = await ann.asks(LIST, filter={"status": ["OPEN", "PROCESSING"]})
    rows = {edge.node.number: edge.node.version for edge in answer.tickets.edges}
    assert rows.get(made.number) == made.version
    assert made.number in answer.queue.numbers
    assert min(place(answer.tickets.asOf), place(answer.queue.asOf)) >= place(answer.asOf)


async def test_agents_lists_come_from_the_replica_and_nothing_else(desk: Desk, pair: Pair) -> None:
    ann, carla, bank = await desk.agent(), await desk.customer("carla", "u-7"), await desk.partner()
    made = await ann.creates(userId="u-7")
    await serves(pair, lambda: shows(desk, made))
    before = pair.lists
    assert (await carla.asks(LIST)).queue.numbers == [made.number]
    assert (await bank.asks(LIST, filter={"userId": "u-7"})).queue.numbers == [made.number]
    assert (await ann.asks(LIST, filter={"userId": "u-7"})).queue.numbers == [made.number]
    assert await ann.reads(made) == made
    await ann.notes(made)
    assert pair.lists == before


async def serves(pair: Pair, ask: Callable[[], Awaitable[None]]) -> None:
    """Asks until the replica is where the list and the queue come from."""
    async with asyncio.timeout(GUARD_S):
        before = pair.lists
        await ask()
        while pair.lists != before + 2:
            before = pair.lists
            await ask()


async def test_a_replica_that_is_behind_is_not_waited_for(desk: Desk, pair: Pair) -> None:
    ann = await desk.agent()
    await pair.caught_up()
    await pair.paused()
    try:
        made = await ann.creates(userId="u-1")
        before = pair.lists
        await shows(desk, made)
        assert pair.lists == before
    finally:
        await pair.resumed()
    await serves(pair, lambda: shows(desk, made))


async def test_a_replica_that_rests_is_not_asked(desk: Desk, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await desk.agent()
    await pair.caught_up()
    await pair.paused()
    try:
        monkeypatch.setattr(replica, "REST_S", 3_600.0)
        made = await ann.creates(userId="u-1")
        await shows(desk, made)
    finally:
        await pair.resumed()
    await pair.caught_up()
    before = pair.replica.log.read_text()
    await shows(desk, made)
    assert pair.replica.log.read_text() == before


async def test_a_replica_that_stops_or_freezes_costs_nobody_an_answer(desk: Desk, pair: Pair) -> None:
    ann = await desk.agent()
    made = await ann.creates(userId="u-1")
    await serves(pair, lambda: shows(desk, made))
    await asyncio.to_thread(pair.replica.stop)
    try:
        await shows(desk, made)
        made = await ann.updates(made, given={"subject": "while it is away"})
        await shows(desk, made)
    finally:
        await asyncio.to_thread(pair.replica.start)
    await serves(pair, lambda: shows(desk, made))
    with pair.replica.frozen():
        await asyncio.gather(*(shows(desk, made) for _ in range(4)))
        made = await ann.updates(made, given={"subject": "while it is frozen"})
        await shows(desk, made)
    await serves(pair, lambda: shows(desk, made))


@pytest.mark.parametrize("settings", [False, True], indirect=True, ids=["asked", "kept"])
async def test_a_list_shows_every_write_that_was_acknowledged_while_the_replica_lags_and_stands_still(
    desk: Desk, pair: Pair
) -> None:
    agents, begun = await desk.agents("ann", "bob", "cem"), pair.lists
    made = [await ann.creates(userId="u-1") for ann in agents]

    async def work(nth: int) -> None:
        made[nth] = await agents[nth].updates(made[nth], given={"subject": f"{made[nth].version}"})
        await shows(desk, made[nth])

    for _ in range(6):
        for state in (pair.paused, pair.resumed, pair.caught_up):
            await state()
            await asyncio.gather(*(work(nth) for nth in range(len(agents))))
            await shows(desk, made[0])
    assert pair.lists > begun


async def test_a_replica_of_another_journal_is_nobodys(desk: Desk, pair: Pair) -> None:
    ann = await desk.agent()
    made = await ann.creates(userId="u-1")
    await pair.caught_up()
    head = await database.head()
    there = database.replica()
    assert there is not None

    asked: list[Any] = []

    async def read(connection: Any) -> Any:
        asked.append(connection)
        return head, made.number

    async with asyncio.timeout(GUARD_S):
        while await there.read(head, read) is None:  # it connects first
            pass
    asked.clear()
    assert await there.read(head._replace(journal_id=b"another."), read) is None
    assert not asked


async def test_a_replica_goes_with_postgresql_only(tmp_path: Path) -> None:
    with pytest.raises(BadUserInput):
        Settings(data=tmp_path, replica_url="postgres://here/desk")
    with pytest.raises(BadUserInput):
        Settings(database_url="postgres://here/desk", replica_url="sqlite:///desk", data=tmp_path)
