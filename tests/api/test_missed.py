"""What was missed, counted: with it whoever comes back proves that they caught up."""

from __future__ import annotations

import pytest

from resolvers import feed
from tests.support.desk import Desk


async def test_what_is_counted_is_what_is_replayed_and_its_end_is_the_last_of_it(desk: Desk) -> None:
    ann, carla = await desk.agent("ann"), await desk.customer("carla", "u-1")
    start = await ann.as_of()
    ticket = await ann.creates(userId="u-1")
    await ann.creates(userId="u-2")
    await ann.notes(ticket)
    await ann.replies(ticket)
    await ann.creates(userId="u-2")
    for person, count in ((ann, 5), (carla, 2)):
        missed = await person.missed(start)
        assert missed.events == count
        async with person.follows(after=start) as stream:
            heard = await stream.take(count)
        assert missed.upTo == heard[-1].cursor
        assert await person.missed(missed.upTo) == {"events": 0, "upTo": None}


async def test_many_are_counted_up_to_the_bound_and_the_end_is_the_last_of_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_MISSED", 3)
    ann = await desk.agent("ann")
    start = await ann.as_of()
    for _ in range(5):
        await ann.creates(userId="u-1")
    assert await ann.missed(start) == {"events": 3, "upTo": await ann.as_of()}


async def test_a_cursor_that_leads_nowhere_is_told(desk: Desk) -> None:
    ann, partner = await desk.agent("ann"), await desk.partner()
    query = "query($after: Cursor!) { missed(after: $after) { events } }"
    start = await ann.as_of()
    assert await ann.refused(query, after="x") == "BAD_USER_INPUT"
    assert await partner.refused(query, after=start) == "FORBIDDEN"
    assert await desk.stranger().refused(query, after=start) == "UNAUTHENTICATED"
    other = ("A" if start[5] != "A" else "B").join((start[:5], start[6:]))
    assert await ann.refused(query, after=other) == "RESYNC"
