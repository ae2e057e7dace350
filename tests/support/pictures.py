"""`python -m tests.support.pictures FOLDER`: the page with the demo's tickets, drawn for the README."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import expect
from uuid_utils.compat import uuid7

from desk import demo
from desk.settings import Settings
from models.work import System, World
from tests.support.browser import Window, Windows, chromium
from tests.support.desk import running

WIDTH: Final = 1_280
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


async def draw(folder: Path) -> None:
    """Light and dark: the queue with a ticket open, while bob edits another; the door; an admin's settings."""
    with tempfile.TemporaryDirectory() as data:
        async with running(Settings(data=Path(data))) as desk, chromium() as browser:
            await demo.fill(System(World(now_ms=desk.clock, new_id=uuid7)))
            bob = await desk.agent("bob")
            found = await bob.asks('{ tickets(filter: { search: "proof" }) { edges { node { id } } } }')
            await bob.locks(found.tickets.edges[0].node, leaseSeconds=3_600)
            windows = Windows(browser, desk)
            [ann] = await windows.agents("ann")
            await ann.page.get_by_role("link", name="Card lost on the train").click()
            await expect(ann.thread).to_contain_text("Second lost card this year.")
            door = await windows.at(desk.stranger())
            await expect(door.page.get_by_label("Password")).to_be_visible()
            dora = await windows.of(await desk.admin("dora"), "/settings")
            await expect(dora.button("Change dora…")).to_be_visible()
            for name, window, height in (("page", ann, 720), ("sign-in", door, 720), ("settings", dora, 1_000)):
                await _drawn(window, folder / name, height)
            await windows.close()


async def _drawn(window: Window, path: Path, height: int) -> None:
    await window.page.set_viewport_size({"width": WIDTH, "height": height})
    for theme in THEMES:
        await window.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour on its way
        await window.page.screenshot(path=path.with_name(f"{path.name}-{theme}.png"))


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
