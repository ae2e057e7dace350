"""Pruning: what is old leaves the journal, what anybody still needs stays, and an old cursor is told RESYNC."""

from __future__ import annotations

import pytest
from uuid_utils.compat import uuid7

from models import database
from models.errors import InvalidInput
from models.event import Event
from models.law import Kept
from models.work import System, World
from resolvers import feed as journal_feed
from resolvers import journal
from tests.support.desk import Answer, Desk, Errors
from tests.support.history import a_day, pruned, sealed, told_to_resync, verdict
from tests.support.processes import command


async def test_what_nobody_needs_goes_and_everything_else_says_what_it_said(desk: Desk) -> None:
    ann = await desk.agent()
    tickets = await a_day(desk)
    before = [await ann.reads(ticket) for ticket in tickets]
    through = await pruned(desk)
    assert await Event.filter(position__lte=through).count() < through
    assert (await verdict()).problems == []
    assert [await ann.reads(ticket) for ticket in tickets] == before
    latest = await ann.asks('{ latestApprovedTicket(userId: "u-1") { id extra } }')
    assert latest.latestApprovedTicket == {"id": tickets[0].id, "extra": {"n": 2}}
    query = "query($id: ID!) { ticket(id: $id) { messages { edges { node { text } } } } }"
    thread = await ann.asks(query, id=tickets[0].id)
    assert [edge.node.text for edge in thread.ticket.messages.edges] == ["We look into it.", "Thanks.", "Seen before."]


async def test_work_goes_on_and_is_pruned_again(desk: Desk) -> None:
    ann = await desk.agent()
    first, second, third = await a_day(desk)
    for _ in range(3):
        through = await pruned(desk)
        await ann.reopens(first)
        await ann.approves(first)
        await ann.locks(second)
        await ann.unlocks(second)
        await ann.replies(third, "Once more.")
        assert (await sealed()).position > through
        assert (await verdict()).problems == []
    assert (await database.head()).pruned == through


async def test_a_cursor_from_before_is_told_resync_over_websocket_and_over_http(desk: Desk) -> None:
    ann = await desk.agent()
    beginning = await ann.as_of()
    first, _, _ = await a_day(desk)
    middle = (await ann.history(first))[4].cursor
    await pruned(desk)
    for old in (beginning, middle):
        await told_to_resync(ann, old)
        page = "query($id: ID!, $old: Cursor!) { ticket(id: $id) { events(after: $old) { edges { cursor } } } }"
        assert await ann.refused(page, id=first.id, old=old) == "RESYNC"
        with pytest.raises(Errors) as told:
            await ann.replies(first, basedOn=old)
        assert told.value.code == "RESYNC"
    async with ann.follows(after=await ann.as_of()) as stream:
        made = await ann.creates(userId="u-3")
        assert (await stream.next()).ticketId == made.id


async def test_the_history_that_is_left_can_be_paged_through_and_answered_to(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    first, _, _ = await a_day(desk)
    await pruned(desk)
    last = (await bob.history(first))[-1]
    page = (
        "query($id: ID!, $after: Cursor) { ticket(id: $id) { events(first: 1, after: $after) { edges { cursor } } } }"
    )
    cursors: list[str] = []
    while edges := (await bob.asks(page, id=first.id, after=cursors[-1] if cursors else None)).ticket.events.edges:
        cursors += [edge.cursor for edge in edges]
    assert cursors == [event.cursor for event in await ann.history(first)]
    assert (await bob.replies(first, basedOn=last.cursor))["__typename"] == "Message"


async def test_a_request_that_is_repeated_after_it_is_answered_as_the_first_time(desk: Desk) -> None:
    ann = await desk.agent()
    made = await ann.creates(userId="u-1", key="once")
    await ann.updates(made, given={"subject": "Later"})
    grant = await ann.locks(made)
    again = await ann.updates(made, given={"subject": "Later"}, lockToken=grant.token, idempotencyKey="same")
    await ann.updates(made, given={"subject": "Latest"})
    await pruned(desk)

    async def repeated() -> Answer:
        return await ann.updates(made, given={"subject": "Later"}, lockToken=grant.token, idempotencyKey="same")

    assert (await ann.creates(userId="u-1", key="once")).subject == made.subject
    assert await repeated() == again
    assert (await verdict()).problems == []


async def test_a_replay_that_is_overtaken_is_told_resync_and_never_skips(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prune happens between two pages of a replay that began before it."""
    ann = await desk.agent()
    start = await ann.as_of()
    await a_day(desk)
    await sealed()
    read, pages = journal_feed.read, 0

    async def overtaken(events: object) -> list[Event]:
        nonlocal pages
        pages += 1
        if pages == 2:
            await pruned(desk)
        return await read(events)  # type: ignore[arg-type]

    monkeypatch.setattr(journal_feed, "PAGE", 3)
    monkeypatch.setattr(journal_feed, "read", overtaken)
    async with ann.follows(after=start, selection="cursor") as stream:
        await stream.take(3)
        with pytest.raises(Errors) as told:
            await stream.next()
    assert told.value.code == "RESYNC"


async def test_the_command_says_what_it_took_out_and_a_day_before_the_first_seal_is_refused(desk: Desk) -> None:
    await a_day(desk)
    chain = await sealed()
    code, said = await command(desk.settings, "journal", "prune", "--before", "2020-01-01")
    assert (code, said) == (1, "guichet: Nothing of the journal was sealed before that time.\n")
    code, said = await command(desk.settings, "journal", "prune", "--before", "2100-01-01T00:00:00+01:00")
    assert code == 0, said
    assert said.endswith(f"events taken out, up to event {chain.position}\n")
    code, said = await command(desk.settings, "verify")
    assert code == 0, said
    assert f"pruned up to event {chain.position}" in said


async def test_who_takes_out_more_than_was_signed_off_is_found(desk: Desk) -> None:
    await a_day(desk)
    await pruned(desk)
    await database.primary().execute_query("DELETE FROM events WHERE position = (SELECT min(position) FROM events)")
    assert any("the checkpoint signed off" in problem for problem in (await verdict()).problems)


async def test_a_journal_cut_short_without_a_sign_off_is_found(desk: Desk) -> None:
    await a_day(desk)
    await sealed()
    await database.primary().execute_query("DELETE FROM events WHERE position <= 3")
    await database.primary().execute_query("UPDATE journal_head SET pruned = 3")
    assert any("no checkpoint signs that off" in problem for problem in (await verdict()).problems)


async def test_nothing_is_pruned_that_was_not_sealed(desk: Desk) -> None:
    system = System(World(now_ms=desk.clock, new_id=uuid7))
    with pytest.raises(InvalidInput):
        await journal.prune(system, 0)


async def test_what_was_erased_may_be_pruned_before_and_after(desk: Desk) -> None:
    ann = await desk.agent()
    first, _, _ = await a_day(desk)
    await pruned(desk)
    await ann.replies(first, "Before.")
    for user in ("u-1", "u-2"):
        code, said = await command(desk.settings, "erase", "--user", user)
        assert code == 0, said
        assert (await verdict()).problems == []
        await pruned(desk)
        assert (await verdict()).problems == []
    await ann.reopens(first)
    await ann.replies(first, "After.")
    await pruned(desk)
    assert (await verdict()).problems == []


async def test_a_request_that_changed_nothing_after_a_prune_is_answered_again(desk: Desk) -> None:
    """Its outcome is the ticket's last revision, whose event is not the last one: a note came after."""
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    await ann.updates(ticket, given={"subject": "Two"})
    await ann.locks(ticket)
    await ann.unlocks(ticket)
    await ann.notes(ticket)
    await pruned(desk)
    first = await ann.updates(ticket, given={"subject": "Two"}, idempotencyKey="noop")
    assert await ann.updates(ticket, given={"subject": "Two"}, idempotencyKey="noop") == first


async def test_who_has_not_seen_what_was_pruned_is_told_resync_before_writing(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer("carla", "u-1")
    ticket = await carla.creates()
    made = (await ann.history(ticket))[0].cursor
    await carla.replies(ticket, "Stop the payment!")
    assert (await ann.replies(ticket, basedOn=made))["__typename"] == "Unseen"
    await ann.updates(ticket, given={"priority": "URGENT"})
    await pruned(desk)
    with pytest.raises(Errors) as told:
        await ann.replies(ticket, basedOn=made)
    assert told.value.code == "RESYNC"


async def test_a_hash_that_was_kept_before_a_prune_is_still_known_after_it(desk: Desk) -> None:
    await a_day(desk)
    chain = await sealed()
    await pruned(desk)
    assert (await verdict(Kept(chain.position, chain.hash))).problems == []
    assert (await verdict(Kept(0, bytes(32)))).problems == []
    assert (await verdict(Kept(chain.position, bytes(32)))).problems != []
