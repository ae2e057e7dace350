"""The live link: a desk that goes away is told, and one that comes back brings what happened meanwhile."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from desk.settings import Settings
from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Answer, Person, running
from tests.support.processes import serving, token

pytestmark = in_the_browser

AWAY = (
    r"(error|warning): WebSocket connection to .* failed",
    r"failed: POST .*/graphql net::ERR_CONNECTION_REFUSED",
    r"error: Failed to load resource: net::ERR_CONNECTION_REFUSED",
)
"""What a browser complains of when nothing listens."""


async def test_a_desk_that_comes_back_brings_what_happened_meanwhile(
    browser: Browser, settings: Settings, tmp_path: Path, free_port: int
) -> None:
    ann_token, bob_token = await token(settings, "ann"), await token(settings, "bob")
    async with serving(settings, tmp_path / "log", free_port) as desk:
        windows = Windows(browser, desk)
        ticket = await Person(desk, "bob", bob_token).creates(userId="u-1", subject="Card lost")
        ann = await windows.at(Person(desk, "ann", ann_token))
        await ann.uses_token(ann_token)
        await ann.opens(ticket)
        await _says(ann, re.compile("Live"))
    ann.expects(*AWAY)
    await _says(ann, re.compile(r"Paused since .*\d"))
    await _keeps_what_cannot_be_sent(ann)
    async with running(settings) as elsewhere:
        missed = await _happens(Person(elsewhere, "bob", bob_token), ticket)
    async with serving(settings, tmp_path / "log", free_port):
        await _says(ann, re.compile("Live"))
        await _has_caught_up(ann, missed)
        await windows.close()


async def _says(window: Window, link: re.Pattern[str]) -> None:
    """Waits until the page says so of its link."""
    await expect(window.page.get_by_role("banner")).to_contain_text(link)


async def _keeps_what_cannot_be_sent(ann: Window) -> None:
    await ann.fills("Reply", "We look into it.")
    await ann.presses("Send")
    alert = ann.page.get_by_role("form", name="Answer").get_by_role("alert")
    await expect(alert).to_contain_text("The desk does not answer. What you wrote is kept")
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("We look into it.")


async def _happens(bob: Person, ticket: Answer) -> Answer:
    """A change, a note and a new ticket, which is returned."""
    await bob.updates(ticket, given={"priority": "URGENT"})
    await bob.notes(ticket, "While you were away.")
    return await bob.creates(userId="u-2", subject="Parcel torn")


async def _has_caught_up(ann: Window, missed: Answer) -> None:
    await expect(ann.ticket.locator("header")).to_contain_text("Urgent")
    await expect(ann.thread).to_contain_text("While you were away.")
    await expect(ann.toasts).to_contain_text("Caught up on 3 changes. 3 are in this queue.")
    await ann.presses("1 new")
    await expect(ann.row(missed)).to_be_visible()
    await ann.presses("Send")
    await expect(ann.ticket.get_by_role("alert")).to_contain_text(", after you began: “While you were away.”")
    await ann.presses("Send all the same")
    await expect(ann.thread).to_contain_text("We look into it.")
    assert ann.loads == 1
