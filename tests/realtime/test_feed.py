"""The live feed: everything since a cursor, in order, nothing twice, then live, and only what may be seen."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import AsyncExitStack
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from desk.live.fanout import Fanout
from desk.settings import Settings
from models import database
from models.account import Role
from models.work import System, World
from resolvers import feed
from resolvers.cursors import JournalCursor
from resolvers.viewer import Viewer
from tests.support.desk import GUARD_S, TICKET, Answer, Desk, Errors, Person, running, subscribe
from tests.support.live import (
    Joined,
    Steps,
    answered_on,
    close_code,
    filled,
    journal,
    place,
    position,
    positions,
    settled,
    to_the_end,
    until,
)

WRITERS, WRITES = 8, 5
LONG = 1_200


# ---------------------------------------------------------------- what arrives


async def test_every_watcher_hears_a_change_the_actor_included(live: Desk, joined: Joined) -> None:
    ann, bob = await live.agents("ann", "bob")
    async with ann.follows() as hers, bob.follows() as his:
        await joined.reach(2)
        ticket = await ann.creates(userId="u-1")
        for event in (await hers.next(), await his.next()):
            assert (event.kind, event.actor, event.ticket.subject) == ("CREATED", "ann", ticket.subject)
            assert event.ticket == ticket


async def test_each_event_carries_the_ticket_as_it_was_right_after(live: Desk) -> None:
    ann = await live.agent()
    start = await ann.as_of()
    ticket = await ann.creates(userId="u-1")
    await ann.updates(ticket, given={"subject": "Card found"})
    await ann.approves(ticket)
    async with ann.follows(after=start) as stream:
        created, updated, approved = await stream.take(3)
    assert [created.ticket.subject, updated.ticket.subject] == ["Card lost", "Card found"]
    assert [event.ticket.status for event in (created, updated, approved)] == ["OPEN", "OPEN", "APPROVED"]
    assert [event.ticket.revision for event in (created, updated, approved)] == [1, 2, 3]
    assert (updated.changed, approved.ticket.decision.decidedBy) == (
        ["revision", "subject", "updatedAt", "version"],
        "ann",
    )


async def test_after_a_cursor_comes_everything_since_in_order_then_what_happens_now(live: Desk) -> None:
    ann = await live.agent()
    before = await ann.creates(userId="u-1")
    start = await ann.as_of()
    for subject in ("one", "two", "three"):
        await ann.updates(before, given={"subject": subject})
    async with ann.follows(after=start) as stream:
        assert [event.ticket.subject for event in await stream.take(3)] == ["one", "two", "three"]
        await ann.updates(before, given={"subject": "four"})
        assert (await stream.next()).ticket.subject == "four"
    assert positions(stream.seen) == await journal(after=JournalCursor.parse(start).position)


async def test_a_client_that_reconnects_after_its_last_cursor_misses_nothing(live: Desk) -> None:
    ann = await live.agent()
    ticket = await ann.creates(userId="u-1")
    cursor, heard = await ann.as_of(), []
    for round_ in range(5):
        async with ann.follows(after=cursor) as stream:
            for _ in range(round_):
                await ann.starts(await ann.creates(userId="u-2"))
            heard += await settled(stream, lambda: ann.updates(ticket, given={"extra": {"round": os.urandom(4).hex()}}))
            cursor = heard[-1].cursor
        await ann.replies(ticket, "while nobody listened")
    async with ann.follows(after=cursor) as stream:
        heard.append(await stream.next())
    assert positions(heard) == (await journal())[1:]


async def test_an_empty_journal_can_be_followed_from_its_very_beginning(live: Desk) -> None:
    ann = await live.agent()
    start = await ann.as_of()
    async with ann.follows(after=start) as stream:
        await ann.creates(userId="u-1")
        assert position(await stream.next()) == place(start) + 1


async def test_what_is_nested_in_an_event_is_as_of_now(live: Desk) -> None:
    """A live subscription is one operation for hours: nothing in it may remember the first answer."""
    ann = await live.agent()
    ticket = await ann.creates(userId="u-1")
    selection = "cursor kind ticket { messages(first: 10) { edges { node { text } } } }"
    async with ann.follows(after=await ann.as_of(), selection=selection) as stream:
        for count in (1, 2, 3):
            await ann.replies(ticket, f"reply {count}")
            event = await stream.next()
            texts = [edge.node.text for edge in event.ticket.messages.edges]
            assert texts == [f"reply {number}" for number in range(1, count + 1)]


# ---------------------------------------------------------------- no gap, no repeat


@pytest.mark.parametrize("page", [1, 200])
@pytest.mark.parametrize("carried", ["at once", "late"])
async def test_a_write_at_any_step_of_a_subscription_leaves_no_gap_and_no_repeat(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, carried: str, page: int
) -> None:
    """The writes come before and after each step; the live reader has carried them already, or is held back."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    for name in ("seen", "first", "second", "third"):
        if name == "first":
            start = await ann.as_of()
        await ann.updates(ticket, given={"subject": name})
    monkeypatch.setattr(feed, "PAGE", page)
    reached: list[str] = []
    live, arrivals = asyncio.Event(), 0
    carry, pass_over = Fanout._carry, Fanout._passed_over
    last_carried = 0

    async def watched(fanout: Fanout, event: object) -> None:
        nonlocal last_carried
        if carried == "late":
            await live.wait()
        await carry(fanout, event)  # type: ignore[arg-type]
        last_carried = fanout.position

    async def passed(fanout: Fanout) -> bool:
        nonlocal last_carried
        if carried == "late":
            await live.wait()
        passed = await pass_over(fanout)
        last_carried = fanout.position
        return passed

    async def write(step: str) -> None:
        nonlocal arrivals
        reached.append(step)
        if len(reached) <= 16:
            arrivals += 1
            await ann.updates(ticket, given={"subject": f"{arrivals} {step}"})
            head = (await journal())[-1]
            await until(lambda: carried == "late" or last_carried >= head, "the live reader")
        if step == "after follow":
            live.set()

    monkeypatch.setattr(Fanout, "_carry", watched)
    monkeypatch.setattr(Fanout, "_passed_over", passed)
    steps = Steps(monkeypatch, write)
    async with AsyncExitStack() as stack:
        for after in (start, None):
            reached.clear()
            live.clear()
            stream = await stack.enter_async_context(ann.follows(after=after))
            async with asyncio.timeout(GUARD_S):
                await live.wait()
            heard = await settled(stream, lambda: ann.updates(ticket, given={"extra": {"end": os.urandom(4).hex()}}))
            begun = JournalCursor.parse(after).position if after else steps.arrived_at
            assert positions(heard) == await journal(after=begun)
            assert {"before arrival", "after arrival", "before follow", "after follow", "before end"} <= set(reached)
            assert "after page" in reached or carried == "late"


@pytest.mark.parametrize("count", [4, 5])
async def test_a_replay_of_whole_and_of_broken_pages_is_complete(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(feed, "PAGE", 2)
    ann = await desk.agent()
    start = await ann.as_of()
    for number in range(count):
        await ann.creates(userId="u-1" if number % 2 else "u-2")
    async with ann.follows(after=start) as everything, ann.follows(after=start, user_id="u-1") as some:
        first = place(start) + 1
        assert positions(await everything.take(count)) == list(range(first, first + count))
        assert positions(await some.take(count // 2)) == list(range(first + 1, first + count, 2))
        last = await ann.creates(userId="u-1")
        assert [event.ticketId for event in (await everything.next(), await some.next())] == [last.id, last.id]


async def test_a_long_replay_while_writes_go_on_is_whole_and_in_order(live: Desk) -> None:
    ann = await live.agent()
    machine = Viewer(uuid7(), "import", Role.AGENT, None, World(now_ms=live.clock, new_id=uuid7))
    start = await ann.as_of()
    await filled(machine, LONG, "u-1")

    async def write() -> None:
        for _ in range(30):
            await ann.creates(userId="u-1")

    async with ann.follows(after=start, selection="cursor ticketId ticket { revision }") as stream:
        writing = asyncio.create_task(write())
        heard = await stream.take(LONG + 30)
        await writing
    assert positions(heard) == list(range(place(start) + 1, place(start) + LONG + 31))


async def test_many_writers_and_several_watchers_agree_on_one_dense_order(live: Desk) -> None:
    agents = await live.agents(*(f"agent-{number}" for number in range(WRITERS)))
    start = await agents[0].as_of()

    async def writes(agent: Person) -> None:
        for number in range(WRITES):
            ticket = await agent.creates(userId=f"u-{number}")
            await agent.notes(ticket)
            await agent.approves(ticket)

    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(agent.follows(after=start)) for agent in agents[:3]]
        writing = [asyncio.create_task(writes(agent)) for agent in agents]
        heard = [positions(await stream.take(WRITERS * WRITES * 3)) for stream in streams]
        await asyncio.gather(*writing)
        late = await stack.enter_async_context(agents[3].follows(after=start))
        heard.append(positions(await late.take(WRITERS * WRITES * 3)))
    assert heard == [list(range(place(start) + 1, place(start) + WRITERS * WRITES * 3 + 1))] * 4
    assert heard[0] == await journal()


async def test_a_list_and_a_subscription_after_its_as_of_make_exactly_what_is(live: Desk) -> None:
    """Snapshot before + events = snapshot after; and no event is in both."""
    agents = await live.agents("ann", "bob", "cem", "dan")
    reader = agents[0]
    listing = f"{{ tickets(first: 100) {{ asOf edges {{ node {{ {TICKET} }} }} }} }}"

    async def listed() -> tuple[dict[str, Answer], str]:
        answer = (await reader.asks(listing)).tickets
        return {edge.node.id: edge.node for edge in answer.edges}, answer.asOf

    async def writes(agent: Person) -> None:
        for number in range(6):
            ticket = await agent.creates(userId=agent.name)
            await agent.updates(ticket, given={"tags": [f"n{number}"]})
            await agent.replies(ticket)
            await agent.closes(ticket)

    async def watches() -> tuple[dict[str, Answer], dict[str, Answer]]:
        tickets, as_of = await listed()
        async with reader.follows(after=as_of) as stream:
            await done.wait()
            events = await settled(stream, lambda: reader.creates(userId="end"))
        for event in events:
            known = tickets.get(event.ticketId)
            assert event.ticket.revision == (known.revision if known else 0) + 1
            tickets[event.ticketId] = event.ticket
        return tickets, (await listed())[0]

    done = asyncio.Event()
    writing = [asyncio.create_task(writes(agent)) for agent in agents]
    watching = [asyncio.create_task(watches())]
    for task in writing:
        watching.append(asyncio.create_task(watches()))
        await task
    done.set()
    for kept, now in await asyncio.gather(*watching):
        assert {id: now[id] for id in kept} == kept
        assert len(kept) >= 24


async def test_a_subscription_that_arrives_before_the_desk_is_ready_misses_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was away at the start: the fan-out finds its own beginning after the first subscriber did."""
    start, carry_on, tried = Fanout.start, asyncio.Event(), asyncio.Event()

    async def away_at_first(fanout: Fanout) -> None:
        if not tried.is_set():
            tried.set()
            raise ConnectionRefusedError
        await carry_on.wait()
        await start(fanout)

    monkeypatch.setattr(Fanout, "start", away_at_first)
    async with running(settings) as desk:
        assert tried.is_set()
        ann = await desk.agent()
        async with ann.follows(after=await ann.as_of()) as stream:
            await answered_on(stream.socket)  # the subscription was taken up before
            written = await ann.creates(userId="u-1")
            carry_on.set()
            assert (await stream.next()).ticketId == written.id


# ---------------------------------------------------------------- scopes


async def test_a_feed_of_a_ticket_a_user_or_both_has_their_events_and_no_others(live: Desk) -> None:
    ann = await live.agent()
    first, second = await ann.creates(userId="u-1"), await ann.creates(userId="u-1")
    other = await ann.creates(userId="u-2")
    start = await ann.as_of()
    tickets = {"first": first, "second": second, "other": other}
    names = {ticket.id: name for name, ticket in tickets.items()}
    scopes = {
        "all": ({}, ["other", "second", "first", "other", "second", "first"]),
        "ticket": ({"ticket_id": first.id}, ["first", "first"]),
        "user": ({"user_id": "u-1"}, ["second", "first", "second", "first"]),
        "both": ({"ticket_id": first.id, "user_id": "u-1"}, ["first", "first"]),
    }
    async with AsyncExitStack() as stack:
        await _touch(ann, other, second, first)  # replayed
        streams = {
            name: await stack.enter_async_context(ann.follows(after=start, **scope))
            for name, (scope, _) in scopes.items()
        }
        none = await stack.enter_async_context(ann.follows(after=start, ticket_id=first.id, user_id="u-2"))
        for stream in streams.values():
            await stream.next()
        await _touch(ann, other, second, first)  # live
        for name, (_, expected) in scopes.items():
            stream = streams[name]
            await stream.take(len(expected) - 1)
            assert [names[event.ticketId] for event in stream.seen] == expected, name
        for stream in (*streams.values(), none):
            assert await answered_on(stream.socket) == []


async def _touch(agent: Person, *tickets: Answer) -> None:
    for ticket in tickets:
        await agent.updates(ticket, given={"extra": {"touched": os.urandom(4).hex()}})


async def test_a_customer_hears_of_their_own_tickets_and_never_of_a_note(live: Desk) -> None:
    ann, carla = await live.agent(), await live.customer(user_id="u-1")
    mine, other = await ann.creates(userId="u-1"), await ann.creates(userId="u-2")
    start = await ann.as_of()
    async with AsyncExitStack() as stack:
        scopes = [{}, {"user_id": "u-1"}, {"ticket_id": mine.id}, {"ticket_id": mine.id, "user_id": "u-1"}]
        for when in ("replayed", "live"):
            if when == "replayed":
                await _some_of_each(ann, mine, other)
            streams = [await stack.enter_async_context(carla.follows(after=start, **scope)) for scope in scopes]
            if when == "live":
                await _some_of_each(ann, mine, other)
            for stream in streams:
                heard = await settled(stream, _ending(ann, mine, other))
                assert {event.ticketId for event in heard} == {mine.id}
                assert {event.message.kind for event in heard if event.message} == {"REPLY"}
                assert "we think it is fraud" not in str(heard)
            start = await ann.as_of()


async def _some_of_each(agent: Person, *tickets: Answer) -> None:
    for ticket in tickets:
        await agent.notes(ticket, "we think it is fraud")
        await agent.replies(ticket, "we look into it")
        await agent.locks(ticket)


def _ending(agent: Person, mine: Answer, other: Answer):  # type: ignore[no-untyped-def]
    async def write() -> Answer:
        await agent.notes(mine, "we think it is fraud")
        await _touch(agent, other)
        return await agent.updates(mine, given={"extra": {"end": os.urandom(4).hex()}})

    return write


async def test_a_partner_follows_a_user_or_a_ticket_without_notes_but_never_everybody(live: Desk) -> None:
    ann, bank = await live.agent(), await live.partner()
    ticket, other = await ann.creates(userId="u-1"), await ann.creates(userId="u-2")
    assert await refused(bank) == "FORBIDDEN"
    start = await ann.as_of()
    async with (
        bank.follows(after=start, user_id="u-1") as of_user,
        bank.follows(after=start, ticket_id=ticket.id) as of_ticket,
    ):
        for stream in (of_user, of_ticket):
            heard = await settled(stream, _ending(ann, ticket, other))
            assert {event.ticketId for event in heard} == {ticket.id}
            assert "fraud" not in str(heard)


# ---------------------------------------------------------------- refusals


async def refused(person: Person, **scope: str | None) -> str:
    """The code with which a subscription is refused."""
    async with person.follows(**scope) as stream:
        with pytest.raises(Errors) as refusal:
            await stream.next()
    return refusal.value.code


async def test_what_may_not_be_seen_is_not_found(desk: Desk) -> None:
    ann, carla, bank = await desk.agent(), await desk.customer(user_id="u-1"), await desk.partner()
    other = await ann.creates(userId="u-2")
    nowhere = "01890000-0000-7000-8000-000000000000"
    assert await refused(carla, ticket_id=other.id) == "NOT_FOUND"
    assert await refused(carla, user_id="u-2") == "NOT_FOUND"
    assert await refused(carla, user_id="u-1", ticket_id=other.id) == "NOT_FOUND"
    for person in (ann, carla, bank):
        assert await refused(person, ticket_id=nowhere) == "NOT_FOUND"
        assert await refused(person, ticket_id="no uuid") == "NOT_FOUND"


async def test_a_stranger_is_told_to_sign_in(desk: Desk) -> None:
    assert await refused(desk.stranger()) == "UNAUTHENTICATED"


async def test_a_cursor_that_this_journal_never_gave_out_is_resync_and_never_silence(desk: Desk) -> None:
    ann = await desk.agent()
    await ann.creates(userId="u-1")
    cursor = JournalCursor.parse(await ann.as_of())
    elsewhere = cursor._replace(journal_id=os.urandom(8))
    restored = cursor._replace(nonce=os.urandom(4))
    future = cursor._replace(position=cursor.position + 1)
    far_future = cursor._replace(position=2**63 - 1)
    for wrong in (elsewhere, restored, future, far_future):
        assert await refused(ann, after=str(wrong)) == "RESYNC"
    async with ann.follows(after=str(cursor)) as stream:
        await ann.creates(userId="u-1")
        assert position(await stream.next()) == cursor.position + 1


async def test_what_is_no_journal_cursor_is_bad_user_input(desk: Desk) -> None:
    ann = await desk.agent()
    await ann.creates(userId="u-1")
    good = await ann.as_of()
    edge = (await ann.asks("{ tickets(first: 1) { edges { cursor } } }")).tickets.edges[0].cursor
    for wrong in ("", "x", "🎫", "null", good[:-1], good + "A", good + "==", f" {good}", good.upper(), edge):
        assert await refused(ann, after=wrong) == "BAD_USER_INPUT", wrong


async def test_a_refused_subscription_leaves_its_socket_and_its_id_free(desk: Desk) -> None:
    ann = await desk.agent()
    async with ann.socket() as socket:
        stream = await subscribe(socket, "1", after="x")
        with pytest.raises(Errors):
            await stream.next()
        stream = await subscribe(socket, "1", after=await ann.as_of())
        await ann.creates(userId="u-1")
        assert (await stream.next()).kind == "CREATED"


@pytest.mark.parametrize("what", ["restored", "pruned far ahead"])
async def test_a_journal_that_is_replaced_under_a_running_desk_sends_its_followers_back_and_never_leaves_them_silent(
    desk: Desk, what: str
) -> None:
    """A backup restored beside the desk, and a process that slept while what it had not read was taken out."""
    ann = await desk.agent()
    await ann.creates(userId="u-1")
    async with ann.follows(after=await ann.as_of()) as stream:
        last = (await ann.creates(userId="u-1"), (await stream.next()).cursor)[1]
        if what == "restored":
            await database.primary().execute_query("DELETE FROM events WHERE position = 2")
            await database.primary().execute_query("UPDATE journal_head SET position = 1")
        else:
            await database.primary().execute_query("UPDATE journal_head SET position = position + 5, pruned = 7")
            await ann.creates(userId="u-1")
        assert await to_the_end(stream.socket) == []
    assert close_code(stream.socket) == 1013
    async with ann.follows(after=last) as again:
        with pytest.raises(Errors) as told:
            await again.next()
    assert told.value.code == "RESYNC"


@pytest.mark.parametrize("how", ["completed", "hung up"])
async def test_who_goes_in_the_middle_of_a_replay_is_sent_nothing_more_and_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    fanouts: list[Fanout] = []
    follow = Fanout.follow

    async def seen(fanout: Fanout, *rest: Any) -> None:
        await follow(fanout, *rest)
        fanouts.append(fanout)

    monkeypatch.setattr(Fanout, "follow", seen)
    ann = await desk.agent()
    start = await ann.as_of()
    await filled(System(World(now_ms=desk.clock, new_id=uuid7)), 2 * feed.PAGE, "u-1")
    async with ann.socket() as socket:
        stream = await subscribe(socket, "1", after=start, selection="cursor")
        await stream.next()
        if how == "completed":
            await socket.send(json.dumps({"type": "complete", "id": "1"}))
            await until(lambda: bool(fanouts), "the end of the replay")
            await answered_on(socket)
            await ann.creates(userId="u-1")
            assert await answered_on(socket) == []
    await until(lambda: bool(fanouts), "the end of the replay")
    assert not fanouts[0]._scopes
