"""The queue by keys: moving, opening, picking, filtering, and finding a ticket from anywhere."""

from __future__ import annotations

import asyncio
import re
from typing import Literal

from playwright.async_api import Locator, Route, expect

from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser

TOLD = re.compile(r"\bis-told\b")


@on_its_loop()
async def tickets(desk: Desk) -> list[Answer]:
    """Three of them, in the order of the queue."""
    bank = await desk.partner()
    made = [await bank.creates(userId="u-1", subject=subject) for subject in ("Oldest", "Middle", "Newest")]
    return made[::-1]


@on_its_loop()
async def ann(windows: Windows, tickets: list[Answer]) -> Window:
    """Ann, who looks at the queue."""
    [ann] = await windows.agents("ann")
    await ann.counts(len(tickets))
    return ann


def line(window: Window, ticket: Answer) -> Locator:
    return window.row(ticket).get_by_role("link")


async def test_letters_move_and_enter_opens_and_escape_comes_back(ann: Window, tickets: list[Answer]) -> None:
    await ann.keys("j")
    await expect(line(ann, tickets[0])).to_be_focused()
    await ann.keys("j j k")
    await expect(line(ann, tickets[1])).to_be_focused()
    await ann.keys("Enter")
    title = ann.ticket.get_by_role("heading", name="Middle")
    await expect(title).to_be_focused()
    await ann.keys("Escape")
    await expect(line(ann, tickets[1])).to_be_focused()
    await ann.keys("Enter")
    await expect(title).to_be_focused()
    await ann.keys("j Enter")
    await expect(ann.ticket.get_by_role("heading", name="Oldest")).to_be_focused()


async def test_arrows_move_within_the_list_which_is_one_stop_of_tab(ann: Window, tickets: list[Answer]) -> None:
    await ann.keys("j ArrowDown")
    await expect(line(ann, tickets[1])).to_be_focused()
    await ann.keys("End")
    await expect(line(ann, tickets[2])).to_be_focused()
    await ann.keys("Home")
    await expect(line(ann, tickets[0])).to_be_focused()
    await expect(ann.queue.locator('[tabindex="0"]')).to_have_count(1)
    await ann.keys("Tab")
    await expect(ann.page.get_by_role("separator")).to_be_focused()
    await ann.keys("Shift+Tab")
    await expect(line(ann, tickets[0])).to_be_focused()


async def test_where_there_is_room_for_one_escape_comes_back_to_the_list(ann: Window, tickets: list[Answer]) -> None:
    await ann.page.set_viewport_size({"width": 900, "height": 700})
    await ann.keys("j j Enter")
    await expect(ann.ticket.get_by_role("heading", name="Middle")).to_be_focused()
    await expect(ann.queue).to_be_hidden()
    await ann.keys("Escape")
    await expect(line(ann, tickets[1])).to_be_focused()
    await ann.keys("Enter")
    await ann.ticket.get_by_role("link", name="Back to the list").press("Enter")
    await expect(line(ann, tickets[1])).to_be_focused()


async def test_a_row_keeps_the_focus_however_far_the_list_is_scrolled(windows: Windows, desk: Desk) -> None:
    bank = await desk.partner()
    made = [await bank.creates(userId="u-1", subject=f"Card {each}") for each in range(80)]
    [ann] = await windows.agents("ann")
    await ann.counts(len(made))
    await ann.keys("j")
    await ann.queue.evaluate("list => list.scrollTo(0, list.scrollHeight)")
    await expect(line(ann, made[0])).to_be_in_viewport()
    await expect(line(ann, made[-1])).to_be_focused()
    await ann.keys("j")
    await expect(line(ann, made[-2])).to_be_focused()
    await expect(line(ann, made[-2])).to_be_in_viewport()


async def test_a_row_that_is_still_being_read_has_its_place_and_keeps_the_focus(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1")
    ann, read = await windows.at(await desk.agent()), asyncio.Event()

    async def held(route: Route) -> None:
        if "ticketsByNumber" in (route.request.post_data or ""):
            await read.wait()
        await route.continue_()

    await ann.page.route("**/graphql", held)
    await ann.uses_token(ann.person.token)
    await expect(ann.queue.locator(".bone").first).to_be_visible()
    await ann.keys("j")
    await expect(ann.queue.get_by_role("link")).to_be_focused()
    read.set()
    await expect(ann.row(ticket)).to_contain_text("Card lost")
    await expect(line(ann, ticket)).to_be_focused()


async def test_what_is_picked_is_closed_in_turn_and_each_refusal_is_named(
    ann: Window, desk: Desk, tickets: list[Answer]
) -> None:
    await (await desk.agent("bob")).locks(tickets[1])
    await expect(ann.row(tickets[1])).to_contain_text("Locked by")
    await ann.keys("j x j x j x")
    await expect(ann.page.get_by_text("3 picked", exact=True)).to_be_visible()
    await ann.keys("k k Shift+Tab Shift+Tab")
    await expect(ann.button("Close")).to_be_focused()
    await ann.keys("Enter")
    await expect(ann.toasts).to_contain_text("2 tickets closed")
    refused = ann.page.get_by_role("alert")
    await expect(refused).to_contain_text("1 ticket stays as it was:")
    await expect(refused).to_contain_text(f"#{tickets[1].number} bob is editing this ticket until")
    await expect(ann.page.get_by_text("1 picked", exact=True)).to_be_visible()
    await expect(ann.row(tickets[0])).to_contain_text("Closed by ann")
    await ann.keys("Escape")
    await expect(ann.page.get_by_text("3 tickets", exact=True)).to_be_visible()
    await expect(refused).to_have_count(0)


async def test_what_is_picked_is_assigned(ann: Window, desk: Desk, tickets: list[Answer]) -> None:
    await desk.agent("bob")
    await ann.page.reload()
    await ann.counts(3)
    await ann.keys("j x")
    await ann.row(tickets[2]).get_by_role("checkbox", name=f"Pick #{tickets[2].number}").check()
    await ann.presses("Assign…")
    await ann.page.get_by_role("menuitem", name="bob").click()
    await expect(ann.toasts).to_contain_text("2 tickets assigned to bob")
    await expect(ann.row(tickets[0])).to_contain_text("assigned to bob")
    await expect(ann.row(tickets[2])).to_contain_text("assigned to bob")
    await expect(ann.row(tickets[1])).to_contain_text("assigned to nobody")
    await expect(ann.button("Assign…")).to_have_count(0)


async def test_the_list_is_narrowed_by_keys_and_widened_by_a_press(ann: Window, tickets: list[Answer]) -> None:
    await ann.person.updates(tickets[0], given={"priority": "URGENT"})
    await ann.person.updates(tickets[2], given={"priority": "HIGH"})
    steps: tuple[tuple[str, Literal["menuitem", "menuitemcheckbox"], str], ...] = (
        ("ArrowDown", "menuitem", "Status"),
        ("ArrowRight", "menuitem", "Priority"),
        ("ArrowDown", "menuitemcheckbox", "Any"),
        ("Enter", "menuitemcheckbox", "Urgent"),
    )
    await ann.keys("f")
    for key, role, name in steps:  # a menu moves its focus a moment after the key
        await expect(ann.page.get_by_role(role, name=name)).to_be_focused()
        await ann.keys(key)
    await ann.counts(1)
    await ann.keys("ArrowDown")
    await expect(ann.page.get_by_role("menuitemcheckbox", name="High")).to_be_focused()
    await ann.keys("Enter")
    await ann.counts(2)
    await ann.keys("Escape")
    await expect(ann.page.get_by_role("menu")).to_have_count(0)
    await expect(ann.button("Priority Urgent, High")).to_be_visible()
    await ann.presses("Remove the filter: Priority")
    await ann.counts(3)


async def test_what_others_do_fades_in_its_row_and_what_one_does_oneself_does_not(
    windows: Windows, ann: Window, tickets: list[Answer]
) -> None:
    [bob] = await windows.agents("bob")
    await bob.counts(3)
    await ann.opens(tickets[0])
    await ann.keys("s")
    await expect(bob.row(tickets[0])).to_have_class(TOLD)
    await expect(line(bob, tickets[0])).to_have_css("animation-name", "told")
    await expect(ann.row(tickets[0])).to_contain_text("Processing")
    await expect(ann.row(tickets[0])).not_to_have_class(TOLD)


async def test_the_palette_finds_tickets_by_words_and_by_number(ann: Window, tickets: list[Answer]) -> None:
    palette = ann.page.get_by_role("dialog", name="Command palette")
    await ann.keys("Control+K")
    await ann.page.keyboard.type("middle")
    await expect(palette.get_by_role("option", name=f"#{tickets[1].number} Middle")).to_be_visible()
    await ann.keys("Enter")
    await expect(ann.ticket.get_by_role("heading", name="Middle")).to_be_focused()
    await ann.keys("Control+K")
    await ann.page.keyboard.type(f"#{tickets[2].number}")
    await expect(palette.get_by_role("option", name="Oldest")).to_be_visible()
    await ann.keys("Enter")
    await expect(ann.ticket.get_by_role("heading", name="Oldest")).to_be_focused()


async def test_a_letter_that_is_held_goes_on_moving(ann: Window, tickets: list[Answer]) -> None:
    for _ in range(3):  # without a release in between, they are repetitions
        await ann.page.keyboard.down("j")
    await expect(line(ann, tickets[2])).to_be_focused()
    await ann.page.keyboard.up("j")
