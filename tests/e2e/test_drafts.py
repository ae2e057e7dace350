"""Drafts: what somebody began to write is lost by nothing but their own will, and sent once."""

from __future__ import annotations

import re

from playwright.async_api import Route, expect

from tests.support.browser import Window, Windows, in_the_browser
from tests.support.desk import Answer, Desk

pytestmark = in_the_browser


async def test_a_draft_is_the_same_in_every_tab(ann: Window) -> None:
    tab = await ann.page.context.new_page()
    await tab.goto(ann.page.url)
    await expect(tab.get_by_label("Reply", exact=True)).to_be_visible()
    await ann.fills("Reply", "Half a sen")
    await expect(tab.get_by_label("Reply", exact=True)).to_have_value("Half a sen")
    await ann.presses("Discard")
    await expect(tab.get_by_label("Reply", exact=True)).to_have_value("")


async def test_a_device_that_keeps_nothing_loses_no_word_while_the_page_is_open(
    windows: Windows, desk: Desk, ticket: Answer
) -> None:
    other = await (await desk.partner()).creates(userId="u-2", subject="Parcel torn")
    ann = await windows.at(await desk.agent(), fresh=True)
    await ann.page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full') }")
    await ann.page.goto(f"{desk.url}/")
    await ann.uses_token(ann.person.token)
    await ann.opens(ticket)
    await ann.fills("Reply", "Half a sen")
    await ann.opens(other)
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("")
    await ann.opens(ticket)
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("Half a sen")


async def test_a_reason_and_a_new_ticket_are_kept_until_they_are_used(ann: Window, ticket: Answer) -> None:
    await ann.presses("Reject…")
    await ann.fills("What the requester reads", "Found")
    await ann.presses("Cancel")
    await ann.page.get_by_role("link", name="New ticket").click()
    await ann.fills("In one line, what is it about?", "Parcel torn")
    await ann.page.reload()
    await expect(ann.page.get_by_label("In one line, what is it about?")).to_have_value("Parcel torn")
    await ann.fills("Requester", "u-2")
    await ann.presses("Send")
    await expect(ann.ticket.get_by_role("heading", name="Parcel torn")).to_be_visible()
    await ann.page.get_by_role("link", name="New ticket").click()
    await expect(ann.page.get_by_label("In one line, what is it about?")).to_have_value("")
    await ann.opens(ticket)
    await ann.presses("Reject…")
    await expect(ann.page.get_by_label("What the requester reads")).to_have_value("Found")


async def test_an_edit_that_was_begun_is_offered_after_a_reload(ann: Window) -> None:
    await ann.presses("Edit")
    await ann.fills("Subject", "Card stolen")
    await ann.page.reload()
    await expect(ann.ticket).to_contain_text(re.compile(r"You began to edit at \d\d:\d\d\. Your text is kept"))
    await ann.presses("Go on")
    await expect(ann.page.get_by_label("Subject")).to_have_value("Card stolen")
    await ann.presses("Leave")
    await expect(ann.ticket).to_contain_text("You began to edit")
    await ann.presses("Discard")
    await expect(ann.ticket).not_to_contain_text("You began to edit")


async def test_signing_out_asks_before_it_throws_drafts_away(ann: Window, ticket: Answer) -> None:
    await ann.fills("Reply", "Half a sen")
    await ann.signs_out()
    asked = ann.page.get_by_role("dialog", name="Sign out and discard what you wrote?")
    await expect(asked).to_contain_text("1 draft is kept")
    await ann.presses("Stay signed in")
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("Half a sen")
    await ann.signs_out()
    await ann.presses("Discard and sign out")
    await expect(ann.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await ann.uses_token(ann.person.token)
    await ann.opens(ticket)
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("")


async def test_an_answer_that_got_lost_sends_nothing_twice_even_when_somebody_wrote_meanwhile(
    ann: Window, desk: Desk, ticket: Answer
) -> None:
    ann.expects("failed: POST", "error: Failed to load resource")

    async def loses_the_answer(route: Route) -> None:
        if "mutation Reply" in (route.request.post_data or ""):
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await ann.page.route("**/graphql", loses_the_answer)
    await ann.fills("Reply", "We look into it.")
    await ann.presses("Send")
    await expect(ann.ticket.get_by_role("alert")).to_contain_text("The desk does not answer")
    await expect(ann.thread).to_contain_text("We look into it.")
    await (await desk.customer()).replies(ticket, "Thanks.")
    await expect(ann.thread).to_contain_text("Thanks.")
    await ann.page.unroute("**/graphql")
    await ann.presses("Send")
    await expect(ann.page.get_by_label("Reply", exact=True)).to_have_value("")
    await expect(ann.thread.get_by_role("article", name=re.compile("^Reply by ann"))).to_have_count(1)
