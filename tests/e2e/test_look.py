"""How the page looks is everybody's own: kept on the device, the same in every tab, there before the first paint."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Desk

pytestmark = in_the_browser

DARK, LIGHT = "rgb(17, 17, 16)", "rgb(245, 244, 241)"


async def ground(page: Page) -> str:
    colour: str = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


async def commanded(window: Window, command: str) -> None:
    await window.keys("Control+K")
    await window.page.keyboard.type(command)
    await window.keys("Enter")


async def test_a_theme_is_kept_over_a_reload_and_reaches_the_other_tab(windows: Windows, desk: Desk) -> None:
    [ann] = await windows.agents("ann")
    await ann.page.emulate_media(color_scheme="light")
    tab = await ann.page.context.new_page()
    await tab.goto(desk.url)
    assert await ground(ann.page) == LIGHT
    await ann.picks("Settings")
    await ann.page.get_by_role("radio", name="Dark").check()
    for page in (ann.page, tab):
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert await ground(page) == DARK
    await ann.page.reload()
    assert await ground(ann.page) == DARK
    await expect(ann.page.get_by_role("radio", name="Dark")).to_be_checked()


async def test_the_theme_is_there_before_the_pages_own_script_runs(windows: Windows, desk: Desk) -> None:
    [ann] = await windows.agents("ann")
    await commanded(ann, "Theme: dark")
    await expect(ann.page.locator("html")).to_have_attribute("data-theme", "dark")
    await ann.page.route("**/assets/index-*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    await ann.page.reload()
    await expect(ann.page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_rows_are_as_high_as_the_density_says(windows: Windows, desk: Desk) -> None:
    bank = await desk.partner()
    tickets = [await bank.creates(userId="u-1", subject=subject) for subject in ("Card lost", "Parcel torn")]
    [ann] = await windows.agents("ann")
    await ann.counts(2)
    for density, height in (("compact", 32), ("roomy", 44), ("normal", 36)):
        await commanded(ann, f"Rows: {density}")
        for place, ticket in enumerate(reversed(tickets)):
            await expect(ann.row(ticket)).to_have_css("height", f"{height}px")
            await expect(ann.row(ticket)).to_have_css("transform", f"matrix(1, 0, 0, 1, 0, {place * height})")


async def test_the_width_of_the_list_is_moved_by_keys_and_kept(windows: Windows, desk: Desk) -> None:
    [ann] = await windows.agents("ann")
    edge = ann.page.get_by_role("separator", name="Width of the list")
    await edge.focus()
    await ann.keys("End")
    await expect(edge).to_have_attribute("aria-valuenow", "70")
    await ann.page.reload()
    await expect(edge).to_have_attribute("aria-valuenow", "70")
