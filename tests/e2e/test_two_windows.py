"""Ann and bob at one desk: what one of them does, the other sees at once, without a reload."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from playwright.async_api import expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def both(windows: Windows, ticket: Answer) -> AsyncIterator[list[Window]]:
    """Ann and bob with the ticket open; neither page is loaded again to the end."""
    both = await windows.agents("ann", "bob")
    for window in both:
        await window.opens(ticket)
    yield both
    assert [window.loads for window in both] == [1, 1]


async def test_a_new_ticket_waits_behind_a_button_so_that_no_row_moves_by_itself(
    windows: Windows, desk: Desk, ticket: Answer
) -> None:
    [ann] = await windows.agents("ann")
    await ann.counts(1)
    new = await (await desk.partner()).creates(userId="u-2", subject="Parcel torn")
    await expect(ann.button("1 new")).to_be_visible()
    await expect(ann.queue.get_by_role("link")).to_have_count(1)
    await ann.presses("1 new")
    await expect(ann.queue.get_by_role("link")).to_contain_text(["Parcel torn", "Card lost"])
    await expect(ann.row(new)).to_contain_text("u-2")
    await expect(ann.button("1 new")).to_have_count(0)
    assert ann.loads == 1


async def test_an_empty_list_shows_its_first_ticket_by_itself(windows: Windows, desk: Desk) -> None:
    [ann] = await windows.agents("ann")
    await expect(ann.page.get_by_role("heading", name="Nothing here")).to_be_visible()
    first = await (await desk.partner()).creates(userId="u-1")
    await expect(ann.row(first)).to_be_visible()


async def test_a_rejection_needs_a_reason_and_both_read_it_with_who_gave_it(both: list[Window], ticket: Answer) -> None:
    ann, bob = both
    for window in both:
        await window.shows_history()
    dialog = ann.page.get_by_role("dialog", name=f"Reject #{ticket.number}")
    await ann.presses("Reject…")
    await ann.fills("What the requester reads", "   ")
    await ann.presses("Reject")
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await ann.presses("Cancel")
    await expect(dialog).to_have_count(0)
    await expect(ann.ticket.locator("header")).to_contain_text("Open")

    await ann.presses("Reject…")
    await ann.fills("What the requester reads", "The card was found.")
    await ann.presses("Reject")
    for window, who in ((ann, "You"), (bob, "ann")):
        await expect(window.ticket.locator("header")).to_contain_text("Rejected")
        await expect(window.facts).to_contain_text("by ann")
        await expect(window.facts).to_contain_text("The card was found.")
        await expect(window.history).to_contain_text(f"{who} rejected: The card was found.")
        await expect(window.thread).to_contain_text(f"{who} rejected: The card was found.")


async def test_a_decided_row_stays_in_its_place_and_says_why(windows: Windows, desk: Desk) -> None:
    partner = await desk.partner()
    made = [await partner.creates(userId="u-1", subject=subject) for subject in ("Oldest", "Middle", "Newest")]
    ann, bob = await windows.agents("ann", "bob")
    await bob.counts(3)
    await ann.opens(made[1])
    await ann.presses("Approve")
    for window in (ann, bob):
        await expect(window.row(made[1])).to_contain_text("Approved by ann")
        await expect(window.queue.get_by_role("link")).to_contain_text(["Newest", "Middle", "Oldest"])
    assert await _colour(bob, "Middle") != await _colour(bob, "Oldest")

    await ann.presses("Reopen")
    await expect(bob.row(made[1])).not_to_contain_text("Approved")
    assert await _colour(bob, "Middle") == await _colour(bob, "Oldest")


async def _colour(window: Window, subject: str) -> str:
    colour: str = await window.queue.get_by_text(subject).evaluate("element => getComputedStyle(element).color")
    return colour


async def test_a_ticket_goes_through_its_life_before_the_eyes_of_both(both: list[Window], ticket: Answer) -> None:
    ann, bob = both
    await bob.shows_history()
    await ann.does("Assign to me")
    await expect(ann.ticket.locator("header")).to_contain_text("with you")
    await expect(bob.ticket.locator("header")).to_contain_text("with ann")
    await expect(bob.row(ticket)).to_contain_text("assigned to ann")
    await expect(bob.history).to_contain_text("Assignee nobody ann")
    await expect(bob.thread).to_contain_text("ann took this ticket")
    for does, act, status, told in (
        (ann.does, "Start", "Processing", "started"),
        (ann.presses, "Approve", "Approved", "approved"),
        (ann.presses, "Reopen", "Processing", "reopened it"),
        (ann.does, "Close", "Closed", "closed it"),
    ):
        await does(act)
        await expect(bob.ticket.locator("header")).to_contain_text(status)
        await expect(bob.row(ticket)).to_contain_text(status)
        await expect(bob.history.get_by_role("listitem").first).to_contain_text(f"ann {told}")


async def test_replies_and_notes_appear_in_the_colleagues_thread(both: list[Window]) -> None:
    ann, bob = both
    await ann.writes("Reply", "We block the card.")
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("")
    await ann.writes("Note", "Second one this year.")
    for window, who in ((ann, "You"), (bob, "ann")):
        reply = window.thread.get_by_role("article", name=re.compile("^Reply by ann"))
        await expect(reply).to_contain_text("We block the card.")
        await expect(reply).to_contain_text(who)
        note = window.thread.get_by_role("article", name=re.compile("^Note by ann"))
        await expect(note).to_contain_text("Second one this year.")
        await expect(note).to_contain_text("agents only")


async def test_a_draft_survives_a_reload_until_it_is_sent(windows: Windows, ticket: Answer) -> None:
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    await ann.fills("Reply", "Half a sen")
    await ann.presses("Note")
    await expect(ann.page.get_by_label("Note", exact=True)).to_have_value("")
    await ann.page.reload()
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("Half a sen")
    await ann.writes("Reply", "Half a sentence, whole.")
    await expect(ann.thread).to_contain_text("Half a sentence, whole.")
    await ann.page.reload()
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("")


async def test_a_cancelled_dialog_gives_the_focus_back(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1")
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    await ann.presses("Reject…")
    await ann.presses("Cancel")
    await expect(ann.button("Reject…")).to_be_focused()
