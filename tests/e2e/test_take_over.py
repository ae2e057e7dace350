"""A lock that is in the way: asked for, handed over, taken over by an admin, and nothing that was typed is lost."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def ann(ann: Window) -> Window:
    """Ann, who edits the ticket and has written another subject."""
    await ann.presses("Edit")
    await ann.fills("Subject", "Card stolen")
    return ann


async def test_who_asks_is_told_to_the_holder_and_gets_the_lock_from_them(
    ann: Window, windows: Windows, ticket: Answer
) -> None:
    [bob] = await windows.agents("bob")
    await bob.opens(ticket)
    await bob.presses("Ask to release")
    await expect(bob.button("Asked")).to_be_disabled()
    await expect(ann.lock).to_contain_text("bob asks for it.")
    await ann.presses("Hand over to bob")
    await expect(bob.lock).to_contain_text("ann handed the lock over to you.")
    await bob.presses("Edit here")
    await expect(bob.page.get_by_label("Subject")).to_have_value("Card lost")
    await expect(bob.page.get_by_label("Subject")).to_be_editable()
    await expect(ann.ticket).to_contain_text("You began to edit")
    await expect(ann.lock).to_contain_text("bob is editing")
    await bob.presses("Leave")
    await expect(ann.toasts).to_contain_text("#1 is free now.")
    await ann.presses("Go on")
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card stolen")


async def test_only_an_admin_takes_over_and_says_why(ann: Window, windows: Windows, desk: Desk, ticket: Answer) -> None:
    [bob] = await windows.agents("bob")
    await bob.opens(ticket)
    await expect(bob.button("Ask to release")).to_be_visible()
    await expect(bob.button("Take over…")).to_have_count(0)

    ada = await windows.of(await desk.admin())
    await ada.opens(ticket)
    await ada.presses("Take over…")
    dialog = ada.page.get_by_role("dialog", name=f"Take over #{ticket.number}")
    await ada.fills("Reason", "Ann is at lunch.")
    await ada.presses("Take over")
    await expect(dialog).to_have_count(0)
    await expect(ada.page.get_by_label("Subject")).to_be_editable()
    await expect(ann.lock).to_contain_text(re.compile(r"Your lock ended at .* ada is editing now\."))
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card stolen")
    await expect(ann.page.get_by_label("Subject")).not_to_be_editable()
    await expect(ada.history).to_contain_text("took the lock: Ann is at lunch.")


async def test_a_lock_taken_up_in_another_tab_ends_here_and_can_be_taken_back(ann: Window) -> None:
    tab = await ann.page.context.new_page()
    await tab.goto(ann.page.url)
    await expect(tab.locator(".t-lock")).to_contain_text("You are editing in another window.")
    await tab.get_by_role("button", name="Edit here").click()
    await expect(tab.get_by_label("Subject")).to_have_value("Card stolen")
    await ann.presses("Save 1 change")
    await expect(ann.lock).to_contain_text("Your lock ended")
