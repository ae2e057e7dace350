"""Two people change one ticket: both texts are shown, a person chooses, and nothing is overwritten unseen."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def ann(ann: Window, windows: Windows, ticket: Answer) -> Window:
    """Ann, whose lock is taken away when she has written another subject."""
    await ann.presses("Edit")
    await ann.fills("Subject", "Card stolen")
    await freed(windows.desk, ticket)
    await expect(ann.lock).to_contain_text("Your lock ended")
    return ann


async def freed(desk: Desk, ticket: Answer) -> None:
    await (await desk.admin()).unlocks(ticket, force=True, reason="Ann is at lunch.")


async def changed(desk: Desk, ticket: Answer, **given: object) -> None:
    await (await desk.agent("carl")).updates(ticket, given=given)


def both_texts(window: Window, field: str = "Subject") -> Locator:
    return window.ticket.get_by_role("radiogroup", name=field)


@pytest.mark.parametrize(
    ("choice", "saved"), [("Keep my subject", "Card stolen"), ("Take their subject", "Card found")]
)
async def test_both_texts_stand_side_by_side_and_a_person_chooses(
    ann: Window, desk: Desk, ticket: Answer, choice: str, saved: str
) -> None:
    await changed(desk, ticket, subject="Card found", priority="URGENT")
    await ann.presses("Take it back")
    await expect(ann.ticket.get_by_role("alert")).to_contain_text(re.compile(r"carl saved version 2 at \d\d:\d\d"))
    await expect(both_texts(ann)).to_contain_text("Yours not saved")
    await expect(both_texts(ann).locator("ins")).to_have_text(["stolen", "found"])
    await expect(ann.page.get_by_role("textbox", name="Subject")).not_to_be_editable()
    await expect(ann.button("Save 1 change")).to_have_count(0)
    await both_texts(ann).get_by_role("radio", name=choice).check()
    await ann.presses("Save my choice")
    await expect(ann.ticket.get_by_role("heading", name=saved)).to_be_visible()
    await expect(ann.row(ticket)).not_to_contain_text("Locked by")
    now = await ann.person.reads(ticket)
    assert (now.subject, now.priority, now.lock) == (saved, "URGENT", None)


async def test_changes_of_different_fields_go_together_and_that_is_told(
    ann: Window, desk: Desk, ticket: Answer
) -> None:
    await changed(desk, ticket, priority="URGENT", tags=["card"])
    await ann.presses("Take it back")
    await expect(ann.toasts).to_contain_text("Priority and Tags changed meanwhile")
    await expect(ann.facts.get_by_label("Priority")).to_have_value("URGENT")
    await ann.presses("Save 1 change")
    await expect(ann.ticket.get_by_role("heading", name="Card stolen")).to_be_visible()
    now = await ann.person.reads(ticket)
    assert (now.subject, now.priority, now.tags) == ("Card stolen", "URGENT", ["card"])


async def test_what_was_saved_after_the_choice_was_offered_is_shown_before_it_is_overwritten(
    ann: Window, desk: Desk, ticket: Answer
) -> None:
    await changed(desk, ticket, subject="Card found")
    await ann.presses("Take it back")
    await expect(both_texts(ann)).to_contain_text("found")
    await freed(desk, ticket)
    await changed(desk, ticket, subject="Card destroyed")
    await expect(ann.lock).to_contain_text("Your lock ended")
    await expect(ann.button("Save my choice")).to_be_disabled()
    await ann.presses("Take it back")
    await expect(both_texts(ann)).to_contain_text("destroyed")
    await ann.presses("Save my choice")
    await expect(ann.ticket.get_by_role("heading", name="Card stolen")).to_be_visible()


async def test_both_can_be_edited_by_hand_and_a_reload_loses_neither(ann: Window, desk: Desk, ticket: Answer) -> None:
    await ann.presses("Take it back")
    await ann.fills("Request", "In the bus.")
    await freed(desk, ticket)
    await changed(desk, ticket, body="At the station.")
    await expect(ann.lock).to_contain_text("Your lock ended")
    await ann.page.reload()
    await ann.presses("Go on")
    await expect(both_texts(ann, "Request").locator("ins")).to_have_text(["In", "bus.", "At", "station."])
    await ann.presses("Edit both by hand")
    request = ann.page.get_by_label("Request")
    await expect(request).to_have_value("In the bus.\n\nAt the station.")
    await ann.presses("Save 2 changes")
    await expect(ann.thread).to_contain_text("At the station.")
    now = await ann.person.reads(ticket)
    assert (now.subject, now.body) == ("Card stolen", "In the bus.\n\nAt the station.")
