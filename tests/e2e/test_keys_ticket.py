"""Everything on a ticket by keys alone: its fields one by one, its decision with a reason at hand, its history."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from desk.settings import Settings
from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser

REASONS = """
[[template]]
title = "Photo unreadable"
text = "The photo cannot be read."
[[template]]
title = "Document expired"
text = "Your document has expired."
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With two reasons to reject for."""
    path = tmp_path / "reasons.toml"
    path.write_text(REASONS, "utf-8")
    return replace(settings, reason_templates=path)


@on_its_loop()
async def ann(windows: Windows, ticket: Answer) -> Window:
    """Ann, with the ticket open."""
    await windows.desk.agent("bob")
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    return ann


async def test_priority_assignee_and_tags_are_picked_without_the_lock(ann: Window, ticket: Answer) -> None:
    head = ann.ticket.locator("header")
    await ann.keys("p")
    await ann.page.get_by_role("menuitemcheckbox", name="Urgent").press("Enter")
    await expect(head).to_contain_text("Urgent")
    await ann.keys("i")
    await ann.page.get_by_role("menuitemcheckbox", name="bob").press("Enter")
    await expect(head).to_contain_text("with bob")
    await expect(ann.button("Approve")).to_be_enabled()  # the answer may come after the event, and keys wait for it
    await ann.keys("Shift+I")
    await expect(head).to_contain_text("with you")
    await ann.keys("t")
    await expect(ann.page.get_by_label("Tags", exact=True)).to_be_focused()
    await ann.page.keyboard.type("card, fraud")
    await ann.keys("Control+Enter")
    await expect(head).to_contain_text("card fraud")
    now = await ann.person.reads(ticket)
    assert (now.priority, now.assignee, now.tags, now.lock) == ("URGENT", "ann", ["card", "fraud"], None)


async def test_nothing_is_picked_while_a_colleague_edits(ann: Window, desk: Desk, ticket: Answer) -> None:
    await (await desk.agent("bob")).locks(ticket)
    await expect(ann.lock).to_contain_text("bob is editing")
    await ann.keys("p")
    await expect(ann.ticket.get_by_role("alert")).to_contain_text("bob is editing this ticket until")
    await expect(ann.page.get_by_role("menu")).to_have_count(0)


async def test_a_reason_is_chosen_by_its_number_and_may_be_changed(ann: Window, ticket: Answer) -> None:
    reads = ann.page.get_by_label("What the requester reads")
    await ann.keys("r")
    await expect(ann.page.get_by_role("radio", name="Photo unreadable")).to_be_focused()
    await ann.keys("2")
    await expect(ann.page.get_by_role("radio", name="Document expired")).to_be_checked()
    await expect(reads).to_have_value("Your document has expired.")
    await ann.keys("3")
    await expect(reads).to_be_focused()
    await expect(reads).to_have_value("")
    await ann.keys("Control+Enter")
    await expect(ann.page.get_by_role("dialog").get_by_role("alert")).to_have_text(re.compile("Say why"))
    await expect(reads).to_be_focused()
    await ann.page.keyboard.type("No 2 card.")
    await expect(ann.page.get_by_role("radio", name="In my own words")).to_be_checked()
    await ann.keys("Control+Enter")
    await expect(ann.ticket.locator("header")).to_contain_text("Rejected")
    assert (await ann.person.reads(ticket)).decision.reason == "No 2 card."


async def test_history_and_more_are_shown_by_keys(ann: Window) -> None:
    await expect(ann.history).to_have_count(0)
    await ann.keys("h")
    await expect(ann.history).to_contain_text("made it")
    await ann.page.reload()
    await expect(ann.history).to_contain_text("made it")
    await ann.keys("h")
    await expect(ann.history).to_have_count(0)


async def test_an_edit_goes_by_keys_from_field_to_field(ann: Window, ticket: Answer) -> None:
    await ann.keys("e")
    await expect(ann.page.get_by_label("Subject")).to_be_focused()
    await ann.page.keyboard.type("!")
    await ann.facts.get_by_label("Tags").focus()
    await ann.page.keyboard.type("card")
    await ann.keys("Enter")
    await expect(ann.ticket.locator("header")).to_contain_text("card")
    await expect(ann.ticket.locator("h1")).to_be_focused()
    assert (await ann.person.reads(ticket)).tags == ["card"]


async def test_the_neighbours_in_the_list_are_one_press_away(ann: Window, desk: Desk) -> None:
    other = await (await desk.partner()).creates(userId="u-2", subject="Parcel torn")
    await ann.presses("1 new")
    await ann.page.get_by_role("link", name="Previous ticket").press("Enter")
    await expect(ann.ticket.get_by_role("heading", name=other.subject)).to_be_visible()
    await ann.page.get_by_role("link", name="Next ticket").press("Enter")
    await expect(ann.ticket.get_by_role("heading", name="Card lost")).to_be_visible()


async def test_the_history_marks_the_words_that_differ(ann: Window, desk: Desk, ticket: Answer) -> None:
    await (await desk.agent("bob")).updates(ticket, given={"subject": "Card stolen", "body": "On the night train."})
    await ann.keys("h")
    step = ann.history.get_by_role("listitem").first
    await expect(step).to_contain_text("version 2")
    await expect(step.locator("del")).to_have_text(["lost"])
    await expect(step.locator("ins")).to_have_text(["stolen"])
    await step.locator("summary").press("Enter")
    await expect(step.locator("ins")).to_have_text(["stolen", "night "])
