"""Editing under a lock: seen by everyone, given back at the end, and no typed word is lost with it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def both(windows: Windows, ticket: Answer) -> list[Window]:
    """Ann, who pressed Edit, and bob, who looks at the same ticket."""
    both = await windows.agents("ann", "bob")
    for window in both:
        await window.opens(ticket)
    await both[0].presses("Edit")
    await expect(both[0].page.get_by_label("Subject")).to_be_focused()
    return both


async def test_a_colleague_sees_who_edits_and_since_when_and_cannot_get_between(
    both: list[Window], ticket: Answer
) -> None:
    ann, bob = both
    await expect(ann.lock).to_contain_text("Yours while you edit.")
    await expect(bob.lock).to_contain_text(re.compile(r"ann is editing since \d\d:\d\d\. You can read"))
    await expect(bob.row(ticket)).to_contain_text("Locked by AN")

    await expect(bob.button("Edit")).to_be_disabled()
    await bob.keys("e")
    await expect(bob.ticket.get_by_role("alert")).to_have_text(re.compile(r"ann is editing this ticket until .*\d"))
    await expect(bob.page.get_by_label("Subject")).to_have_count(0)
    await bob.keys("a")
    await bob.writes("Note", "I wait for you.")
    await expect(bob.thread).to_contain_text("I wait for you.")
    await expect(bob.ticket.locator("header")).to_contain_text("Open")


async def test_what_is_saved_repaints_the_colleagues_list_and_ticket(both: list[Window], ticket: Answer) -> None:
    ann, bob = both
    await bob.shows_history()
    await expect(ann.button("Save")).to_be_visible()
    await ann.fills("Subject", "Card stolen")
    await ann.fills("Request", "Near the station.")
    await ann.facts.get_by_label("Priority").select_option("Urgent")
    await expect(ann.facts.get_by_label("Priority")).to_have_accessible_description("was Normal")
    await ann.fills("Tags", "card, fraud")
    await ann.presses("Save 4 changes")
    for window in both:
        await expect(window.ticket.get_by_role("heading", name="Card stolen")).to_be_visible()
        await expect(window.ticket.locator("header")).to_contain_text("Urgent")
        await expect(window.ticket.locator("header")).to_contain_text("card fraud")
        await expect(window.thread).to_contain_text("Near the station.")
        await expect(window.row(ticket)).to_contain_text("Card stolen")
        await expect(window.row(ticket)).to_contain_text("Urgent")
        await expect(window.row(ticket)).not_to_contain_text("Locked")
        await expect(window.lock).to_have_text("")
    await expect(bob.history).to_contain_text("Subject Card loststolen")


async def test_leaving_gives_the_lock_back_and_changes_nothing(both: list[Window], ticket: Answer) -> None:
    ann, bob = both
    actions = ann.ticket.get_by_role("group", name="Actions")
    await expect(actions).to_have_count(0)
    await ann.presses("Leave")
    await expect(actions).to_be_visible()
    for window in both:
        await expect(window.lock).to_have_text("")
        await expect(window.ticket.get_by_role("heading", name="Card lost")).to_be_visible()
    await bob.presses("Edit")
    await expect(bob.page.get_by_label("Subject")).to_have_value("Card lost")


async def test_closing_the_window_gives_the_lock_back(both: list[Window]) -> None:
    ann, bob = both
    await bob.shows_history()
    await ann.page.close()
    await expect(bob.lock).to_have_text("")
    await expect(bob.history).to_contain_text("ann gave the lock back")


async def freed_by_force(desk: Desk, ticket: Answer) -> None:
    freed = await (await desk.admin()).unlocks(ticket, force=True, reason="Ann is at lunch.")
    assert freed.lock is None


async def run_out(desk: Desk, ticket: Answer) -> None:
    desk.clock.passes(61)


@pytest.mark.parametrize("ending", [freed_by_force, run_out])
async def test_a_lost_lock_keeps_every_word_until_it_is_taken_again(
    both: list[Window], desk: Desk, ticket: Answer, ending: Callable[[Desk, Answer], Awaitable[None]]
) -> None:
    ann, bob = both
    subject, body = ann.page.get_by_label("Subject"), ann.page.get_by_label("Request")
    await subject.fill("Card stolen")
    await body.fill("Near the station, about noon.")
    await ending(desk, ticket)
    await expect(ann.lock).to_contain_text(re.compile(r"Your lock ended at \d\d:\d\d\. Your text is kept\."))
    for field, typed in ((subject, "Card stolen"), (body, "Near the station, about noon.")):
        await expect(field).not_to_be_editable()
        await expect(field).to_have_value(typed)
    await expect(ann.button("Save 2 changes")).to_have_count(0)

    await ann.presses("Take it back")
    await expect(subject).to_be_editable()
    await ann.presses("Save 2 changes")
    await expect(bob.ticket.get_by_role("heading", name="Card stolen")).to_be_visible()
    await expect(bob.thread).to_contain_text("Near the station, about noon.")


async def test_a_lock_that_a_colleague_has_by_now_is_not_taken_again(
    both: list[Window], desk: Desk, ticket: Answer
) -> None:
    ann, bob = both
    await ann.fills("Subject", "Card stolen")
    await freed_by_force(desk, ticket)
    await expect(ann.lock).to_contain_text("Your lock ended")
    await bob.presses("Edit")
    await expect(ann.lock).to_contain_text(re.compile(r"Your lock ended at .* bob is editing now\."))
    await expect(ann.button("Take it back")).to_have_count(0)
    await bob.presses("Leave")
    await ann.presses("Take it back")
    await ann.presses("Save 1 change")
    await expect(bob.ticket.get_by_role("heading", name="Card stolen")).to_be_visible()


async def test_what_the_desk_refuses_to_save_stays_written(both: list[Window]) -> None:
    ann, bob = both
    await ann.fills("Subject", "Card stolen")
    await ann.fills("Tags", "t" * 1_000)
    await ann.presses("Save 2 changes")
    await expect(ann.ticket.get_by_role("alert")).to_contain_text("tag")
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card stolen")
    await ann.fills("Tags", "")
    await ann.facts.get_by_label("Assignee").select_option("bob")
    await ann.presses("Save 2 changes")
    await expect(bob.ticket.locator("header")).to_contain_text("with you")


async def test_what_was_typed_is_there_again_after_another_ticket_and_after_leaving(
    both: list[Window], ticket: Answer, desk: Desk
) -> None:
    ann, bob = both
    other = await (await desk.partner()).creates(userId="u-2", subject="Parcel late")
    await ann.fills("Subject", "Card stolen")
    await ann.presses("1 new")
    await ann.opens(other)
    await ann.opens(ticket)
    await ann.presses("Edit")
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card stolen")
    await ann.presses("Leave")
    await expect(bob.lock).to_have_text("")
    await ann.presses("Go on")
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card stolen")
    await ann.presses("Leave")
    await ann.presses("Discard")
    await ann.presses("Edit")
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card lost")


async def test_a_decision_made_while_editing_saves_first_and_gives_the_lock_back(both: list[Window]) -> None:
    ann, _ = both
    await ann.fills("Subject", "Card stolen")
    await expect(ann.ticket).to_contain_text("Saves your 1 change first and gives the lock back.")
    await ann.presses("Approve")
    for window in both:
        await expect(window.ticket.get_by_role("heading", name="Card stolen")).to_be_visible()
        await expect(window.ticket.locator("header")).to_contain_text("Approved")
        await expect(window.lock).to_have_text("")
    await expect(ann.toasts).to_contain_text("#1 approved")


async def test_on_a_phone_the_decisions_stay_in_reach_and_links_lead_to_the_side(
    windows: Windows, ticket: Answer
) -> None:
    [ann] = await windows.agents("ann")
    await ann.page.set_viewport_size({"width": 390, "height": 844})
    await ann.opens(ticket)
    bar = ann.ticket.get_by_role("group", name="Decision")
    await expect(bar.get_by_role("button")).to_have_text(["Reply", "Reject…", "Approve"], use_inner_text=True)
    await expect(bar).to_be_in_viewport()
    await bar.get_by_role("button", name="Reply").click()
    await expect(ann.page.get_by_label("Reply", exact=True)).to_be_focused()
    await ann.presses("Edit")
    await ann.ticket.get_by_role("navigation", name="On this page").get_by_role("link", name="History").click()
    await expect(ann.history).to_be_in_viewport()
    assert await ann.page.evaluate("document.documentElement.scrollWidth") == 390
