"""The live queue out of memory: what it costs, for whom it is kept, and that it is exact while many write."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import orjson
import pytest

from desk import keeper
from desk.settings import Settings
from models.event import Event
from tests.support.desk import GUARD_S, Answer, Desk, Person, running
from tests.support.live import place
from tests.support.sql import statements

QUEUE = """query($filter: TicketFilter, $orderBy: TicketOrder) { queue(filter: $filter, orderBy: $orderBy) {
  numbers total asOf } }"""


@pytest.fixture(autouse=True)
def both_ways() -> None:
    """Each query is executed once: see conftest.py."""


@pytest.fixture(autouse=True)
def nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seal is made meanwhile: its statements are nobody's who asks."""
    monkeypatch.setattr(keeper, "ROUND_S", 60 * GUARD_S)


async def queue(person: Person, **given: object) -> Answer:
    return (await person.asks(QUEUE, **given)).queue  # type: ignore[no-any-return]


async def tables(person: Person, **given: object) -> list[str]:
    """What a queue is read from, statement by statement, but for the heads and what they moved."""
    with statements() as sent:
        await queue(person, **given)
    read = {'FROM "tickets"': "tickets", "THEN content END FROM events": "events"}
    return [table for sql, _ in sent for part, table in read.items() if part in str(sql)]


async def test_after_some_events_a_queue_costs_one_look_at_the_journal(desk: Desk) -> None:
    ann, ada = await desk.agent(), await desk.admin()
    made = [await ann.creates(userId="u-1") for _ in range(3)]
    given = {"filter": {"status": ["OPEN", "PROCESSING"], "assignee": None}}
    assert await tables(ann, **given) == ["tickets"]
    await ann.starts(made[0])
    await ann.closes(made[1])
    await ann.creates(userId="u-2")
    assert await tables(ann, **given) == ["events"]
    assert await tables(ann, **given, orderBy="CREATED_ASC") == []
    assert await tables(ada, **given, orderBy="CREATED_ASC") == []
    await ann.updates(made[2], given={"priority": "HIGH"})
    answer = await queue(ann, **given, orderBy="CREATED_ASC")
    assert (answer.numbers, answer.total) == ([made[2].number, made[2].number + 1], 2)
    assert answer.asOf == await ann.as_of()


async def test_other_queues_are_read(desk: Desk) -> None:
    ann, carla, bank = await desk.agent(), await desk.customer("carla", "u-1"), await desk.partner()
    made = [await ann.creates(userId=user) for user in ("u-1", "u-2")]
    assert (await queue(carla)).numbers == [made[0].number]
    for person, given in (
        (carla, {}),
        (bank, {"filter": {"userId": "u-1"}}),
        (ann, {"filter": {"userId": "u-1"}}),
        (ann, {"filter": {"tag": "x"}}),
        (ann, {"filter": {"locked": False}}),
        (ann, {"filter": {"awaitingReply": True}}),
        (ann, {"filter": {"search": "card"}}),
        (ann, {"orderBy": "UPDATED_ASC"}),
    ):
        for _ in range(2):
            await ann.updates(made[0], given={"subject": (await ann.as_of())[-8:]})
            assert await tables(person, **given) == ["tickets"], given


async def test_without_the_cache_every_queue_is_read(settings: Settings) -> None:
    async with running(replace(settings, cache=False)) as plain:
        ann = await plain.agent()
        await ann.creates(userId="u-1")
        assert [await tables(ann) for _ in range(2)] == [["tickets"]] * 2


async def test_queues_are_exact_while_many_write_and_ask(desk: Desk) -> None:
    agents = await desk.agents("ann", "bob", "cem", "dora")
    given = {"filter": {"status": ["OPEN"], "priority": ["NORMAL", "HIGH"]}, "orderBy": "CREATED_ASC"}
    answers: list[Answer] = []

    async def write(who: Person) -> None:
        for n in range(8):
            made = await who.creates(userId="u-1", priority="HIGH")
            answers.append(await queue(who, **given))
            assert made.number in answers[-1].numbers
            await (who.closes(made) if n % 2 else who.updates(made, given={"priority": "LOW"}))
            answers.append(await queue(who, **given))
            assert made.number not in answers[-1].numbers

    async def ask(who: Person) -> None:
        for _ in range(40):
            answers.append(await queue(who, **given))

    await asyncio.gather(*map(write, agents), *map(ask, agents))
    events = await Event.filter(ticket_id__isnull=False, content__isnull=False).order_by("position")
    for answer in answers:
        last = {e.ticket_id: orjson.loads(e.content or "") for e in events if e.position <= place(answer.asOf)}
        listed = [t for t in last.values() if t["status"] == "OPEN" and t["priority"] != "LOW"]
        listed.sort(key=lambda ticket: (ticket["created_at_ms"], ticket["number"]))
        assert answer.numbers == [ticket["number"] for ticket in listed]
        assert answer.total == len(listed)
