"""The queue with a day of a city's real requests: they come in live, and the page stays small."""

from __future__ import annotations

import csv
import re
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path

from playwright.async_api import expect

from tests.api.test_import import ALL, MAPPING, REQUESTS, imported
from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Desk

pytestmark = in_the_browser

A_PART = 500
MOST_NODES = 1_500
READING_PX = 384
OVER_THE_EDGE = """
[...document.querySelectorAll(".top, .strip, .queue, .rows")].filter(part => part.scrollWidth > part.clientWidth)
    .map(part => part.className)
"""


@on_its_loop()
async def imports(desk: Desk, tmp_path: Path) -> Callable[[int], Awaitable[None]]:
    """Imports the first so many requests, in a process of its own; those that are there already are left out."""
    mapping, file = tmp_path / "mapping.toml", tmp_path / REQUESTS.name
    mapping.write_text(MAPPING)

    async def run(count: int) -> None:
        with REQUESTS.open() as requests:
            file.write_text("".join(islice(requests, 1 + count)))
        code, told = await imported(desk.settings, file, "--mapping", mapping)
        assert code == 0, told

    return run


async def nodes(window: Window) -> int:
    count: int = await window.page.evaluate("document.querySelectorAll('*').length")
    return count


async def test_thousands_of_requests_come_in_live_and_are_found_again(
    windows: Windows, desk: Desk, imports: Callable[[int], Awaitable[None]]
) -> None:
    ann = await windows.of(await desk.agent(), "/?status=ANY&days=ANY")
    first = await ann.person.creates(userId="u-1", subject="The first")
    await expect(ann.row(first)).to_be_visible()
    for count in (A_PART, ALL):
        await imports(count)
        await expect(ann.button(f"{count:,} new")).to_be_visible()
    await ann.presses(f"{ALL:,} new")
    await ann.counts(ALL + 1)
    await _the_end_is_read_where_it_is_looked_at(ann)
    await _a_search_and_a_filter_narrow_the_list(ann)
    await _a_request_tells_its_facts(ann)
    assert ann.loads == 1


async def _the_end_is_read_where_it_is_looked_at(ann: Window) -> None:
    await ann.queue.evaluate("list => list.scrollTo(0, list.scrollHeight)")
    last = ann.queue.locator(f'[aria-posinset="{ALL + 1}"]')
    await expect(last.get_by_role("link")).to_contain_text("Approved")
    await expect(last).to_be_in_viewport()
    assert await nodes(ann) < MOST_NODES


async def _a_search_and_a_filter_narrow_the_list(ann: Window) -> None:
    with REQUESTS.open(newline="") as file:
        tortured = [row["Status"] for row in csv.DictReader(file) if row["Descriptor"] == "Tortured"]
    await ann.fills("Search", "tortured")
    await ann.page.keyboard.press("Enter")
    await ann.counts(len(tortured))
    await ann.narrows("Status any", "Processing")
    await ann.counts(tortured.count("In Progress"))
    await expect(ann.queue.get_by_role("link")).to_have_count(tortured.count("In Progress"))
    await expect(ann.queue.get_by_role("link").first).to_contain_text("Animal-Abuse · Tortured")


async def _a_request_tells_its_facts(ann: Window) -> None:
    await ann.queue.get_by_role("link").first.click()
    await expect(ann.facts).to_contain_text("New York City Police Department")
    await expect(ann.facts).to_contain_text("SAINT ALBANS")
    await expect(ann.ticket.locator("header")).to_contain_text("imported")
    await expect(ann.ticket.locator("header")).to_contain_text("NYPD")
    await expect(ann.thread).to_contain_text("Residential Building/House")
    assert await nodes(ann) < MOST_NODES


async def test_the_queue_shows_the_last_days_and_older_tickets_by_one_press(
    windows: Windows, desk: Desk, imports: Callable[[int], Awaitable[None]]
) -> None:
    await imports(A_PART)
    ann = await windows.of(await desk.agent(), "/?status=ANY")
    await expect(ann.page.get_by_text("No ticket of the last 30 days fits this list.")).to_be_visible()
    await ann.page.get_by_role("link", name="Show older tickets").click()
    await ann.counts(A_PART)
    await ann.presses("Any age")
    await ann.counts(0)
    young = await ann.person.creates(userId="u-1", subject="Young")
    await expect(ann.row(young)).to_be_visible()
    [old] = (await ann.person.asks("{ ticketsByNumber(numbers: [1]) { id } }")).ticketsByNumber
    await ann.person.updates(old, given={"subject": "Old, and changed"})
    await ann.person.creates(userId="u-1", subject="As young")
    await expect(ann.button("1 new")).to_be_visible()
    await ann.presses("Last 30 days")
    await ann.counts(A_PART + 2)


async def test_a_search_may_hold_a_percent_sign(windows: Windows, desk: Desk) -> None:
    await (await desk.partner()).creates(userId="u-1", subject="Discount 100% off")
    [ann] = await windows.agents("ann")
    await ann.counts(1)
    await ann.fills("Search", "100%")
    await ann.page.keyboard.press("Enter")
    await expect(ann.queue.get_by_role("link", name="Discount 100% off")).to_be_visible()


async def test_a_row_that_no_longer_fits_goes_when_it_is_asked_to(windows: Windows, desk: Desk) -> None:
    [ann] = await windows.agents("ann")
    partner, bob = await desk.partner(), await desk.agent("bob")
    first, second = [await partner.creates(userId="u-1", subject=subject) for subject in ("First", "Second")]
    await ann.page.reload()
    await ann.counts(2)
    await bob.approves(first)
    await expect(ann.button("1 no longer fits")).to_be_visible()
    await expect(ann.row(first)).to_contain_text("Approved by bob")
    await ann.keys("n")
    await expect(ann.row(first)).to_have_count(0)
    await expect(ann.row(second)).to_be_visible()
    await ann.counts(1)


async def test_views_tell_how_many_tickets_they_have_as_it_changes(windows: Windows, desk: Desk) -> None:
    partner, bob = await desk.partner(), await desk.agent("bob")
    first, second = [await partner.creates(userId="u-1", subject=subject) for subject in ("First", "Second")]
    [ann] = await windows.agents("ann")
    views = ann.page.get_by_role("navigation", name="Views").get_by_role("link")
    await expect(views).to_have_text(["All open 2", "Mine 0", "Nobody’s 2", "Urgent 0", "Decided today 0", "All 2"])
    await bob.updates(first, given={"assignee": "ann", "priority": "URGENT"})
    await bob.approves(second)
    await expect(views).to_have_text(["All open 1", "Mine 1", "Nobody’s 0", "Urgent 1", "Decided today 1", "All 2"])
    await views.filter(has_text="Decided today").click()
    await ann.counts(1)
    await expect(ann.row(second)).to_contain_text("Approved")
    assert ann.loads == 1


async def test_an_empty_list_says_why_and_offers_a_way_out(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1", subject="Nobody's")
    ann = await windows.of(await desk.agent(), "/?assignee=me")
    await expect(ann.page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    await expect(ann.page.get_by_text("1 open ticket has nobody yet.")).to_be_visible()
    await ann.page.get_by_role("link", name="Show nobody’s tickets").click()
    await expect(ann.row(ticket)).to_be_visible()
    await ann.narrows("Priority any", "Urgent")
    await ann.page.keyboard.press("Escape")
    await expect(ann.page.get_by_text("1 ticket is open without these filters.")).to_be_visible()
    await ann.page.get_by_role("link", name="Drop “Urgent”").click()
    await expect(ann.row(ticket)).to_be_visible()


async def test_the_list_is_ordered_by_a_menu_and_says_so_in_its_address(windows: Windows, desk: Desk) -> None:
    partner = await desk.partner()
    for subject in ("First", "Second"):
        await partner.creates(userId="u-1", subject=subject)
    [ann] = await windows.agents("ann")
    await expect(ann.queue.get_by_role("link")).to_contain_text(["Second", "First"])
    await ann.narrows("Order: Newest first", "Oldest first")
    await expect(ann.queue.get_by_role("link")).to_contain_text(["First", "Second"])
    await expect(ann.page).to_have_url(re.compile(r"\?order=CREATED_ASC$"))


async def test_the_list_makes_room_while_one_edits(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1")
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    wide = await _width(ann)
    await ann.keys("e")
    await expect(ann.page.get_by_role("main")).to_have_class("desk reading")
    assert await _width(ann) == READING_PX < wide
    await ann.keys("Escape Escape")
    await expect(ann.page.get_by_role("main")).to_have_class("desk")
    assert await _width(ann) == wide


async def _width(window: Window) -> float:
    width: float = await window.queue.evaluate("list => list.closest('.queue').getBoundingClientRect().width")
    return width


async def test_the_width_of_the_list_is_everybodys_own(windows: Windows, desk: Desk) -> None:
    [ann] = await windows.agents("ann")
    edge = ann.page.get_by_role("separator", name="Width of the list")
    await edge.focus()
    await ann.keys("End")
    await expect(edge).to_have_attribute("aria-valuenow", "70")
    await ann.signs_out()
    await ann.uses_token((await desk.agent("bob")).token)
    await expect(edge).to_have_attribute("aria-valuenow", "54")


async def test_a_word_that_the_address_does_not_know_narrows_nothing(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1")
    ann = await windows.of(await desk.agent(), "/?decided=constructor&locked=toString")
    await expect(ann.row(ticket)).to_be_visible()


async def test_a_phone_has_two_lines_for_a_ticket_and_nothing_over_its_edge(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(
        userId="u-1", subject="A subject that is longer than any phone is wide"
    )
    [ann] = await windows.agents("ann")
    for width in (390, 320):
        await ann.page.set_viewport_size({"width": width, "height": 800})
        await expect(ann.row(ticket)).to_have_css("height", "60px")
        assert await ann.page.evaluate(OVER_THE_EDGE) == []
