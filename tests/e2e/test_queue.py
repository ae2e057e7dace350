"""The queue with a day of a city's real requests: they come in live, and the page stays small."""

from __future__ import annotations

import csv
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
    await ann.chooses("Status", "Processing")
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
    await ann.presses("Last 30 days")
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
