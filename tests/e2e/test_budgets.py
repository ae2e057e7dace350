"""The budgets of the page that are counts: how large it grows, what moves, what it misses. Times: `bench/page.py`."""

from __future__ import annotations

from playwright.async_api import expect
from uuid_utils.compat import uuid7

from models.work import System, World
from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Answer, Desk
from tests.support.live import filled

pytestmark = in_the_browser

MOST_NODES = 1_500
LISTED = 60
CHANGES = 500
MISSED = 200
LONG = 10_000

WATCH = """() => {
  const places = () => new Map([...document.querySelectorAll("ol[aria-label=Tickets] > .row")].map(
    (row) => [row.querySelector(".num")?.textContent, row.style.transform]));
  let before = places();
  window.jumps = [];
  new MutationObserver(() => {
    const now = places();
    for (const [number, place] of before) if (now.get(number) !== place) window.jumps.push(number);
    before = now;
  }).observe(document.querySelector("ol[aria-label=Tickets]"),
    { subtree: true, childList: true, attributes: true, characterData: true });
}"""
"""Notes every row that is drawn in another place than before, or not any more."""


async def listed(desk: Desk) -> list[Answer]:
    bank = await desk.partner()
    return [await bank.creates(userId="u-1", subject=f"Request {n}") for n in range(LISTED)]


async def nodes(window: Window) -> int:
    count: int = await window.page.evaluate("document.querySelectorAll('*').length")
    return count


async def shows(window: Window, tickets: list[Answer]) -> None:
    """Waits until every row that is drawn is as the desk has it."""
    subjects = {f"#{ticket.number}": ticket.subject for ticket in tickets}
    rows = window.queue.get_by_role("listitem")
    for row in await rows.all():
        number = await row.locator(".num").inner_text()
        await expect(row.locator(".subject")).to_contain_text(subjects[number])


async def test_no_row_moves_while_five_hundred_changes_come_in_and_each_is_there(windows: Windows, desk: Desk) -> None:
    tickets, bob = await listed(desk), await desk.agent("bob")
    [ann] = await windows.agents("ann")
    await ann.counts(LISTED)
    await expect(ann.row(tickets[-1])).to_contain_text(tickets[-1].subject)
    await ann.page.evaluate(WATCH)
    new = 0
    for change in range(CHANGES):
        place = change % LISTED
        if change % 10 == 0:
            new += 1
            await bob.creates(userId="u-2", subject=f"New {new}")
        elif change % 10 == 5:
            now = await bob.reads(tickets[place])
            assert now
            await (bob.reopens if now.decision else bob.approves)(now)
        else:
            tickets[place] = await bob.updates(tickets[place], given={"subject": f"Change {change}"})
    await expect(ann.button(f"{new} new")).to_be_visible()
    await shows(ann, tickets)
    assert await ann.page.evaluate("window.jumps") == []
    assert await nodes(ann) < MOST_NODES
    await ann.presses(f"{new} new")
    await expect(ann.queue.get_by_role("listitem").first).to_contain_text(f"New {new}")
    assert await ann.page.evaluate("window.jumps") != [], "a list that is read anew was not noticed"


async def test_all_that_happened_in_the_dark_is_there_when_the_network_is_back(windows: Windows, desk: Desk) -> None:
    tickets, bob = await listed(desk), await desk.agent("bob")
    [ann] = await windows.agents("ann")
    await ann.counts(LISTED)
    ann.expects(r"(error|warning): WebSocket connection to .* failed")
    await ann.page.context.set_offline(True)
    await expect(ann.page.get_by_role("banner")).to_contain_text("Paused since")
    for change in range(MISSED):
        place = change % LISTED
        tickets[place] = await bob.updates(tickets[place], given={"subject": f"Change {change}"})
    new = await bob.creates(userId="u-2", subject="New")
    await ann.page.context.set_offline(False)
    await expect(ann.button("1 new")).to_be_visible()
    await shows(ann, tickets)
    await ann.presses("1 new")
    await expect(ann.row(new)).to_be_visible()
    assert ann.loads == 1


async def test_every_page_stays_small_with_ten_thousand_tickets(windows: Windows, desk: Desk) -> None:
    await filled(System(World(now_ms=desk.clock, new_id=uuid7)), LONG, "u-1")
    ada = await windows.of(await desk.admin())
    await ada.counts(LONG)
    await ada.queue.evaluate("list => list.scrollTo(0, list.scrollHeight)")
    await expect(ada.queue.locator(f'[aria-posinset="{LONG}"]').get_by_role("link")).to_be_visible()
    assert await nodes(ada) < MOST_NODES
    for path, told in (("/dashboard", "10,000"), ("/settings", "Shortcuts"), ("/new", "A new ticket")):
        await ada.page.goto(f"{desk.url}{path}")
        await expect(ada.page.get_by_role("main").filter(visible=True)).to_contain_text(told)
        assert await nodes(ada) < MOST_NODES
