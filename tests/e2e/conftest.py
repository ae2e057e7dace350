"""A desk of the built-in kind, and windows on it: the page does not depend on the database."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from desk.settings import Settings
from tests.support.browser import Window, Windows, chromium, on_its_loop
from tests.support.desk import Answer, Desk, running
from tests.support.live import Joined


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data")


@on_its_loop()
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with running(settings) as desk:
        yield desk


@on_its_loop(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def clean() -> list[Page]:
    """Pages of the browser that tests left as new."""
    return []


@on_its_loop()
async def windows(browser: Browser, desk: Desk, clean: list[Page]) -> AsyncIterator[Windows]:
    """Windows on the desk; at the end, nothing went wrong in any of them."""
    windows = Windows(browser, desk, clean)
    yield windows
    await windows.close()


@on_its_loop()
async def ticket(desk: Desk) -> Answer:
    """One ticket that is there before anybody looks."""
    return await (await desk.partner()).creates(userId="u-1", subject="Card lost", body="On the train.")


@on_its_loop()
async def ann(windows: Windows, ticket: Answer) -> Window:
    """Ann, with the ticket open."""
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    return ann


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Joined:
    """Tells when a subscription that was given no cursor has begun."""
    return Joined(monkeypatch)
