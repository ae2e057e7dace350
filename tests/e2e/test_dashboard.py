"""The dashboard: today's numbers, each the way to its tickets, right at once when something happens."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def tickets(desk: Desk) -> list[Answer]:
    """Two open, one of them urgent and bob's; one in ann's hands; one approved by ann, one rejected by bob."""
    bank, (ann, bob) = await desk.partner(), await desk.agents("ann", "bob")
    made = [await bank.creates(userId="u-1", subject=f"Request {n}") for n in range(5)]
    await bob.updates(made[1], given={"priority": "URGENT", "assignee": "bob"})
    await ann.starts(made[2])
    await ann.approves(made[3])
    await bob.rejects(made[4])
    return made


@on_its_loop()
async def ann(windows: Windows, desk: Desk, tickets: list[Answer]) -> Window:
    """Ann, who went to the dashboard."""
    [ann] = await windows.agents("ann")
    await ann.page.get_by_role("link", name="Dashboard").click()
    await expect(ann.page.get_by_role("heading", name="Today")).to_be_focused()
    return ann


def figure(window: Window, told: str) -> Locator:
    return window.page.locator(".figures").get_by_role("link", name=re.compile(f"^{told}"))


def agent(window: Window, name: str) -> Locator:
    agents = window.page.get_by_role("region", name="Agents")
    return agents.get_by_role("row").filter(has=window.page.get_by_role("rowheader", name=re.compile(f"^{name}")))


async def test_the_numbers_are_the_desks_and_follow_what_happens(
    ann: Window, desk: Desk, tickets: list[Answer]
) -> None:
    bob = await desk.agent("bob")
    for told in (
        "Open 2 5 came in today", "Processing 1 0 edited now", "Urgent 1 all have somebody", "Nobody’s 1 oldest",
        "Waiting longest 0 min #1", "Decided today 2 1 approved, 1 rejected",
    ):  # fmt: skip
        await expect(figure(ann, told)).to_be_visible()
    await bob.locks(tickets[1])
    await expect(figure(ann, "Processing 1 1 edited now")).to_be_visible()
    await expect(agent(ann, "bob").get_by_role("link", name="#2")).to_be_visible()
    await bob.approves(tickets[0])
    await expect(figure(ann, "Decided today 3 2 approved, 1 rejected")).to_be_visible()
    await expect(figure(ann, "Nobody’s 0 all have somebody")).to_be_visible()
    await expect(agent(ann, "bob").get_by_role("cell")).to_contain_text(["1", "2", "1", "1", "#2"])
    assert ann.loads == 1


async def test_the_charts_are_their_numbers_to_whoever_cannot_see_them(ann: Window) -> None:
    hours = ann.page.get_by_role("region", name="Came in and decided, per hour")
    await expect(hours).to_contain_text("5 came in, 2 were decided.")
    await expect(hours.get_by_role("img", name=re.compile(r"Came in: (0, )*5\. Decided: (0, )*2\."))).to_be_visible()
    waited = ann.page.get_by_role("region", name="Undecided, by time waited")
    await expect(waited).to_contain_text("None waits longer than 4 hours.")
    await expect(
        waited.get_by_role("img", name=re.compile("^under 15 min: 3, 15 to 60 min: 0, 1 to 2 h: 0"))
    ).to_be_visible()


async def test_every_number_opens_its_queue(ann: Window) -> None:
    for told, count in (("Open", 2), ("Processing", 1), ("Urgent", 1), ("Nobody’s", 1), ("Decided today", 2)):
        await figure(ann, told).click()
        await ann.counts(count)
        await ann.page.get_by_role("link", name="Dashboard").click()
    for column, count in enumerate((1, 1, 1, 0)):
        await agent(ann, "ann").get_by_role("cell").nth(column).get_by_role("link").click()
        await ann.counts(count)
        await ann.page.get_by_role("link", name="Dashboard").click()
    await figure(ann, "Waiting longest").click()
    await expect(ann.ticket.get_by_role("heading", name="Request 0")).to_be_visible()


async def test_a_lost_link_is_told_and_what_was_missed_is_counted_after_it(
    ann: Window, desk: Desk, tickets: list[Answer]
) -> None:
    ann.expects(r"(error|warning): WebSocket connection to .* failed")
    await ann.page.context.set_offline(True)
    await expect(ann.page.get_by_role("main")).to_contain_text("The link is lost")
    await (await desk.agent("bob")).approves(tickets[0])
    await ann.page.context.set_offline(False)
    await expect(figure(ann, "Decided today 3")).to_be_visible()
    await expect(ann.page.get_by_role("main")).to_contain_text("It follows what happens")


async def test_nobody_but_agents_and_admins_has_a_dashboard(windows: Windows, desk: Desk) -> None:
    carla = await windows.of(await desk.customer(), "/dashboard")
    await expect(carla.page.get_by_role("heading", name="My requests")).to_be_attached()
    await expect(carla.page.get_by_role("link", name="Dashboard")).to_have_count(0)
    await expect(carla.page.get_by_role("heading", name="Today")).to_have_count(0)
