"""The desk goes away and comes back, as it was or as a backup has it: the page says so, then is right by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.async_api import Browser, expect

from desk.settings import Settings
from tests.support.browser import Windows, in_the_browser
from tests.support.desk import Desk, Person
from tests.support.processes import serving, token

pytestmark = in_the_browser


async def test_a_page_that_follows_nothing_does_not_say_live(windows: Windows, desk: Desk) -> None:
    ann = await windows.at(await desk.agent())
    ann.expects("failed: POST", "error: Failed to load resource")
    fails = True
    await ann.page.route(
        "**/graphql",
        lambda route: route.abort() if fails and "QueueOrder" in (route.request.post_data or "") else route.continue_(),
    )
    await ann.page.goto(f"{desk.url}/?#code={await desk.code(ann.person)}")
    await ann.presses("Later")
    await expect(ann.page.get_by_role("alert")).to_contain_text("The desk does not answer")
    await expect(ann.page.get_by_role("banner")).not_to_contain_text("Live")
    fails = False
    await expect(ann.page.get_by_role("heading", name="Nothing here")).to_be_visible()


async def test_what_was_asked_while_the_desk_was_away_is_read_when_it_is_back(
    browser: Browser, settings: Settings, tmp_path: Path, free_port: int
) -> None:
    secret = await token(settings, "ann")
    async with serving(settings, tmp_path / "log", free_port) as desk:
        windows = Windows(browser, desk)
        low = await Person(desk, "ann", secret).creates(userId="u-1", subject="Thanks", priority="LOW")
        high = await Person(desk, "ann", secret).creates(userId="u-1", subject="Card lost", priority="HIGH")
        ann = await windows.at(Person(desk, "ann", secret))
        await ann.uses_token(secret)
        await ann.counts(2)
    await expect(ann.page.get_by_role("banner")).to_contain_text("Paused since")
    await ann.row(low).get_by_role("link").click()
    await ann.narrows("Priority any", "High")
    async with serving(settings, tmp_path / "log", free_port):
        await expect(ann.page.get_by_role("banner")).to_contain_text("Live")
        await ann.counts(1)
        await expect(ann.row(high)).to_be_visible()
        await expect(ann.ticket.get_by_role("heading", name="Thanks")).to_be_visible()
        await expect(ann.page.get_by_role("alert")).to_have_count(0)


async def test_a_desk_restored_from_a_backup_is_shown_as_it_is(
    browser: Browser, settings: Settings, tmp_path: Path, free_port: int
) -> None:
    secret = await token(settings, "ann")
    async with serving(settings, tmp_path / "log", free_port) as desk:
        ann = await Windows(browser, desk).at(Person(desk, "ann", secret))
        await ann.uses_token(secret)
        ticket = await ann.person.creates(userId="u-1", subject="Card lost")
        await ann.opens(ticket)
        await ann.shows_history()
    shutil.copytree(settings.data, tmp_path / "backup")
    async with serving(settings, tmp_path / "log", free_port) as desk:
        await Person(desk, "ann", secret).starts(ticket)
        await expect(ann.ticket.locator("header")).to_contain_text("Processing")
    shutil.rmtree(settings.data)
    shutil.copytree(tmp_path / "backup", settings.data)
    async with serving(settings, tmp_path / "log", free_port):
        await expect(ann.page.get_by_role("banner")).to_contain_text("Live")
        await expect(ann.history.get_by_role("listitem")).to_have_count(1)
        await expect(ann.ticket.locator("header")).to_contain_text("Open")
        await expect(ann.row(ticket)).to_contain_text("Open")
