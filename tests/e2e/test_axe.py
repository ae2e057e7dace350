"""axe-core finds nothing wrong: on no page and in no open state, light and dark, wide and narrow."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.support.axe import accessible, faults
from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


@on_its_loop()
async def tickets(desk: Desk) -> list[Answer]:
    """One that bob edits, one with a thread, one that is rejected, of all priorities."""
    bank, (ann, bob) = await desk.partner(), await desk.agents("ann", "bob")
    made = [
        await bank.creates(userId="u-1", subject=f"Card lost {priority}", body="On the train.", priority=priority)
        for priority in ("URGENT", "HIGH", "NORMAL", "LOW")
    ]
    await bob.locks(made[0])
    await ann.updates(made[1], given={"tags": ["card", "fraud"], "assignee": "ann"})
    await ann.starts(made[1])
    await ann.replies(made[1])
    await ann.notes(made[1])
    await ann.rejects(made[2], reason="It was never lost.")
    return made


@on_its_loop()
async def ann(windows: Windows, tickets: list[Answer]) -> Window:
    [ann] = await windows.agents("ann")
    await expect(ann.row(tickets[1])).to_be_visible()
    return ann


async def wide(window: Window) -> None:
    await window.page.set_viewport_size({"width": 1_440, "height": 900})


async def test_axe_notices_what_is_wrong(ann: Window) -> None:
    await ann.page.evaluate("document.body.append(document.createElement('button'))")
    assert any("button-name" in fault for fault in await faults(ann.page))


async def test_the_door_and_what_it_refuses(windows: Windows, desk: Desk) -> None:
    door = await windows.at(desk.stranger())
    await expect(door.page.get_by_label("Password")).to_be_visible()
    await accessible(door, "the door")
    await door.uses_token("gd_00000000_wrong")
    await expect(door.page.get_by_role("alert")).to_be_visible()
    await accessible(door, "the door, with its error")


async def test_the_queue_with_nothing_open_and_with_nothing_in_it(ann: Window) -> None:
    await accessible(ann, "the queue")
    await wide(ann)
    await ann.page.goto(f"{ann.url}/?search=unheard")
    await expect(ann.page.get_by_role("heading", name="Nothing here")).to_be_visible()
    await accessible(ann, "an empty queue")


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_ticket_in_each_state(ann: Window, tickets: list[Answer], place: int) -> None:
    await ann.page.goto(f"{ann.url}/tickets/{tickets[place].number}")
    await expect(ann.ticket.get_by_role("heading", name=tickets[place].subject)).to_be_visible()
    await accessible(ann, f"ticket {tickets[place].number}")


async def test_a_ticket_that_is_edited_and_a_rejection(ann: Window, tickets: list[Answer]) -> None:
    await ann.opens(tickets[1])
    await ann.keys("r")
    await expect(ann.page.get_by_role("dialog")).to_be_visible()
    await accessible(ann, "rejecting")
    await wide(ann)
    await ann.keys("Escape e")
    await expect(ann.page.get_by_label("Subject")).to_be_visible()
    await accessible(ann, "editing")


async def test_palette_sheet_menu_and_toast(ann: Window, tickets: list[Answer]) -> None:
    await ann.opens(tickets[1])
    await ann.keys("Control+K")
    await expect(ann.page.get_by_role("combobox", name="Search or run a command")).to_be_visible()
    await accessible(ann, "the palette")
    await wide(ann)
    await ann.keys("Escape ?")
    await expect(ann.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await accessible(ann, "the sheet")
    await wide(ann)
    await ann.keys("Escape")
    await ann.presses("ann, account")
    await expect(ann.page.get_by_role("menu")).to_be_visible()
    await accessible(ann, "the account's menu")
    await wide(ann)
    await ann.keys("Escape a")
    await expect(ann.toasts).to_contain_text("approved")
    await accessible(ann, "a toast")


async def test_a_lost_link_and_a_session_that_is_over(ann: Window, desk: Desk, tickets: list[Answer]) -> None:
    ann.expects(r"(error|warning): WebSocket connection to .* failed")
    await ann.page.context.set_offline(True)
    await expect(ann.page.get_by_role("banner")).to_contain_text("Paused since")
    await accessible(ann, "a lost link")
    await ann.page.context.set_offline(False)
    await expect(ann.page.get_by_role("banner")).to_contain_text("Live")
    await wide(ann)
    await ann.opens(tickets[1])
    await ann.fills("Reply", "We look into it.")
    desk.clock.passes(desk.settings.session_seconds + 1)
    await expect(ann.page.get_by_role("dialog", name="Your session is over")).to_be_visible()
    await accessible(ann, "a session that is over")


async def test_the_dashboard_and_a_new_ticket(ann: Window) -> None:
    await ann.page.goto(f"{ann.url}/dashboard")
    await expect(ann.page.get_by_role("region", name="Agents")).to_contain_text("bob")
    await accessible(ann, "the dashboard")
    await ann.page.goto(f"{ann.url}/new")
    await expect(ann.page.get_by_role("heading", name="A new ticket")).to_be_visible()
    await accessible(ann, "a new ticket")


async def test_the_settings_of_an_admin(windows: Windows, desk: Desk) -> None:
    ada = await windows.of(await desk.admin(), "/settings")
    await expect(ada.page.get_by_role("region", name="People")).to_contain_text("ada")
    await accessible(ada, "the settings")
    await wide(ada)
    await ada.presses("New token…")
    await accessible(ada, "a new token")
    await wide(ada)
    await ada.fills("What is it for?", "Nightly report")
    await ada.presses("Make token")
    await expect(ada.page.get_by_text("Copy this token now.")).to_be_visible()
    await accessible(ada, "a token that was made")
    await wide(ada)
    await ada.presses("Change ada…")
    await accessible(ada, "a person")


async def test_the_customers_page(windows: Windows, desk: Desk, tickets: list[Answer]) -> None:
    carla = await windows.of(await desk.customer("carla", "u-1"))
    await expect(carla.page.get_by_role("link", name=re.compile("Card lost HIGH"))).to_be_visible()
    await accessible(carla, "the requests")
    for ticket in tickets[1:3]:
        await carla.page.goto(f"{carla.url}/tickets/{ticket.number}")
        await expect(carla.page.get_by_role("heading", name=ticket.subject)).to_be_visible()
        await accessible(carla, f"request {ticket.number}")
    await carla.page.goto(f"{carla.url}/new")
    await expect(carla.page.get_by_role("heading", name="A new request")).to_be_visible()
    await accessible(carla, "a new request")


async def test_the_reference(windows: Windows, desk: Desk) -> None:
    ann = await windows.of(await desk.agent())
    for page in ("/docs", "/docs/live"):
        await ann.page.goto(f"{ann.url}{page}")
        await expect(ann.page.get_by_role("heading", level=1)).to_be_visible()
        await accessible(ann, page)
