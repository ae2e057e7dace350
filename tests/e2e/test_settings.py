"""The settings: a password of one's own, tokens for programs, and for admins everybody's accounts."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Desk, Person

pytestmark = in_the_browser

PASSWORD = "three blind mice"
OTHER = "see how they run"


async def came_by_link(windows: Windows, person: Person) -> Window:
    """A window that a link just opened, with its question still open."""
    return await windows.at(person, f"/#code={await windows.desk.code(person)}")


async def in_settings(windows: Windows, person: Person) -> Window:
    """A window of somebody whom a link brought in, and who went to the settings by the menu."""
    window = await windows.of(person)
    await window.picks("Settings")
    await expect(window.page.get_by_role("heading", name="Settings")).to_be_focused()
    return window


async def asked_again(window: Window) -> None:
    await expect(window.page.get_by_role("dialog", name="Your session is over")).to_be_visible()


def offer(window: Window) -> Locator:
    return window.page.get_by_role("dialog", name="Choose a password")


async def is_set(window: Window) -> None:
    await expect(window.page.get_by_text("Your password is set.")).to_be_visible()


# ---------------------------------------------------------------- passwords


async def test_a_password_chosen_after_a_link_signs_in(windows: Windows, desk: Desk) -> None:
    ann = await came_by_link(windows, await desk.agent())
    await ann.fills("New password", "too short")
    await ann.presses("Set password")
    await expect(ann.page.locator("input:invalid")).to_be_focused()
    await ann.presses("Show what is typed")
    await expect(ann.page.get_by_label("New password")).to_have_attribute("type", "text")
    await ann.fills("New password", PASSWORD)
    await ann.presses("Set password")
    await expect(offer(ann)).to_have_count(0)
    await ann.signs_out()
    await ann.signs_in("ann", PASSWORD)
    await expect(ann.button("ann, account")).to_be_visible()
    await expect(offer(ann)).to_have_count(0)


async def test_what_the_desk_says_of_a_password_stands_at_its_field(windows: Windows, desk: Desk) -> None:
    name = "emil of the north"
    emil = await came_by_link(windows, await desk.agent(name))
    await emil.fills("New password", name)
    await emil.presses("Set password")
    field = emil.page.get_by_label("New password")
    await expect(field).to_have_accessible_description(re.compile("A password is not the account's name"))


async def test_a_password_can_wait_and_is_set_in_the_settings_without_another(windows: Windows, desk: Desk) -> None:
    ann = await in_settings(windows, await desk.agent())
    await ann.page.reload()
    await expect(ann.page.get_by_role("heading", name="Settings")).to_be_visible()
    await expect(offer(ann)).to_have_count(0)
    await ann.fills("New password", PASSWORD)
    await ann.presses("Set password")
    await is_set(ann)
    await ann.fills("Current password", "three blind cats")
    await ann.fills("New password", OTHER)
    await ann.presses("Change password")
    await expect(ann.page.get_by_role("alert")).to_contain_text("This is not your password.")
    await expect(ann.page.get_by_label("New password")).to_have_value(OTHER)
    await ann.fills("Current password", PASSWORD)
    await ann.presses("Change password")
    await is_set(ann)
    await ann.signs_out()
    await ann.signs_in("ann", OTHER)
    await expect(ann.button("ann, account")).to_be_visible()


async def test_who_forgot_the_password_sets_another_by_a_link_and_the_other_sessions_end(
    windows: Windows, desk: Desk
) -> None:
    ann = await in_settings(windows, await desk.agent())
    await ann.fills("New password", PASSWORD)
    await ann.presses("Set password")
    await is_set(ann)

    elsewhere = await came_by_link(windows, ann.person)
    await elsewhere.picks("Settings")
    await elsewhere.fills("New password", OTHER)
    await expect(elsewhere.page.get_by_label("Current password")).to_have_count(0)
    await elsewhere.presses("Change password")
    await is_set(elsewhere)
    await asked_again(ann)
    await ann.signs_in("ann", OTHER)
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)


async def test_signing_out_everywhere_reaches_every_browser(windows: Windows, desk: Desk) -> None:
    ann = await in_settings(windows, await desk.agent())
    elsewhere = await windows.of(ann.person, "/settings")
    await ann.presses("Sign out everywhere")
    await expect(ann.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await asked_again(elsewhere)


# ---------------------------------------------------------------- tokens


async def test_a_token_is_shown_once_works_and_ends_when_it_is_revoked(windows: Windows, desk: Desk) -> None:
    ann = await in_settings(windows, await desk.agent())
    await ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ann.presses("New token…")
    await ann.fills("What is it for?", "Nightly report")
    await ann.chooses("Ends", "in 30 days")
    await ann.presses("Make token")
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)
    secret = await ann.page.locator(".once code").inner_text()
    await ann.presses("Copy")
    await expect(ann.page.get_by_text("Copied.")).to_be_visible()
    assert await ann.page.evaluate("navigator.clipboard.readText()") == secret
    await ann.presses("I have kept it")

    program = Person(desk, "ann", secret)
    assert (await program.asks("{ viewer { name role } }")).viewer == {"name": "ann", "role": "AGENT"}
    row = ann.page.get_by_role("row").filter(has_text="Nightly report")
    await expect(row).to_contain_text("Agent")
    assert secret not in await ann.page.content()

    await row.get_by_role("button", name="Revoke").click()
    await ann.presses("Keep it")
    await expect(row).to_be_visible()
    await row.get_by_role("button", name="Revoke").click()
    await ann.presses("Revoke")
    await expect(row).to_have_count(0)
    assert (await program.post("{ viewer { name } }")).status_code == 401


# ---------------------------------------------------------------- accounts


async def makes(ada: Window, name: str, role: str, user_id: str | None = None) -> str:
    """Makes an account; returns the link that invites its owner."""
    await ada.presses("New account…")
    await ada.fills("Name", name)
    await ada.chooses("Role", role)
    if user_id is not None:
        await ada.fills("User id", user_id)
    await ada.presses("Make account")
    link = await ada.page.get_by_label("Link", exact=True).input_value()
    await ada.presses("Done")
    return link


def line(ada: Window, name: str) -> Locator:
    return ada.page.get_by_role("region", name="People").get_by_role("listitem").filter(has_text=name)


async def test_an_admin_makes_an_account_and_its_link_opens_the_desk_for_its_owner(
    windows: Windows, desk: Desk
) -> None:
    ada = await in_settings(windows, await desk.admin())
    link = await makes(ada, "carla", "Customer", "u-1")
    await expect(line(ada, "carla")).to_contain_text("Customer u-1")
    carla = await windows.at(Person(desk, "carla", None), link.removeprefix(desk.url))
    await expect(offer(carla)).to_be_visible()
    await carla.fills("New password", PASSWORD)
    await carla.presses("Set password")
    await expect(carla.page.get_by_role("heading", name="My requests")).to_be_attached()


async def test_a_name_that_is_taken_is_told_at_its_field(windows: Windows, desk: Desk) -> None:
    ada = await in_settings(windows, await desk.admin())
    await ada.presses("New account…")
    await ada.fills("Name", "ada")
    await ada.presses("Make account")
    await expect(ada.page.get_by_role("alert")).to_be_visible()
    await expect(ada.page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")


async def test_an_admin_gives_a_role_disables_and_enables(windows: Windows, desk: Desk) -> None:
    ann = await windows.of(await desk.agent())
    ada = await in_settings(windows, await desk.admin())
    await ada.presses("Change ann…")
    await ada.chooses("Role", "Admin")
    await ada.presses("Save role")
    await expect(ada.page.get_by_text("Saved.")).to_be_visible()
    await expect(line(ada, "ann")).to_contain_text("Admin")
    await ada.presses("Disable")
    await expect(line(ada, "ann")).to_contain_text("disabled")
    await asked_again(ann)
    await ada.presses("Enable")
    await expect(line(ada, "ann")).not_to_contain_text("disabled")
    await ada.presses("New link")
    link = await ada.page.get_by_label("Link", exact=True).input_value()
    back = await windows.at(ann.person, link.removeprefix(desk.url))
    await back.presses("Later")
    await back.presses("ann, account")
    await expect(back.page.get_by_text("ann, admin")).to_be_visible()


async def test_another_role_changes_the_page_while_it_is_open(windows: Windows, desk: Desk) -> None:
    ann = await windows.of(await desk.agent())
    await expect(ann.page.get_by_role("link", name="Explorer")).to_be_visible()
    ada = await in_settings(windows, await desk.admin())
    await ada.presses("Change ann…")
    await ada.chooses("Role", "Customer")
    await ada.fills("User id", "u-1")
    await ada.presses("Save role")
    await expect(ann.page.get_by_role("heading", name="My requests")).to_be_attached()
    await expect(ann.page.get_by_role("link", name="Explorer")).to_have_count(0)
    assert ann.loads == 1


async def test_nobody_else_is_offered_accounts(windows: Windows, desk: Desk) -> None:
    ann = await in_settings(windows, await desk.agent())
    await expect(ann.page.get_by_role("heading", name="Tokens")).to_be_visible()
    await expect(ann.page.get_by_role("region", name="People")).to_have_count(0)
    await ann.page.get_by_role("link", name="Queue").click()
    await ann.counts(0)


# ---------------------------------------------------------------- the way around


async def test_the_contents_lead_to_every_part_and_mark_the_one_that_is_read(windows: Windows, desk: Desk) -> None:
    ada = await in_settings(windows, await desk.admin())
    contents = ada.page.get_by_role("navigation", name="Settings")
    parts = ["Look", "Shortcuts", "Password", "Tokens", "People", "Mail", "Account"]
    await expect(contents.get_by_role("link")).to_have_text(parts)
    await expect(contents.get_by_role("link", name="Look")).to_have_attribute("aria-current", "true")
    await contents.get_by_role("link", name="Account").click()
    await expect(ada.page.get_by_role("region", name="Account")).to_be_in_viewport()
    await expect(contents.get_by_role("link", name="Look")).not_to_have_attribute("aria-current", "true")
    assert ada.loads == 1


async def test_letters_and_their_hints_are_switched_off_by_keys(windows: Windows, desk: Desk) -> None:
    ann = await in_settings(windows, await desk.agent())
    hint = ann.button("All shortcuts").locator("kbd")
    await expect(hint).to_be_visible()
    await ann.page.get_by_role("switch", name="Keys beside buttons").focus()
    await ann.keys("Space")
    await expect(hint).to_be_hidden()
    await ann.keys("?")
    await expect(ann.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await ann.keys("Escape")
    await ann.page.get_by_role("switch", name="Single letters act on tickets").focus()
    await ann.keys("Space ?")
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)
    await ann.keys("Control+K")
    await expect(ann.page.get_by_role("dialog", name="Command palette")).to_be_visible()


async def test_a_desk_without_mail_says_so_and_by_which_setting_it_has_some(windows: Windows, desk: Desk) -> None:
    ada = await in_settings(windows, await desk.admin())
    mail = ada.page.get_by_role("region", name="Mail", exact=True)
    await expect(mail).to_contain_text("mailbox_url (GUICHET_MAILBOX_URL)")
    await expect(mail.get_by_role("button")).to_have_count(0)
