"""Who else is at a ticket, and whether they type, is seen while it lasts."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def both(windows: Windows, ticket: Answer) -> list[Window]:
    both = await windows.agents("ann", "bob")
    for window in both:
        await window.opens(ticket)
    return both


async def test_colleagues_see_each_other_look_and_type_and_nobody_themselves(both: list[Window]) -> None:
    ann, bob = both
    await expect(ann.ticket.locator("header")).to_contain_text("bob looks")
    await expect(bob.ticket.locator("header")).to_contain_text("ann looks")
    await ann.fills("Reply", "We look into it.")
    await expect(bob.ticket.locator("header")).to_contain_text("ann types")
    await expect(ann.ticket.locator("header")).not_to_contain_text("ann")
    await expect(bob.ticket.locator("header")).to_contain_text("ann looks")


async def test_who_goes_away_is_gone(both: list[Window], desk: Desk) -> None:
    ann, bob = both
    await expect(bob.ticket.locator("header")).to_contain_text("ann looks")
    await ann.page.close()
    desk.clock.passes(13)
    await expect(bob.ticket.locator("header")).not_to_contain_text("ann")
