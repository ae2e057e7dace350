"""A customer's window: their own requests, live too, and nothing of anybody else."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def own(desk: Desk) -> Answer:
    """Carla's request."""
    return await (await desk.partner()).creates(userId="u-1", subject="Card lost", body="On the train.")


@on_its_loop()
async def others(desk: Desk) -> Answer:
    """Somebody else's."""
    return await (await desk.partner()).creates(userId="u-2", subject="Parcel torn")


@on_its_loop()
async def carla(windows: Windows, desk: Desk, own: Answer, others: Answer) -> Window:
    carla = await windows.of(await desk.customer("carla", "u-1"))
    await carla.counts(1)
    return carla


async def test_a_customer_sees_the_own_requests_and_works_on_none(carla: Window, own: Answer, others: Answer) -> None:
    await expect(carla.page.get_by_role("heading", name="My requests")).to_be_attached()
    await expect(carla.row(own)).to_be_visible()
    await expect(carla.row(others)).to_have_count(0)
    await expect(carla.page.get_by_role("navigation", name="Views")).to_have_count(0)
    await carla.opens(own)
    for name in ("Approve", "Reject…", "Start", "Close", "Edit", "Assign to me", "Note"):
        await expect(carla.button(name)).to_have_count(0)


async def test_another_ones_number_in_the_address_says_that_there_is_none(
    carla: Window, own: Answer, others: Answer
) -> None:
    for number in (others.number, 999):
        await carla.page.goto(f"{carla.url}/tickets/{number}")
        await expect(carla.ticket).to_contain_text(f"There is no ticket #{number}, or not for you.")
        await expect(carla.ticket).not_to_contain_text(others.subject)
    await carla.ticket.get_by_role("link", name="Back to the list").click()
    await carla.opens(own)


async def test_an_answer_appears_at_once_and_is_an_agents_while_notes_and_strangers_stay_unseen(
    carla: Window, desk: Desk, own: Answer
) -> None:
    await carla.opens(own)
    ann = await desk.agent()
    await (await desk.partner()).creates(userId="u-2", subject="A stranger's")
    await ann.notes(own, "Second card this year.")
    await ann.starts(own)
    await ann.replies(own, "We block the card.")
    await expect(carla.thread.get_by_role("article", name=re.compile("^Reply by an agent"))).to_contain_text(
        "We block the card."
    )
    await expect(carla.thread).to_contain_text("an agent started")
    await expect(carla.ticket.locator("header")).to_contain_text("Processing")
    await ann.approves(own, reason="It was yours.")
    await expect(carla.facts).to_contain_text("by an agent")
    await expect(carla.facts).to_contain_text("It was yours.")
    await expect(carla.button(re.compile("new$"))).to_have_count(0)
    assert carla.loads == 1
    await unseen(carla, "ann", "Second card", "A stranger's")
    await carla.page.reload()
    await expect(carla.thread).to_contain_text("We block the card.")
    await unseen(carla, "ann", "Second card", "A stranger's")


async def unseen(carla: Window, *words: str) -> None:
    """Nothing on the page says so."""
    for word in words:
        await expect(carla.page.get_by_role("main").get_by_text(re.compile(rf"\b{word}\b"))).to_have_count(0)


async def test_a_request_and_a_reply_reach_the_desk(carla: Window, windows: Windows) -> None:
    [ann] = await windows.agents("ann")
    await ann.counts(2)
    await carla.page.get_by_role("link", name=re.compile("^New ")).click()
    await carla.fills("In one line, what is it about?", "Charged twice")
    await carla.fills("What happened?", "12.90 on Monday, two times.")
    await carla.presses("Send")
    await expect(carla.ticket.get_by_role("heading", name="Charged twice")).to_be_visible()
    await expect(carla.thread).to_contain_text("You")
    await carla.fills("Reply", "And now three times.")
    await carla.presses("Send")
    await expect(carla.thread).to_contain_text("And now three times.")

    await ann.presses("1 new")
    await ann.queue.get_by_role("link", name="Charged twice").click()
    await expect(ann.thread).to_contain_text("12.90 on Monday, two times.")
    await expect(ann.thread).to_contain_text("And now three times.")
    await expect(ann.ticket.locator("header")).to_contain_text("from the page")
    await expect(ann.facts).to_contain_text("u-1")
