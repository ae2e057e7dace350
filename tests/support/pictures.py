"""`python -m tests.support.pictures FOLDER`: the page with the demo's tickets, drawn for the README."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import expect
from uuid_utils.compat import uuid7

from desk import demo
from desk.settings import Settings
from models.work import System, World
from tests.support.browser import Windows, chromium
from tests.support.desk import running

SIZE = 1_280, 720


async def draw(folder: Path) -> None:
    """The queue with a ticket open, while bob edits another: light and dark."""
    with tempfile.TemporaryDirectory() as data:
        async with running(Settings(data=Path(data))) as desk, chromium() as browser:
            await demo.fill(System(World(now_ms=desk.clock, new_id=uuid7)))
            bob = await desk.agent("bob")
            found = await bob.asks('{ tickets(filter: { search: "proof" }) { edges { node { id } } } }')
            await bob.locks(found.tickets.edges[0].node, leaseSeconds=3_600)
            windows = Windows(browser, desk)
            [ann] = await windows.agents("ann")
            await ann.page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
            await ann.page.get_by_role("link", name="Card lost on the train").click()
            await expect(ann.thread).to_contain_text("Second lost card this year.")
            for theme in ("light", "dark"):
                await ann.page.emulate_media(color_scheme=theme)
                await ann.page.screenshot(path=folder / f"page-{theme}.png")
            await windows.close()


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
