"""The figures that are kept say at every position what the rows come to there, whatever happened in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from models.attachment import Files
from models.bounds import DAY_MS
from models.ticket import UNDECIDED, Priority, Status, Ticket
from models.work import System
from resolvers import erasure, following, imports
from resolvers.board import QUARTER_MS, quarter
from resolvers.context import Context
from resolvers.cursors import JournalCursor
from resolvers.figures import HOUR_MS, Agent, Figures, Hour, Waited, Waiting, figures
from resolvers.queues import Queues
from tests.models.conftest import STAFF, House
from tests.models.days import Day, Step, steps, tries
from tests.models.drawn import promise

EXAMPLES = 25
MINUTE_MS = 60_000
WAITED_MIN = (0, 15, 60, 120, 240, 480)


async def takes_over(day: Day, status: Status, made: int, decided: int) -> None:
    """A row of a file, made so many minutes ago, and decided so many."""
    now_ms = await day.house.now_ms()
    ago = {"created_at_ms": now_ms - made * MINUTE_MS, "decided_at_ms": now_ms - decided * MINUTE_MS}
    ticket = imports.ImportedTicket(str(uuid7()), "u-1", "x", status=status, **ago)
    await imports.take(System(day.house.world, "ann"), [ticket])


async def passes(day: Day, ms: int) -> None:
    """Time, where the desk's clock is the clock."""
    day.house.clock_ms += ms


minutes = st.one_of(st.integers(-3, 600), st.integers(0, 9 * 24 * 60), st.sampled_from([15, 60, 480]))
more: st.SearchStrategy[Step] = st.one_of(
    steps,
    st.builds(
        lambda status, made, decided: lambda day: takes_over(day, status, made, decided),
        st.sampled_from(Status),
        minutes,
        minutes,
    ),
    st.sampled_from([MINUTE_MS, HOUR_MS, DAY_MS, 9 * DAY_MS]).map(lambda ms: lambda day: passes(day, ms)),
)
ago = st.one_of(st.integers(-5, 100), st.integers(0, 8 * 24 * 4 - 1))
"""Quarters of an hour."""


async def counted(context: Context, since_ms: int) -> Figures:
    """The figures by every row that there is, one after the other."""
    now_ms, tickets = context.now_ms, await Ticket.all().order_by("created_at_ms", "number")
    left = [each for each in tickets if each.status in UNDECIDED]
    decided = [each for each in tickets if each.decided_at_ms is not None and each.decided_at_ms >= since_ms]
    editing = [each for each in tickets if each.holder_at(now_ms)]
    of, by = Counter(each.assignee for each in left), Counter((each.decided_by, each.status) for each in decided)
    ages = [(now_ms - each.created_at_ms) // MINUTE_MS for each in left]
    names = {*STAFF, *of, *(name for name, _ in by), *(each.lock_holder for each in editing)} - {None, "system"}

    def longest(rows: list[Ticket]) -> Waiting | None:
        return Waiting(rows[0].number, rows[0].created_at_ms) if rows else None

    def agent(name: str) -> Agent:
        edits = sorted(each.number for each in editing if each.lock_holder == name)
        return Agent(name, of[name], by[name, Status.APPROVED], by[name, Status.REJECTED], edits)

    def hour(begins: int) -> Hour:
        within = range(begins, begins + HOUR_MS)
        made, done = [t.created_at_ms in within for t in tickets], [t.decided_at_ms in within for t in decided]
        return Hour(begins, sum(made), sum(done))

    return Figures(
        as_of=str(JournalCursor.at(context.head)),
        open=sum(each.status is Status.OPEN for each in left),
        processing=sum(each.status is Status.PROCESSING for each in left),
        urgent=sum(each.priority is Priority.URGENT for each in left),
        unassigned=of[None],
        urgent_unassigned=sum(each.priority is Priority.URGENT and each.assignee is None for each in left),
        longest=longest(left),
        longest_unassigned=longest([each for each in left if each.assignee is None]),
        waited=[
            Waited(from_min * 60, sum((age >= from_min or not from_min) and age < to_min for age in ages))
            for from_min, to_min in zip(WAITED_MIN, (*WAITED_MIN[1:], 10**9), strict=True)
        ],
        approved=sum(each.status is Status.APPROVED for each in decided),
        rejected=sum(each.status is Status.REJECTED for each in decided),
        hours=[hour(begins) for begins in range(since_ms, now_ms + 1, HOUR_MS)],
        agents=[agent(str(name)) for name in sorted(map(str, names))],
    )


async def compare(day: Day, quarters: int, kept: Queues | None) -> None:
    """Kept and counted are the same; and so they are until the answer says that it ends."""
    context = await day.context(kept)
    since_ms = quarter(context.now_ms) - quarters * QUARTER_MS
    told = await figures(context, since_ms)
    assert told == await counted(context, since_ms)
    assert context.sources.until_ms is not None
    if not day.house.on_postgres:
        stops = replace(day.house, clock_ms=context.sources.until_ms - 1)
        assert await figures(await Day(stops).context(kept), since_ms) == told


@pytest.mark.parametrize("bound", ["far", "near"])
def test_kept_and_counted_are_the_same_at_every_position(
    house: House, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bound == "near":
        monkeypatch.setattr(following, "MOST_EVENTS", 5)

    @promise(EXAMPLES)
    @given(st.lists(ago, min_size=1, max_size=3), st.lists(st.lists(more, max_size=8), min_size=2, max_size=6))
    def same(asked: list[int], days: list[list[Step]]) -> None:
        day, kept = Day(house), Queues()
        for some_steps in days:
            for step in some_steps:
                house.run(tries(day, step))
            for quarters in asked:
                house.run(compare(day, quarters, kept))
        house.run(compare(day, asked[0], None))

    same()


def test_what_an_erasure_leaves_is_counted_anew(house: House, tmp_path: Path) -> None:
    day, kept = Day(house), Queues()

    async def story() -> None:
        await day.creates(Priority.URGENT, 0)
        await compare(day, 4, kept)
        await erasure.erase(System(house.world), "u-1", "Request 17", Files(tmp_path))
        await compare(day, 4, kept)

    house.run(story())
