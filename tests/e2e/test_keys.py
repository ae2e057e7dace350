"""The keyboard: one registry feeds what letters do, what the palette finds and what the sheet tells."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.browser import Window, in_the_browser

pytestmark = in_the_browser


async def test_letters_act_on_the_ticket_and_undo_takes_an_approval_back(ann: Window) -> None:
    head = ann.ticket.locator("header")
    await ann.keys("s")
    await expect(head).to_contain_text("Processing")
    await ann.keys("a")
    await expect(head).to_contain_text("Approved")
    await expect(ann.toasts).to_contain_text("#1 approved")
    await ann.keys("u")
    await expect(head).to_contain_text("Processing")
    await expect(ann.toasts).not_to_contain_text("approved")
    await ann.keys("Shift+I")
    await expect(head).to_contain_text("with you")


async def test_a_lock_is_taken_and_given_back_and_an_edit_is_saved_by_keys(ann: Window) -> None:
    await ann.keys("e")
    subject = ann.page.get_by_label("Subject")
    await expect(subject).to_be_focused()
    await ann.keys("Escape Escape")
    await expect(ann.lock).to_have_text("")
    await ann.keys("e")
    await subject.fill("Card stolen")
    await ann.keys("Control+Enter")
    await expect(ann.ticket.get_by_role("heading", name="Card stolen")).to_be_visible()


async def test_a_rejection_and_an_answer_are_sent_by_keys(ann: Window) -> None:
    await ann.keys("r")
    await expect(ann.page.get_by_label("What the requester reads")).to_be_focused()
    await ann.page.keyboard.type("The card was found.")
    await ann.keys("Control+Enter")
    await expect(ann.ticket.locator("header")).to_contain_text("Rejected")
    await ann.keys("m")
    await ann.page.keyboard.type("You have it again.")
    await ann.keys("Control+Enter")
    await expect(ann.thread).to_contain_text("You have it again.")
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("")


async def test_letters_are_letters_inside_a_field(ann: Window) -> None:
    await ann.keys("c")
    note = ann.page.get_by_label("Note", exact=True)
    await expect(note).to_be_focused()
    await ann.page.keyboard.type("a r e ?")
    await expect(note).to_have_value("a r e ?")
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)
    await expect(ann.ticket.locator("header")).to_contain_text("Open")
    await ann.keys("Escape")
    await expect(note).not_to_be_focused()
    await ann.keys("/")
    await expect(ann.page.get_by_label("Search", exact=True)).to_be_focused()


async def test_the_palette_finds_what_can_be_done_now_and_does_it(ann: Window) -> None:
    palette = ann.page.get_by_role("dialog", name="Command palette")
    await ann.keys("Control+K")
    await expect(palette.get_by_role("combobox")).to_be_focused()
    await expect(palette.get_by_role("option", name="Reopen")).to_have_count(0)
    await ann.page.keyboard.type("appr")
    await expect(palette).to_contain_text("1 result")
    await expect(palette.get_by_role("option", name="Approve")).to_contain_text("A")
    await ann.keys("Enter")
    await expect(palette).to_have_count(0)
    await expect(ann.ticket.locator("header")).to_contain_text("Approved")
    await ann.keys("Control+K")
    await expect(palette.get_by_role("option", name="Reopen")).to_have_count(1)
    await ann.keys("Escape")
    await expect(palette).to_have_count(0)


async def test_the_sheet_tells_every_key(ann: Window) -> None:
    await ann.page.keyboard.press("?")
    sheet = ann.page.get_by_role("dialog", name="Keyboard shortcuts")
    for said in ("ApproveA", "Search/", "Command paletteCtrlK", "Assign to meI"):
        await expect(sheet.get_by_text(re.compile(f"^{re.escape(said)}$"))).to_be_visible()
    await ann.keys("Escape")
    await expect(sheet).to_have_count(0)


async def test_letters_can_be_switched_off_and_the_others_stay(ann: Window) -> None:
    await ann.picks("Settings")
    switch = ann.page.get_by_role("switch", name="Single letters act on tickets")
    await switch.uncheck()
    await ann.page.go_back()
    await ann.keys("a ?")
    await ann.keys("Control+K")
    await expect(ann.page.get_by_role("dialog", name="Command palette")).to_be_visible()
    await ann.keys("Escape")
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)
    await expect(ann.ticket.locator("header")).to_contain_text("Open")


async def test_keys_beside_buttons_can_be_hidden_and_are_no_part_of_their_names(ann: Window) -> None:
    hint = ann.button("Approve").locator("kbd")
    await expect(hint).to_be_visible()
    await ann.picks("Settings")
    await ann.page.get_by_role("switch", name="Keys beside buttons").uncheck()
    await ann.page.go_back()
    await expect(ann.button("Approve")).to_be_visible()
    await expect(hint).to_be_hidden()
