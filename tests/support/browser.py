"""Browser windows on a running desk: each belongs to one person, and keeps account of all that goes wrong in it."""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    WebError,
    async_playwright,
    expect,
)
from playwright.async_api import Error as PlaywrightError

from tests.support.desk import GUARD_S, Answer, Desk, Person

GUARD_MS = 1_000 * GUARD_S
SIZE = ViewportSize(width=1_400, height=900)
"""Of every window at its beginning."""
expect.set_options(timeout=GUARD_MS)

in_the_browser = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
"""Marks a module of browser tests: one Chromium serves them all, so they run on the loop that it was started on."""

on_its_loop = functools.partial(pytest_asyncio.fixture, loop_scope="session")
"""A fixture for them."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium; without one, the test is skipped on a laptop and fails in CI."""
    path = shutil.which("chromium")
    if path is None:
        missing = "there is no chromium on this machine"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


class Window:
    """One person's window, with words for what is pressed and read in it."""

    def __init__(self, page: Page, url: str, person: Person) -> None:
        self.page, self.url, self.person = page, url, person
        self.loads = 0
        self.complaints: list[str] = []
        self._expected: list[str] = []
        self._hears: list[tuple[Any, Callable[..., None]]] = [
            ("console", self._said),
            ("weberror", self._broke),
            ("request", self._asked),
            ("requestfailed", self._failed),
            ("response", self._answered),
        ]
        for event, listener in self._hears:
            page.context.on(event, listener)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:  # what the CSP forbids is an error here
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _broke(self, error: WebError) -> None:
        self.complaints.append(f"exception: {error.error}")

    def _asked(self, request: Request) -> None:
        self.loads += request.is_navigation_request()
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.complaints.append(f"another host: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left before the answer came
            self.complaints.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.request.method} {response.url}")

    def expects(self, *complaints: str) -> None:
        """Tells what goes wrong here on purpose, each as a pattern; what of it does not happen is wrong too."""
        self._expected += complaints

    async def close(self, clean: list[Page] | None = None) -> None:
        """Closes the window, or leaves its page as new among those that are `clean`.

        Raises AssertionError for what went wrong unexpectedly, or not as expected.
        """
        if not self.page.is_closed():
            await self.page.evaluate("0")  # whatever the browser told before this is here now
        complaints, expected = self.complaints.copy(), self._expected
        if clean is not None and not self.page.is_closed() and await self._is_cleaned():
            clean.append(self.page)
        else:
            await self.page.context.close()
        surprises = [said for said in complaints if not any(re.search(pattern, said) for pattern in expected)]
        missed = [pattern for pattern in expected if not any(re.search(pattern, said) for said in complaints)]
        wrong = [*surprises, *(f"did not happen: {pattern}" for pattern in missed)]
        assert not wrong, "\n".join([f"In the window of {self.person.name}:", *wrong])

    async def _is_cleaned(self) -> bool:
        """Takes back all that was done to the page, and empties its profile; False where its desk is gone already."""
        page, context = self.page, self.page.context
        for event, listener in self._hears:
            context.remove_listener(event, listener)
        for tab in context.pages:
            if tab is not page:
                await tab.close()
        await page.unroute_all(behavior="ignoreErrors")
        await context.set_offline(False)
        await context.clear_permissions()
        await page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
        await page.set_viewport_size(SIZE)
        try:
            await page.goto(f"{self.url}/health")  # no script of the desk runs here, and what it kept can be reached
        except PlaywrightError:
            return False
        await page.evaluate("localStorage.clear(), sessionStorage.clear()")
        await page.mouse.move(0, 0)  # else it hovers over what the next test sees there
        await context.clear_cookies()
        return True

    # ---------------------------------------------------------------- the words of the page

    @property
    def queue(self) -> Locator:
        return self.page.get_by_role("list", name="Tickets")

    @property
    def ticket(self) -> Locator:
        """The pane of the ticket that is open."""
        return self.page.locator("main > article")

    @property
    def lock(self) -> Locator:
        """The strip that says who edits."""
        return self.ticket.locator(".t-lock")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("region", name="Thread")

    @property
    def history(self) -> Locator:
        return self.page.get_by_role("region", name="History")

    @property
    def facts(self) -> Locator:
        return self.page.get_by_role("region", name="Facts")

    @property
    def toasts(self) -> Locator:
        """The page's one live region."""
        return self.page.get_by_role("status", name="Messages")

    def row(self, ticket: Answer) -> Locator:
        """The line of a ticket in the queue."""
        return self.queue.get_by_role("listitem").filter(has=self.page.get_by_text(f"#{ticket.number}", exact=True))

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def counts(self, tickets: int) -> None:
        """Waits until the list is there, so long."""
        await expect(self.page.get_by_text(re.compile(f"^{tickets:,} tickets?$"))).to_be_visible()

    async def opens(self, ticket: Answer) -> None:
        await self.row(ticket).get_by_role("link").click()
        await expect(self.ticket.get_by_role("heading", name=ticket.subject)).to_be_visible()
        await expect(self.page.locator("#composer")).to_be_visible()  # what follows may be a key

    async def presses(self, name: str) -> None:
        await self.button(name).click()

    async def fills(self, label: str, text: str) -> None:
        await self.page.locator("input, textarea").and_(self.page.get_by_label(label, exact=True)).fill(text)

    async def chooses(self, label: str, option: str) -> None:
        await self.page.get_by_label(label, exact=True).select_option(option)

    async def signs_in(self, name: str, password: str) -> None:
        """By name and password, on the page or in the dialog over it."""
        await self.fills("Name", name)
        await self.fills("Password", password)
        await self.presses("Sign in")

    async def uses_token(self, token: str | None) -> None:
        """Signs in by a token, on the page or in the dialog over it."""
        await self.presses("Use a token instead")
        await self.fills("Token", token or "")
        await self.presses("Sign in")

    async def picks(self, item: str) -> None:
        """Presses what the account's menu offers."""
        await self.presses(f"{self.person.name}, account")
        await self.page.get_by_role("menuitem", name=item, exact=True).click()

    async def does(self, item: str) -> None:
        """Presses what the open ticket's menu offers."""
        await self.presses("More")
        await self.page.get_by_role("menu").get_by_text(item, exact=True).click()

    async def shows_history(self) -> None:
        """Opens facts and history beside the thread; they stay so."""
        await self.does("Facts and history")
        await expect(self.history).to_be_visible()

    async def narrows(self, filter: str, option: str) -> None:
        """Chooses what a filter of the queue lets through, or no longer."""
        await self.presses(filter)
        await self.page.get_by_role("menuitemcheckbox", name=option, exact=True).click()

    async def keys(self, keys: str) -> None:
        """Presses keys one after the other, as "j j Enter Control+K"."""
        for key in keys.split():
            await self.page.keyboard.press(key)

    async def signs_out(self) -> None:
        await self.picks("Sign out")

    async def writes(self, kind: str, text: str) -> None:
        """Sends a Reply or a Note."""
        await self.presses(kind)
        await self.fills(kind, text)
        await self.presses("Send")


class Windows:
    """Opens windows on a desk, each in a browser profile of its own, and closes them all.

    `clean` are pages that others left as new: these windows take them, and leave theirs there, because a new one costs
    a second of a core.
    """

    def __init__(self, browser: Browser, desk: Desk, clean: list[Page] | None = None) -> None:
        self.browser, self.desk = browser, desk
        self._clean = clean
        self._open: list[tuple[Window, bool]] = []

    async def agents(self, *names: str) -> list[Window]:
        """Windows of agents, who look at the queue."""
        return [await self.of(person) for person in await self.desk.agents(*names)]

    async def of(self, person: Person, path: str = "/", *, fresh: bool = False) -> Window:
        """A window of somebody whom a sign-in link brought to `path`, and who chooses a password later."""
        window = await self.at(person, f"{path}#code={await self.desk.code(person)}", fresh=fresh)
        if path.startswith("/graphql"):
            await expect(window.page.get_by_role("link", name=f"Guichet, as {person.name}")).to_be_visible()
        else:
            await window.presses("Later")
            await expect(window.button(f"{person.name}, account")).to_be_visible()
        return window

    async def at(self, person: Person, path: str = "/", *, fresh: bool = False) -> Window:
        """A window of somebody who is not signed in yet. A `fresh` one has a page that no other had, or will have."""
        window = Window(await self._page(fresh), self.desk.url, person)
        self._open.append((window, fresh))
        await window.page.goto(self.desk.url + path)
        return window

    async def close(self) -> None:
        while self._open:
            window, fresh = self._open.pop()
            await window.close(None if fresh else self._clean)

    async def _page(self, fresh: bool) -> Page:
        if self._clean and not fresh:
            return self._clean.pop()
        context = await self.browser.new_context(viewport=SIZE)
        context.set_default_timeout(GUARD_MS)
        return await context.new_page()
