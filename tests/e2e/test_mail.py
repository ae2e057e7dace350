"""What came by mail, on the page: its files, all of it in a frame, and what could not be taken in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect

from desk.mail import route
from desk.settings import Settings
from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Desk, running
from tests.support.mail import fixture, listening, plain, seen, send, with_mail

pytestmark = in_the_browser


@on_its_loop()
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A desk with the built-in mailbox."""
    async with running(with_mail(settings)) as desk:
        await listening(desk.settings)
        yield desk


async def arrives(desk: Desk, raw: bytes, count: int = 1) -> None:
    await asyncio.to_thread(send, desk.settings, raw)
    await seen(count)


async def opens(ann: Window, subject: str) -> None:
    await ann.queue.get_by_role("link", name=subject).click()
    await expect(ann.ticket.get_by_role("heading", name=subject)).to_be_visible()


async def test_a_mail_is_a_ticket_with_its_files_and_all_of_it_in_a_frame(windows: Windows, desk: Desk) -> None:
    [ann] = await windows.agents("ann")
    await expect(ann.page.get_by_role("heading", name="Nothing here")).to_be_visible()
    await arrives(desk, fixture("22-inline-image-and-files.eml"))
    row = ann.queue.get_by_role("link")
    await expect(row).to_have_count(1)
    await row.click()
    await expect(ann.thread).to_contain_text("Ines <ines@customer.example>")
    files = ann.thread.get_by_role("list", name="Files").get_by_role("link")
    await expect(files).to_contain_text(["shot.png, 70 bytes", "passwd, 5 bytes", "Rapport d'état.pdf, 9 bytes"])
    async with ann.page.expect_download() as saved:
        await files.last.click()
    assert (await saved.value).suggested_filename == "Rapport d'état.pdf"
    await ann.presses("Show the whole mail")
    frame = ann.page.frame_locator("iframe")
    await expect(frame.get_by_text("See the picture.")).to_be_visible()
    picture = frame.get_by_role("img")
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("picture => picture.naturalWidth") > 0
    await ann.presses("Show less")
    await expect(ann.page.locator("iframe")).to_have_count(0)


async def test_a_requesters_other_tickets_stand_beside_the_ticket(windows: Windows, desk: Desk) -> None:
    await arrives(desk, plain("First"))
    await arrives(desk, plain("Second"), 2)
    [ann] = await windows.agents("ann")
    await opens(ann, "Second")
    await ann.shows_history()
    await ann.ticket.get_by_role("region", name="Other requests").get_by_role("link", name="First").click()
    await expect(ann.ticket.get_by_role("heading", name="First")).to_be_visible()


async def test_a_mail_that_could_not_be_taken_in_is_tried_again_from_the_page(
    windows: Windows, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def burns(*_: Any) -> Any:
        raise RuntimeError("it burns")

    with monkeypatch.context() as broken:
        broken.setattr(route, "ticket_of", burns)
        await arrives(desk, plain("Poison"))
    [ann] = await windows.agents("ann")
    await ann.page.goto(f"{ann.url}/settings")
    dead = ann.page.get_by_role("region", name="Mail not taken in")
    await expect(dead).to_contain_text("it burns")
    await dead.get_by_role("button", name="Try again").click()
    await expect(dead.get_by_role("button", name="Tried again soon")).to_be_disabled()
    await ann.page.get_by_role("link", name="Queue").click()
    await ann.queue.get_by_role("link", name="Poison").click()
    await expect(ann.thread).to_be_visible()
