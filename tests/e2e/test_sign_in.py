"""The door: links that work once, tokens, and the way out."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Desk

pytestmark = in_the_browser

REFUSED = "401: POST .*/session", "error: Failed to load resource.*401.*/session"
"""A wrong secret, as the browser complains of it."""


async def asked_to_sign_in(window: Window) -> None:
    await expect(window.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def signed_in(window: Window) -> None:
    await expect(window.page.get_by_role("heading", name="Queue", exact=True)).to_be_attached()


async def signs_in(window: Window, token: str | None) -> None:
    await window.fills("Token", token or "")
    await window.presses("Sign in")


async def test_a_link_signs_in_and_leaves_no_secret_where_a_script_or_the_history_finds_it(
    windows: Windows, desk: Desk
) -> None:
    ann = await windows.of(await desk.agent())
    await signed_in(ann)
    assert ann.page.url == f"{desk.url}/"
    assert await ann.page.evaluate("document.cookie") == ""
    [cookie] = await ann.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    await ann.page.go_back()
    assert "code" not in ann.page.url


async def test_a_link_works_once_and_then_says_why_not(windows: Windows, desk: Desk) -> None:
    ann = await desk.agent()
    link = f"/#code={await desk.code(ann)}"
    await signed_in(await windows.at(ann, link))
    second = await windows.at(ann, link)
    second.expects(*REFUSED)
    await asked_to_sign_in(second)
    await expect(second.page.get_by_role("alert")).to_have_text("This link or token is not valid, or no longer.")
    assert second.page.url == f"{desk.url}/"
    await signs_in(second, ann.token)
    await signed_in(second)


async def test_a_wrong_token_is_told_and_the_right_one_still_opens(windows: Windows, desk: Desk) -> None:
    ann = await windows.at(await desk.agent(), "/")
    ann.expects(*REFUSED)
    await signs_in(ann, "gd_00000000_wrong")
    await expect(ann.page.get_by_role("alert")).to_have_text("This link or token is not valid, or no longer.")
    await signs_in(ann, ann.person.token)
    await signed_in(ann)
    await expect(ann.page.get_by_role("banner")).to_contain_text("ann")


async def test_signing_out_is_for_good_even_for_who_kept_the_cookie(windows: Windows, desk: Desk) -> None:
    ann = await windows.of(await desk.agent())
    kept = await ann.page.context.cookies()
    await ann.presses("Sign out")
    await asked_to_sign_in(ann)
    assert await ann.page.context.cookies() == []
    await ann.page.reload()
    await asked_to_sign_in(ann)

    await ann.page.context.add_cookies([{**cookie} for cookie in kept])  # type: ignore[typeddict-item]
    ann.expects("401: POST .*/graphql", "error: Failed to load resource.*401.*/graphql")
    await ann.page.reload()
    await asked_to_sign_in(ann)
    await signs_in(ann, ann.person.token)
    await signed_in(ann)


async def test_a_link_brings_to_the_ticket_that_it_names(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1", subject="Card lost on the train")
    ann = await windows.of(await desk.agent(), f"/tickets/{ticket.number}?status=ANY")
    await expect(ann.ticket.get_by_role("heading", name=ticket.subject)).to_be_visible()
    assert re.fullmatch(rf".*/tickets/{ticket.number}\?status=ANY", ann.page.url)


async def test_a_link_followed_where_the_page_is_open_already_signs_in(windows: Windows, desk: Desk) -> None:
    ann = await windows.at(await desk.agent())
    await expect(ann.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await ann.page.goto(f"{desk.url}/#code={await desk.code(ann.person)}")  # the same document: only the hash changes
    await expect(ann.page.get_by_role("banner")).to_contain_text("ann")
    assert ann.page.url == f"{desk.url}/"


async def test_a_session_that_is_over_keeps_the_page_until_somebody_signs_in_again(
    windows: Windows, desk: Desk
) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1")
    [ann] = await windows.agents("ann")
    ann.expects("401: POST .*/graphql", "error: Failed to load resource.*401")
    await ann.opens(ticket)
    await ann.presses("Edit")
    await ann.fills("Subject", "Card stolen")
    desk.clock.passes(desk.settings.session_seconds + 1)
    await ann.presses("Save")
    again = ann.page.get_by_role("dialog", name="Your session is over")
    await again.get_by_label("Token").fill(ann.person.token or "")
    await again.get_by_role("button", name="Sign in").click()
    await expect(again).to_have_count(0)
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card stolen")
    await ann.presses("Take it again")
    await ann.presses("Save")
    await expect(ann.row(ticket)).to_contain_text("Card stolen")
