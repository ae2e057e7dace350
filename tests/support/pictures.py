"""`python -m tests.support.pictures FOLDER`: every page with the demo's tickets, in both themes and three widths."""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Page, expect
from uuid_utils.compat import uuid7

from desk import demo
from desk.settings import Settings
from models.work import System, World
from tests.support.browser import Window, Windows, chromium
from tests.support.desk import Answer, Desk, Person, running

SIZES: Final = ((1_440, 900), (1_024, 768), (390, 844))
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
SMALLER: Final = Path(__file__).with_name("smaller.js")


async def draw(folder: Path) -> None:
    """The door, the queue, a ticket, the dashboard, the settings, what customers see, explorer and reference."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as data:
        async with running(Settings(data=Path(data))) as desk, chromium() as browser:
            await demo.fill(System(World(now_ms=desk.clock, new_id=uuid7)))
            windows, painter = Windows(browser, desk), await browser.new_page()
            for name, window in (await _windows(desk, windows)).items():
                await _drawn(window, painter, folder, name)
            await windows.close()


async def _windows(desk: Desk, windows: Windows) -> dict[str, Window]:
    """A window for each page, ready to be looked at."""
    bob, ann = await desk.agents("bob", "ann")
    proof = await _found(bob, "proof")
    await bob.locks(proof, leaseSeconds=3_600)
    card = await _found(bob, "card lost")
    carla, dora = await desk.customer("carla", "u-1001"), await desk.admin("dora")
    shown = {
        "sign-in": await windows.at(desk.stranger()),
        "queue": await _of(windows, ann, "/?days=ANY"),
        "ticket": await _of(windows, ann, f"/tickets/{card.number}"),
        "new": await _of(windows, ann, "/new"),
        "dashboard": await _of(windows, ann, "/dashboard"),
        "settings": await _of(windows, dora, "/settings"),
        "customer": await _of(windows, carla, f"/tickets/{card.number}"),
        "explorer": await _of(windows, ann, "/graphql"),
        "reference": await _of(windows, ann, "/docs"),
    }
    for name, text in (
        ("sign-in", "Sign in"), ("queue", card.subject), ("ticket", "Second lost card this year."),
        ("dashboard", "bob"), ("settings", "dora"), ("customer", "A new one is on its way."),
        ("explorer", "Guichet, as ann"), ("reference", "Reference"),
    ):  # fmt: skip
        await expect(shown[name].page.locator("main, body").filter(has_text=text).first).to_be_visible()
    return shown


async def _of(windows: Windows, person: Person, path: str) -> Window:
    """A window of one of the demo's people, who have passwords that nobody knows."""
    window = await windows.at(person, path)
    await window.uses_token(person.token)
    return window


async def _found(person: Person, text: str) -> Answer:
    query = "query($text: String!) { tickets(filter: { search: $text }) { edges { node { id number subject } } } }"
    found = await person.asks(query, text=text)
    node: Answer = found.tickets.edges[0].node
    return node


async def _drawn(window: Window, painter: Page, folder: Path, name: str) -> None:
    for width, height in SIZES:
        await window.page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            await window.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour on its way
            shot = base64.b64encode(await window.page.screenshot()).decode()
            smaller: str = await painter.evaluate(SMALLER.read_text(), shot)
            (folder / f"{name}-{width}-{theme}.png").write_bytes(base64.b64decode(smaller))


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
