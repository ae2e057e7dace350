"""A queue that is kept says at every position what the database says there, whatever happened in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.attachment import Files
from models.event import Event
from models.ticket import Priority, Status, Ticket
from models.work import System
from resolvers import erasure, following, lists, queues
from resolvers.filters import TicketFilter
from resolvers.lists import Queue
from resolvers.orders import Order
from resolvers.queues import Queues
from tests.models.conftest import House
from tests.models.days import Day, Step, steps, tries
from tests.models.drawn import promise
from tests.support.sql import statements

EXAMPLES = 25
BY_MAKING = (Order.CREATED_ASC, Order.CREATED_DESC)

moment = st.sampled_from([0, 0, 5]) | st.integers(-9, 30)
"""Milliseconds after a story begins; where PostgreSQL's clock goes, a step takes some of them."""
some = st.lists(st.sampled_from(Status), max_size=3).map(tuple)
filters = st.builds(
    TicketFilter,
    status=st.none() | some | st.just((Status.OPEN, Status.PROCESSING)),
    priority=st.none() | st.lists(st.sampled_from(Priority), max_size=2).map(tuple),
    assignee=st.sampled_from([None, None, "ann", "bob"]),
    unassigned=st.sampled_from([False, False, True]),
)
days = st.fixed_dictionaries(
    {},
    optional={
        "created_after_ms": moment,
        "created_before_ms": moment,
        "decided_after_ms": moment,
        "decided_before_ms": moment,
        "decided_by": st.sampled_from(["ann", "system"]),
    },
)


def on(days: dict[str, Any], wanted: TicketFilter, begin_ms: int) -> TicketFilter:
    """A filter narrowed to some days of a story."""
    at = {name: value + begin_ms if isinstance(value, int) else value for name, value in days.items()}
    return replace(wanted, **at)


async def asks(day: Day, wanted: TicketFilter, order: Order, kept: Queues | None) -> Queue:
    return await lists.queue(await day.context(kept), wanted, order)


@pytest.mark.parametrize("bound", ["far", "near"])
def test_kept_and_read_are_the_same_at_every_position(
    house: House, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "LONGEST_KEPT", queues.LONGEST_KEPT)
    monkeypatch.setattr(lists, "_kept_whole", lists._whole)  # which has the bound in it
    if bound == "near":
        monkeypatch.setattr(following, "MOST_EVENTS", 5)
        monkeypatch.setattr(queues, "MOST_KEPT", 2)

    @promise(EXAMPLES)
    @given(
        st.lists(st.tuples(days, filters | st.just(TicketFilter())), min_size=1, max_size=4),
        st.lists(st.lists(steps, max_size=8), min_size=2, max_size=6),
    )
    def same(drawn: list[tuple[dict[str, Any], TicketFilter]], rounds: list[list[Step]]) -> None:
        day, kept, begin_ms = Day(house), Queues(), house.run(house.now_ms())
        asked = [on(some_days, wanted, begin_ms) for some_days, wanted in drawn]
        if bound == "near":
            queues.LONGEST_KEPT = house.run(Ticket.all().count()) + 2

        async def compare() -> None:
            for wanted in asked:
                for order in BY_MAKING:
                    assert await asks(day, wanted, order, kept) == await asks(day, wanted, order, None)

        for some_steps in rounds:
            for step in some_steps:
                house.run(tries(day, step))
            house.run(compare())

    same()


@pytest.mark.parametrize("torn", ["erased", "gap", "nonce", "journal_id"])
def test_where_the_journal_does_not_lead_on_a_queue_is_read_anew(house: House, torn: str, tmp_path: Path) -> None:
    day, kept, wanted = Day(house), Queues(), TicketFilter(status=(Status.OPEN,))

    async def asked() -> list[str]:
        with statements() as sent:
            told = await asyncio.create_task(asks(day, wanted, Order.CREATED_ASC, kept))  # listens to new tasks only
        assert told == await asks(day, wanted, Order.CREATED_ASC, None)
        return [sql for sql, _ in sent if '"tickets"' in str(sql)]

    async def story() -> None:
        await day.creates(Priority.HIGH, 0)
        assert await asked()
        await day.creates(Priority.HIGH, 0)
        assert not await asked()
        await day.creates(Priority.HIGH, 0)
        if torn == "erased":
            await erasure.erase(System(house.world), "u-1", "Request 17", Files(tmp_path))
        else:
            (one,) = kept._kept.values()
            assert one.head is not None
            if torn == "gap":  # begun before the first event, which was pruned since
                await Event.filter(position=1).delete()
                one.head = one.head._replace(position=0)
            else:
                one.head = one.head._replace(**{torn: bytes(len(getattr(one.head, torn)))})
        assert await asked()

    house.run(story())


def test_who_came_with_an_older_head_takes_nothing_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    day, kept, came, go = Day(house), Queues(), asyncio.Event(), asyncio.Event()
    get = Queues.get

    async def slowly(*given: Any) -> Any:
        if not came.is_set():
            came.set()
            await go.wait()
        return await get(*given)

    async def story() -> None:
        before = await asks(day, TicketFilter(), Order.CREATED_ASC, kept)
        monkeypatch.setattr(Queues, "get", slowly)
        monkeypatch.delattr(queues.Kept, "begin")  # nothing is read anew
        await day.creates(Priority.HIGH, 0)
        older = asyncio.create_task(asks(day, TicketFilter(), Order.CREATED_ASC, kept))
        await came.wait()
        await day.creates(Priority.HIGH, 0)
        newer = await asks(day, TicketFilter(), Order.CREATED_ASC, kept)
        go.set()
        assert await older == newer
        assert newer.total == before.total + 2

    house.run(story())
