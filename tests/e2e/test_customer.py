"""A customer's window: their own requests, live too, and nothing of anybody else."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

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
    await expect(mine(carla)).to_have_count(1)
    return carla


def mine(carla: Window) -> Locator:
    """The requests in the list."""
    return carla.page.get_by_role("navigation", name="Your requests").get_by_role("listitem")


def messages(carla: Window) -> Locator:
    return carla.page.get_by_role("region", name="Messages")


def step(carla: Window) -> Locator:
    """How far the request is."""
    return carla.page.get_by_role("list", name="Progress").locator("[aria-current=step]")


async def opens(carla: Window, ticket: Answer) -> None:
    await mine(carla).get_by_role("link", name=ticket.subject).click()
    await expect(carla.page.get_by_role("heading", name=ticket.subject)).to_be_focused()


async def unseen(carla: Window, *words: str) -> None:
    """Nothing on the page says so."""
    for word in words:
        await expect(carla.page.get_by_role("main").get_by_text(re.compile(rf"\b{word}\b"))).to_have_count(0)


async def test_a_customer_sees_the_own_requests_and_works_on_none(carla: Window, own: Answer, others: Answer) -> None:
    await expect(carla.page.get_by_role("heading", name="My requests")).to_be_attached()
    await expect(mine(carla)).to_contain_text(["Card lost"])
    await expect(carla.page.get_by_text(others.subject)).to_have_count(0)
    for name in ("Views", "Pages"):
        await expect(carla.page.get_by_role("navigation", name=name)).to_have_count(0)
    await opens(carla, own)
    for name in ("Approve", "Reject…", "Start", "Close", "Edit", "Assign to me", "Note", "Search or run a command"):
        await expect(carla.button(name)).to_have_count(0)


async def test_no_letter_is_a_shortcut_and_none_is_printed(carla: Window, own: Answer) -> None:
    await opens(carla, own)
    await carla.keys("? Control+K m")
    await expect(carla.page.get_by_role("dialog")).to_have_count(0)
    await expect(carla.page.locator("kbd")).to_have_count(0)
    await expect(carla.page.get_by_role("heading", name=own.subject)).to_be_focused()


async def test_another_ones_number_in_the_address_says_that_there_is_none(
    carla: Window, own: Answer, others: Answer
) -> None:
    for number in (others.number, 999):
        await carla.page.goto(f"{carla.url}/tickets/{number}")
        await expect(carla.page.get_by_role("heading")).to_have_text(f"There is no request {number}, or not for you.")
        await expect(carla.page.get_by_text(others.subject)).to_have_count(0)
    await opens(carla, own)


async def test_what_the_desk_does_appears_at_once_and_is_an_agents_while_notes_and_strangers_stay_unseen(
    carla: Window, desk: Desk, own: Answer
) -> None:
    await opens(carla, own)
    await expect(step(carla)).to_contain_text("Received")
    ann = await desk.agent()
    await (await desk.partner()).creates(userId="u-2", subject="A stranger's")
    await ann.notes(own, "Second card this year.")
    await ann.starts(own)
    await expect(step(carla)).to_contain_text("Being checked")
    await expect(step(carla)).to_contain_text("by an agent since")
    await ann.replies(own, "We block the card.")
    answer = messages(carla).get_by_role("article", name=re.compile("^Message by an agent"))
    await expect(answer).to_contain_text("We block the card.")
    await expect(carla.toasts).to_contain_text("New message from an agent.")
    await ann.approves(own, reason="It was yours.")
    await expect(step(carla)).to_contain_text("Approved")
    await expect(step(carla)).to_contain_text("by an agent,")
    await expect(carla.page.get_by_text("It was yours.")).to_be_visible()
    await expect(mine(carla)).to_contain_text(["Approved"])
    assert carla.loads == 1
    await unseen(carla, "ann", "Second card", "A stranger's")
    await carla.page.reload()
    await expect(messages(carla)).to_contain_text("We block the card.")
    await unseen(carla, "ann", "Second card", "A stranger's")


async def test_a_request_and_an_answer_reach_the_desk(carla: Window, windows: Windows) -> None:
    [ann] = await windows.agents("ann")
    await ann.counts(2)
    await carla.page.get_by_role("link", name="New request").click()
    await carla.fills("In one line, what is it about?", "Charged twice")
    await carla.fills("What happened?", "12.90 on Monday, two times.")
    await carla.presses("Send request")
    await expect(carla.page.get_by_role("heading", name="Charged twice")).to_be_focused()
    await expect(mine(carla)).to_contain_text(["Charged twice", "Card lost"])
    await expect(messages(carla).get_by_role("article", name=re.compile("^Message by You"))).to_have_count(1)
    await carla.fills("Your answer", "And now three times.")
    await carla.keys("Control+Enter")
    await expect(messages(carla)).to_contain_text("And now three times.")
    await expect(carla.page.get_by_label("Your answer", exact=True).last).to_have_value("")

    await ann.presses("1 new")
    await ann.queue.get_by_role("link", name="Charged twice").click()
    await expect(ann.thread).to_contain_text("12.90 on Monday, two times.")
    await expect(ann.thread).to_contain_text("And now three times.")
    await expect(ann.ticket.locator("header")).to_contain_text("from the page")


async def test_an_answer_that_crosses_the_desks_is_told_and_sent_all_the_same(
    carla: Window, desk: Desk, own: Answer
) -> None:
    await opens(carla, own)
    await carla.fills("Your answer", "Any news?")
    await (await desk.agent()).replies(own, "The card is blocked.")
    await expect(messages(carla)).to_contain_text("The card is blocked.")
    await carla.presses("Send answer")
    await expect(carla.page.get_by_role("alert")).to_contain_text("There is a new message above")
    await carla.presses("Send all the same")
    await expect(messages(carla)).to_contain_text("Any news?")


async def test_an_answer_that_was_begun_is_kept_over_a_reload(carla: Window, own: Answer) -> None:
    await opens(carla, own)
    await carla.fills("Your answer", "I found")
    await expect(carla.page.get_by_text("Draft kept on this device")).to_be_visible()
    await carla.page.reload()
    await expect(carla.page.locator("#answer")).to_have_value("I found")


async def test_on_a_phone_there_is_the_list_or_the_request(carla: Window, own: Answer) -> None:
    await carla.page.set_viewport_size({"width": 390, "height": 844})
    await opens(carla, own)
    await expect(mine(carla)).to_be_hidden()
    await carla.page.get_by_role("link", name="Your requests").click()
    await expect(mine(carla)).to_be_visible()
    width: int = await carla.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


async def test_who_has_no_request_yet_is_shown_how_to_make_one(windows: Windows, desk: Desk, others: Answer) -> None:
    dan = await windows.of(await desk.customer("dan", "u-9"))
    await expect(dan.page.get_by_role("heading", name="No request yet")).to_be_visible()
    await dan.page.get_by_role("main").get_by_role("link", name="New request").click()
    await expect(dan.page.get_by_role("heading", name="A new request")).to_be_visible()
