"""An approval counts at once, and can be taken back for eight seconds, as long as nobody changed the ticket since."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.browser import Window, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def ann(ann: Window) -> Window:
    """Ann, who has just approved the ticket."""
    await ann.presses("Approve")
    await expect(ann.toasts).to_contain_text("#1 approved")
    return ann


async def test_undo_reopens_and_partners_see_both(ann: Window, desk: Desk, ticket: Answer) -> None:
    partner = await desk.partner()
    assert (await partner.reads(ticket)).status == "APPROVED"
    await ann.toasts.get_by_role("button", name="Undo").click()
    await expect(ann.ticket.locator("header")).to_contain_text("Open")
    await expect(ann.toasts).not_to_contain_text("approved")
    assert (await partner.reads(ticket)).status == "OPEN"


async def test_undo_works_from_another_ticket_too(ann: Window, desk: Desk, ticket: Answer) -> None:
    other = await (await desk.partner()).creates(userId="u-2", subject="Parcel torn")
    await ann.presses("1 new")
    await ann.opens(other)
    await ann.keys("u")
    await expect(ann.toasts).not_to_contain_text("approved")
    await ann.presses("1 new")
    await ann.opens(ticket)
    await expect(ann.ticket.locator("header")).to_contain_text("Open")


async def test_what_somebody_changed_since_is_not_undone_and_that_is_told(
    ann: Window, desk: Desk, ticket: Answer
) -> None:
    bob = await desk.agent("bob")
    await bob.updates(ticket, given={"priority": "URGENT"})
    await ann.keys("u")
    await expect(ann.toasts).to_contain_text("version")
    assert (await bob.reads(ticket)).status == "APPROVED"
