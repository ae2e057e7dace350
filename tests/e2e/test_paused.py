"""A lost link is told soon, also where the network only falls silent, and what was missed comes with its return."""

from __future__ import annotations

import re

from playwright.async_api import WebSocketRoute, expect

from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser

PAUSED = re.compile(r"Paused since \d\d:\d\d, trying again")
OFFLINE = r"(error|warning): WebSocket connection to .* failed"


async def test_a_network_that_goes_and_comes_is_told_and_caught_up(ann: Window, desk: Desk, ticket: Answer) -> None:
    ann.expects(OFFLINE)
    banner = ann.page.get_by_role("banner")
    await expect(banner).to_contain_text("Live")
    await ann.page.context.set_offline(True)
    await expect(banner).to_contain_text(PAUSED)
    await expect(ann.toasts).to_contain_text(re.compile(r"Paused since \d\d:\d\d, trying again\."))
    await ann.presses("Try now")
    await (await desk.agent("bob")).updates(ticket, given={"priority": "URGENT"})
    await ann.page.context.set_offline(False)
    await expect(banner).to_contain_text("Live")
    await expect(ann.row(ticket)).to_contain_text("Urgent")
    await expect(ann.toasts).to_contain_text("Caught up on 1 change. 1 is in this queue.")
    assert ann.loads == 1


class Cable:
    """Stands between a page and the desk's socket; pulled, it lets nothing through and says nothing."""

    def __init__(self) -> None:
        self.pulled = False

    def joins(self, page: WebSocketRoute) -> None:
        if self.pulled:
            return  # opened by nobody who answers
        desk = page.connect_to_server()
        page.on_message(lambda message: None if self.pulled else desk.send(message))
        desk.on_message(lambda message: None if self.pulled else page.send(message))


async def test_a_network_that_falls_silent_is_told_too(windows: Windows, desk: Desk, ticket: Answer) -> None:
    ann, bob, cable = await windows.at(await desk.agent(), fresh=True), await desk.agent("bob"), Cable()
    await ann.page.route_web_socket("**/graphql", cable.joins)
    await ann.uses_token(ann.person.token)
    banner = ann.page.get_by_role("banner")
    await expect(banner).to_contain_text("Live")
    await expect(ann.row(ticket)).to_be_visible()
    await bob.updates(ticket, given={"priority": "HIGH"})
    await expect(ann.row(ticket)).to_contain_text("High")  # so the link is whole before it is cut
    cable.pulled = True
    await expect(banner).to_contain_text(PAUSED)
    await bob.updates(ticket, given={"priority": "URGENT"})
    cable.pulled = False
    await expect(banner).to_contain_text("Live")
    await expect(ann.row(ticket)).to_contain_text("Urgent")
    assert ann.loads == 1
