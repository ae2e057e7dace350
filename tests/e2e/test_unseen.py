"""What somebody has not seen yet is told: where the thread opens, while they look, and before their answer is sent."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.browser import Window, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def ann(ann: Window) -> Window:
    """Ann, with the ticket open."""
    await expect(ann.thread).to_contain_text("On the train.")
    return ann


async def test_a_message_that_came_while_somebody_wrote_is_told_before_theirs_is_sent(
    ann: Window, desk: Desk, ticket: Answer
) -> None:
    told = ann.ticket.get_by_role("alert")
    await ann.fills("Reply", "We look into it.")
    await (await desk.customer()).replies(ticket, "I found it again.")
    await expect(told).to_contain_text(re.compile(r"carla wrote at \d\d:\d\d, after you began: “I found it again\.”"))
    await ann.presses("Show")
    await expect(ann.thread.get_by_role("article", name=re.compile("by carla"))).to_be_focused()
    async with ann.page.expect_response(lambda answer: "mutation Reply" in (answer.request.post_data or "")):
        await ann.page.get_by_label("Reply", exact=True).press("Control+Enter")
    await expect(told).to_be_visible()
    sent = [event.message.text for event in await ann.person.history(ticket) if event.message]
    assert sent == ["I found it again."]
    await ann.presses("Send all the same")
    await expect(ann.thread).to_contain_text("We look into it.")
    await expect(told).to_have_count(0)


async def test_a_change_of_the_ticket_is_told_too_and_discarding_ends_it(
    ann: Window, desk: Desk, ticket: Answer
) -> None:
    told = ann.ticket.get_by_role("alert")
    await ann.fills("Reply", "We look into it.")
    await (await desk.agent("bob")).updates(ticket, given={"priority": "URGENT"})
    await expect(told).to_contain_text("bob changed the ticket at")
    await ann.presses("Discard")
    await expect(told).to_have_count(0)
    await ann.writes("Reply", "Thank you.")
    await expect(ann.thread).to_contain_text("Thank you.")


async def test_a_message_is_announced_while_the_ticket_is_open(ann: Window, desk: Desk, ticket: Answer) -> None:
    await (await desk.customer()).replies(ticket, "I found it again.")
    await expect(ann.toasts).to_contain_text("New message from carla.")
    await ann.writes("Reply", "Good.")
    await expect(ann.thread).to_contain_text("Good.")
    await expect(ann.toasts).not_to_contain_text("New message from ann")


async def test_a_thread_opens_at_what_is_new_and_tells_what_changed(ann: Window, desk: Desk, ticket: Answer) -> None:
    bob, carla = await desk.agent("bob"), await desk.customer()
    other = await (await desk.partner()).creates(userId="u-2", subject="Parcel torn")
    await ann.presses("1 new")
    await ann.opens(other)
    for line in range(30):
        await bob.notes(ticket, f"Line {line}")
    await bob.updates(ticket, given={"priority": "URGENT"})
    await carla.replies(ticket, "Hello?")
    await ann.opens(ticket)
    new = ann.thread.get_by_text("New since you were here")
    await expect(new).to_be_in_viewport()
    await expect(ann.thread.get_by_text("Line 0")).to_be_in_viewport()
    await expect(ann.thread.get_by_text("Hello?")).not_to_be_in_viewport()
    await expect(ann.thread).to_contain_text("bob changed priority from Normal to Urgent")
    await ann.opens(other)
    await ann.opens(ticket)
    await expect(ann.thread.get_by_text("Hello?")).to_be_in_viewport()
    await expect(new).to_have_count(0)
