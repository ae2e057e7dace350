"""The door: names and passwords, links that work once, tokens, and the way out."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Desk, Person

pytestmark = in_the_browser

PASSWORD = "three blind mice"


async def asked_to_sign_in(window: Window) -> None:
    await expect(window.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def asked_again(page: Page) -> None:
    """The page stands, and the door is over it."""
    await expect(page.get_by_role("dialog", name="Your session is over")).to_be_visible()


async def signed_in(window: Window) -> None:
    await expect(window.page.get_by_role("heading", name="Queue", exact=True)).to_be_attached()


async def refused(window: Window, why: str) -> None:
    await expect(window.page.get_by_role("alert")).to_contain_text(why)


async def with_password(desk: Desk) -> Person:
    """Emil, an agent who has a password."""
    made = (
        'mutation($password: String) { createAccount(name: "emil", role: AGENT, password: $password) { __typename } }'
    )
    assert (await (await desk.admin()).asks(made, password=PASSWORD)).createAccount["__typename"] == "Account"
    return await desk.agent("emil")


async def test_a_name_and_its_password_sign_in(windows: Windows, desk: Desk) -> None:
    emil = await windows.at(await with_password(desk))
    await emil.signs_in("emil", PASSWORD)
    await signed_in(emil)
    await expect(emil.page.get_by_role("dialog")).to_have_count(0)
    await emil.page.reload()
    await signed_in(emil)


async def test_what_a_password_manager_looks_for_is_there(windows: Windows, desk: Desk) -> None:
    page = (await windows.at(desk.stranger())).page
    await expect(page.locator("form input[autocomplete=username]")).to_be_focused()
    await expect(page.locator("form input[autocomplete=current-password][type=password]")).to_be_visible()


async def test_a_wrong_password_is_told_at_its_field_and_the_name_is_kept(windows: Windows, desk: Desk) -> None:
    emil = await windows.at(await with_password(desk))
    await emil.signs_in("emil", "three blind cats")
    await refused(emil, "The name or the password is wrong")
    await expect(emil.page.get_by_label("Name")).to_have_value("emil")
    password = emil.page.get_by_label("Password")
    await expect(password).to_be_focused()
    await expect(password).to_have_value("")
    await expect(password).to_have_accessible_description(re.compile("is wrong"))
    await password.fill(PASSWORD)
    await password.press("Enter")
    await signed_in(emil)


async def test_what_was_typed_can_be_looked_at_and_all_of_it_is_done_by_keys(windows: Windows, desk: Desk) -> None:
    emil = await windows.at(await with_password(desk))
    await expect(emil.page.get_by_label("Name")).to_be_focused()
    await emil.page.keyboard.type("emil")
    await emil.keys("Tab")
    await emil.page.keyboard.type(PASSWORD)
    await emil.keys("Tab")
    await expect(emil.button("Show what is typed")).to_be_focused()
    await emil.keys("Enter")
    await expect(emil.page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    await emil.keys("Shift+Tab Enter")
    await signed_in(emil)


async def test_a_link_signs_in_and_leaves_no_secret_where_a_script_or_the_history_finds_it(
    windows: Windows, desk: Desk
) -> None:
    ann = await windows.of(await desk.agent(), fresh=True)
    await signed_in(ann)
    assert ann.page.url == f"{desk.url}/"
    assert await ann.page.evaluate("document.cookie") == ""
    assert "gc_" not in await ann.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    [cookie] = await ann.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    await ann.page.go_back()
    assert "code" not in ann.page.url


async def test_a_link_works_once_and_then_says_why_not(windows: Windows, desk: Desk) -> None:
    ann = await desk.agent()
    link = f"/#code={await desk.code(ann)}"
    await signed_in(await windows.at(ann, link))
    second = await windows.at(ann, link)
    await asked_to_sign_in(second)
    await refused(second, "not valid, or no longer")
    assert second.page.url == f"{desk.url}/"
    await second.uses_token(ann.token)
    await signed_in(second)


async def test_a_wrong_token_is_told_and_the_right_one_still_opens(windows: Windows, desk: Desk) -> None:
    ann = await windows.at(await desk.agent())
    await ann.uses_token("gd_00000000_wrong")
    await refused(ann, "not valid, or no longer")
    await ann.fills("Token", ann.person.token or "")
    await ann.presses("Sign in")
    await signed_in(ann)
    await expect(ann.button("ann, account")).to_be_visible()


async def test_who_tried_too_often_is_told_when_to_try_again_and_keeps_what_was_typed(
    windows: Windows, desk: Desk
) -> None:
    wrong, nobody = "gd_00000000_wrong", desk.stranger()
    for _ in range(desk.settings.sign_in_attempts):
        await nobody.asks("mutation($secret: String) { signIn(secret: $secret) { __typename } }", secret=wrong)
    ann = await windows.at(await desk.agent())
    await ann.uses_token(wrong)
    await refused(ann, "again in")
    await expect(ann.page.get_by_label("Token")).to_have_value(wrong)
    desk.clock.passes(60)
    await ann.presses("Sign in")
    await refused(ann, "not valid, or no longer")


async def test_who_comes_to_the_explorer_signs_in_first_and_goes_on_there(windows: Windows, desk: Desk) -> None:
    emil = await windows.at(await with_password(desk), "/graphql")
    await emil.signs_in("emil", "three blind cats")
    await refused(emil, "The name or the password is wrong")
    await emil.fills("Password", PASSWORD)
    await emil.presses("Sign in")
    await expect(emil.page.get_by_role("link", name="Guichet, as emil")).to_be_visible()


async def test_signing_out_is_for_good_even_for_who_kept_the_cookie(windows: Windows, desk: Desk) -> None:
    ann = await windows.of(await desk.agent())
    kept = await ann.page.context.cookies()
    await ann.signs_out()
    await asked_to_sign_in(ann)
    assert await ann.page.context.cookies() == []
    await ann.page.reload()
    await asked_to_sign_in(ann)

    await ann.page.context.add_cookies([{**cookie} for cookie in kept])  # type: ignore[typeddict-item]
    await ann.page.reload()
    await asked_to_sign_in(ann)
    await ann.uses_token(ann.person.token)
    await signed_in(ann)


async def test_signing_out_in_one_window_signs_the_other_out(windows: Windows, desk: Desk) -> None:
    ann = await windows.of(await desk.agent())
    other = await ann.page.context.new_page()
    await other.goto(desk.url)
    await expect(other.get_by_role("button", name="ann, account")).to_be_visible()
    await ann.signs_out()
    await asked_to_sign_in(ann)
    await asked_again(other)


async def test_a_disabled_account_is_asked_at_once_who_it_is_and_goes_on_once_it_may(
    windows: Windows, desk: Desk
) -> None:
    ada = await desk.admin()
    ticket = await ada.creates(userId="u-1", subject="Card lost")
    emil = await windows.of(await desk.agent("emil"))
    await emil.opens(ticket)
    await emil.fills("Reply", "We look into it.")
    await ada.asks('mutation { disableAccount(account: "emil") { __typename } }')
    await asked_again(emil.page)
    await emil.uses_token(emil.person.token)
    await refused(emil, "not valid, or no longer")
    await ada.asks('mutation { enableAccount(account: "emil") { __typename } }')
    await emil.fills("Token", emil.person.token or "")
    await emil.presses("Sign in")
    await expect(emil.page.get_by_role("dialog")).to_have_count(0)
    await emil.presses("Send")
    await expect(emil.thread).to_contain_text("We look into it.")


async def test_a_link_brings_to_the_ticket_that_it_names(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1", subject="Card lost on the train")
    ann = await windows.of(await desk.agent(), f"/tickets/{ticket.number}?status=ANY")
    await expect(ann.ticket.get_by_role("heading", name=ticket.subject)).to_be_visible()
    assert re.fullmatch(rf".*/tickets/{ticket.number}\?status=ANY", ann.page.url)


async def test_a_link_followed_where_the_page_is_open_already_signs_in(windows: Windows, desk: Desk) -> None:
    ann = await windows.at(await desk.agent())
    await expect(ann.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await ann.page.goto(f"{desk.url}/#code={await desk.code(ann.person)}")  # the same document: only the hash changes
    await expect(ann.button("ann, account")).to_be_visible()
    assert ann.page.url == f"{desk.url}/"


async def test_a_session_that_is_over_keeps_the_page_until_somebody_signs_in_again(
    windows: Windows, desk: Desk
) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1")
    emil = await windows.at(await with_password(desk), f"/tickets/{ticket.number}")
    await emil.signs_in("emil", PASSWORD)
    await emil.presses("Edit")
    await emil.fills("Subject", "Card stolen")
    desk.clock.passes(desk.settings.session_seconds + 1)
    await emil.presses("Save 1 change")
    again = emil.page.get_by_role("dialog", name="Your session is over")
    await expect(again.get_by_label("Name")).to_have_value("emil")
    await expect(again.get_by_label("Password")).to_be_focused()
    await expect(again).to_contain_text("1 draft is kept on this device.")
    await again.get_by_label("Password").fill(PASSWORD)
    await again.get_by_role("button", name="Sign in").click()
    await expect(again).to_have_count(0)
    await expect(emil.page.get_by_label("Subject")).to_have_value("Card stolen")
    await emil.presses("Take it back")
    await emil.presses("Save 1 change")
    await expect(emil.row(ticket)).to_contain_text("Card stolen")
