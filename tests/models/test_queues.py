"""A queue that is kept says at every position what the database says there, whatever happened in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from models import statements as journal_statements
from models.account import Role
from models.database import head
from models.errors import GuichetError
from models.event import Event
from models.statements import Runs
from models.ticket import Priority, Status, Ticket
from models.work import System
from resolvers import decisions, erasure, imports, journal, lists, locks, messages, queues, tickets
from resolvers.context import Context, Door
from resolvers.cursors import JournalCursor
from resolvers.guard import Guard
from resolvers.lists import Queue, TicketFilter
from resolvers.orders import Order
from resolvers.queues import Queues
from resolvers.viewer import Viewer
from tests.models.conftest import STAFF, House
from tests.models.drawn import promise
from tests.support.sql import statements

EXAMPLES = 25
BY_MAKING = (Order.CREATED_ASC, Order.CREATED_DESC)

some = st.lists(st.sampled_from(Status), max_size=3).map(tuple)
filters = st.builds(
    TicketFilter,
    status=st.none() | some | st.just((Status.OPEN, Status.PROCESSING)),
    priority=st.none() | st.lists(st.sampled_from(Priority), max_size=2).map(tuple),
    assignee=st.sampled_from([None, None, "ann", "bob"]),
    unassigned=st.sampled_from([False, False, True]),
)
nth = st.integers(0, 9)
guard = Guard()

Step = Callable[["Day"], Awaitable[object]]


class Day:
    """Who is there, and the tickets they made."""

    def __init__(self, house: House) -> None:
        self.house, self.made = house, list[Ticket]()

    def viewer(self, name: str = "ann") -> Viewer:
        user_id = "u-1" if name == "carla" else None
        return Viewer(uuid7(), name, STAFF.get(name, Role.CUSTOMER), user_id, self.house.world)

    def id(self, nth: int) -> str:
        return str(self.made[nth % len(self.made)].id) if self.made else str(UUID(int=0))

    async def creates(self, priority: Priority, ms: int) -> None:
        self.house.clock_ms += ms  # back, too: on SQLite its tickets then come in between
        new = tickets.NewTicket("u-1", "Card lost", "", priority, [], {})
        self.made.append(await tickets.create(self.viewer(), new, None))

    async def takes_over(self, status: Status, ms: int) -> None:
        """A row of a file, made at another time."""
        at, by = self.house.clock_ms + ms, System(self.house.world)
        await imports.take(by, [imports.ImportedTicket(str(uuid7()), "u-1", "x", status=status, created_at_ms=at)])

    async def asks(self, wanted: TicketFilter, order: Order, kept: Queues | None) -> Queue:
        context = Context(self.house.world, self.viewer(), await head(), cast("Door", None), kept)
        return await lists.queue(context, wanted, order)


def verb(act: Callable[[Day, str], Awaitable[object]]) -> st.SearchStrategy[Step]:
    return nth.map(lambda n: lambda day: act(day, day.id(n)))


async def renews(day: Day) -> None:
    await journal.renew(System(day.house.world))


steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda p, ms: lambda day: day.creates(p, ms), st.sampled_from(Priority), st.sampled_from([0, 0, 5, -3])),
    st.builds(
        lambda n, to: lambda day: tickets.update(day.viewer(), day.id(n), to, guard),
        nth,
        st.one_of(
            st.fixed_dictionaries({"priority": st.sampled_from(Priority)}),
            st.fixed_dictionaries({"assignee": st.sampled_from([None, "ann", "bob"])}),
        ),
    ),
    st.builds(lambda status, ms: lambda day: day.takes_over(status, ms), st.sampled_from(Status), st.integers(-9, 9)),
    verb(lambda day, id: decisions.start(day.viewer("bob"), id, guard)),
    verb(lambda day, id: decisions.approve(day.viewer(), id, None, guard)),
    verb(lambda day, id: decisions.reject(day.viewer(), id, "no", guard)),
    verb(lambda day, id: decisions.close(day.viewer(), id, guard)),
    verb(lambda day, id: decisions.reopen(day.viewer(), id, guard)),
    verb(lambda day, id: locks.lock(day.viewer(), id, 60)),
    verb(lambda day, id: messages.add_note(day.viewer(), id, "Seen.", None)),
    verb(lambda day, id: messages.reply(day.viewer("carla"), id, "Again.", None, guard)),
    st.just(renews),
)


async def tries(day: Day, step: Step) -> None:
    with suppress(GuichetError):  # nothing happened
        await step(day)


@pytest.mark.parametrize("bound", ["far", "near"])
def test_kept_and_read_are_the_same_at_every_position(
    house: House, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "LONGEST_KEPT", queues.LONGEST_KEPT)
    monkeypatch.setattr(lists, "_kept_whole", lists._whole)  # which has the bound in it
    if bound == "near":
        monkeypatch.setattr(queues, "MOST_EVENTS", 5)
        monkeypatch.setattr(queues, "MOST_KEPT", 2)

    @promise(EXAMPLES)
    @given(st.lists(filters, min_size=1, max_size=4), st.lists(st.lists(steps, max_size=8), min_size=2, max_size=6))
    def same(asked: list[TicketFilter], days: list[list[Step]]) -> None:
        day, kept = Day(house), Queues()
        if bound == "near":
            queues.LONGEST_KEPT = house.run(Ticket.all().count()) + 2

        async def compare() -> None:
            for wanted in asked:
                for order in BY_MAKING:
                    assert await day.asks(wanted, order, kept) == await day.asks(wanted, order, None)

        for some_steps in days:
            for step in some_steps:
                house.run(tries(day, step))
            house.run(compare())

    same()


@pytest.mark.parametrize("torn", ["erased", "gap", "nonce", "journal_id"])
def test_where_the_journal_does_not_lead_on_a_queue_is_read_anew(house: House, torn: str) -> None:
    day, kept, wanted = Day(house), Queues(), TicketFilter(status=(Status.OPEN,))

    async def asked() -> list[str]:
        with statements() as sent:
            told = await asyncio.create_task(day.asks(wanted, Order.CREATED_ASC, kept))  # listens to new tasks only
        assert told == await day.asks(wanted, Order.CREATED_ASC, None)
        return [sql for sql, _ in sent if '"tickets"' in str(sql)]

    async def story() -> None:
        await day.creates(Priority.HIGH, 0)
        assert await asked()
        await day.creates(Priority.HIGH, 0)
        assert not await asked()
        await day.creates(Priority.HIGH, 0)
        if torn == "erased":
            await erasure.erase(System(house.world), "u-1", "Request 17")
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
    day, kept, go = Day(house), Queues(), asyncio.Event()
    contents = journal_statements.contents

    async def slow(connection: Runs, first: int, last: int) -> list[object]:
        events = await contents(connection, first, last)
        if last == first + 1:
            await go.wait()
        return events

    async def story() -> None:
        before = await day.asks(TicketFilter(), Order.CREATED_ASC, kept)
        monkeypatch.setattr(journal_statements, "contents", slow)
        asked = []
        for _ in range(2):
            await day.creates(Priority.HIGH, 0)
            asked.append(asyncio.ensure_future(day.asks(TicketFilter(), Order.CREATED_ASC, kept)))
            for _ in range(200):
                await asyncio.sleep(0)
        go.set()
        start = JournalCursor.parse(before.as_of).position
        for told in await asyncio.gather(*asked):
            assert told.total - before.total == JournalCursor.parse(told.as_of).position - start

    house.run(story())
