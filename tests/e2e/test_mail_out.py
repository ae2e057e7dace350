"""Mail that goes out, on the page: to whom, what became of it, what a person decides, and the desk's settings."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from playwright.async_api import Locator, Request, expect

from desk.settings import Settings
from models.mail import Participant
from models.outgoing import OutgoingMail, State
from tests.mail.outgoing import body, comes, due_now, outbox, read, settled
from tests.support.axe import accessible
from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Answer, Desk, running
from tests.support.mail import WORLD, with_mail
from tests.support.smtp import CUT, Server, recording

pytestmark = in_the_browser

REQUESTER = "ann@customer.example"
BOB = "bob@customer.example"


@on_its_loop()
async def recorder() -> AsyncIterator[Server]:
    async with recording() as server:
        yield server


@pytest.fixture
def server(recorder: Server) -> Server:
    """A server that the desk's mail goes out by, in tests that ask for it."""
    return recorder


@on_its_loop()
async def desk(settings: Settings, request: pytest.FixtureRequest, recorder: Server) -> AsyncIterator[Desk]:
    """A desk with the built-in mailbox, whose mail is kept there unless there is a server for it."""
    settings = with_mail(settings)
    if "server" in request.fixturenames:
        settings = replace(settings, post_url=recorder.url)
    async with running(settings) as desk:
        yield desk


@on_its_loop()
async def ticket(desk: Desk) -> Answer:
    """One that began as a mail and is acknowledged."""
    ticket = await comes(desk.settings, desk, await desk.agent("bob"))
    await settled()
    return ticket


def asks(window: Window, name: str) -> list[Request]:
    """All requests of a window from now on that hold an operation of this name."""
    found: list[Request] = []
    window.page.on("request", lambda each: found.append(each) if name in (each.post_data or "") else None)
    return found


def people(window: Window) -> Locator:
    return window.page.locator("#composer").get_by_role("button", name=re.compile("^to "))


def reply(window: Window) -> Locator:
    """The last reply in the thread."""
    return window.thread.get_by_role("article", name=re.compile("^Reply by")).last


async def test_a_reply_goes_to_who_is_chosen_and_its_way_is_told_live(
    windows: Windows, desk: Desk, ticket: Answer
) -> None:
    await (await desk.agent("bob")).does("addParticipant", ticketId=ticket.id, address=BOB, name="Bob B.")
    ann, bob = await windows.agents("ann", "bob")
    for window in (ann, bob):
        await window.opens(ticket)
        await expect(people(window)).to_have_text(re.compile(f"to {REQUESTER} and {BOB}"))
    await expect(ann.thread).to_contain_text(re.compile(f"Told that it is here: Sent to {REQUESTER}"))
    await people(ann).click()
    chosen = ann.page.get_by_role("list", name="Who gets it by mail").get_by_role("button", pressed=True)
    await expect(chosen).to_have_text([re.compile(f"{REQUESTER}.*requester"), re.compile(f"Bob B. <{BOB}>")])
    await chosen.first.click()
    await expect(people(ann)).to_have_text(f"to {BOB}")
    await ann.fills("Reply", "Which card?")
    await ann.page.get_by_text("Quoted below your text").click()
    await expect(ann.page.get_by_label("Quoted below your text")).to_have_value("On the train.")
    await ann.page.reload()
    await expect(people(ann)).to_have_text(f"to {BOB}")
    await ann.presses("Send")
    for window in (ann, bob):
        way = reply(window).get_by_role("list", name="By mail").get_by_role("listitem")
        await expect(way).to_have_text([re.compile(f"Sent to {BOB}")])
    await expect(people(ann)).to_have_text(f"to {REQUESTER} and {BOB}")
    (mail,) = await OutgoingMail.exclude(message_id=None)
    assert (mail.recipient, mail.state) == (BOB, State.SENT)
    raw = await desk.http.get((await outbox(ann.person))[0].rawUrl, headers=ann.person.headers)
    assert body(read(raw.content)) == "Which card?\n\n> On the train.\n"


async def test_a_reply_takes_files_along(windows: Windows, desk: Desk, ticket: Answer) -> None:
    ann, bob = await windows.agents("ann", "bob")
    for window in (ann, bob):
        await window.opens(ticket)
    await ann.fills("Reply", "Here it is.")
    files = [{"name": name, "mimeType": "application/pdf", "buffer": b"%PDF"} for name in ("a b.pdf", "wrong.pdf")]
    await ann.page.locator("#composer input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    enclosed = ann.page.locator("#composer").get_by_role("list", name="Files").get_by_role("listitem")
    await expect(enclosed).to_have_text(["a b.pdf, 4 bytes", "wrong.pdf, 4 bytes"])
    await accessible(ann, "files that go with a reply")
    await ann.presses("Leave out wrong.pdf")
    await ann.presses("Send")
    await expect(enclosed).to_have_count(0)
    for window in (ann, bob):
        link = reply(window).get_by_role("list", name="Files").get_by_role("link")
        await expect(link).to_have_text(["a b.pdf, 4 bytes"])
    async with bob.page.expect_download() as saved:
        await reply(bob).get_by_role("link", name="a b.pdf").click()
    assert (await saved.value).suggested_filename == "a b.pdf"


async def test_a_reply_to_nobody_stays_on_the_page(windows: Windows, desk: Desk, ticket: Answer) -> None:
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    await people(ann).click()
    await ann.page.get_by_role("list", name="Who gets it by mail").get_by_role("button", pressed=True).click()
    await expect(people(ann)).to_have_text("to nobody: only on this page")
    await ann.fills("Reply", "For the file.")
    await expect(ann.page.get_by_text("Quoted below your text")).to_have_count(0)
    await ann.presses("Send")
    await expect(reply(ann)).to_contain_text("For the file.")
    assert not await OutgoingMail.exclude(message_id=None).exists()


async def test_a_ticket_without_mail_says_nothing_of_it(windows: Windows, desk: Desk) -> None:
    ticket = await (await desk.partner()).creates(userId="u-1")
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    await expect(ann.page.locator("#composer")).to_contain_text("to u-1")
    await expect(people(ann)).to_have_count(0)
    await ann.writes("Reply", "We look into it.")
    await expect(reply(ann)).to_contain_text("We look into it.")
    await expect(ann.thread.get_by_role("list", name="By mail")).to_have_count(0)


async def test_who_wrote_with_a_signed_address_is_confirmed_and_others_come_and_go(
    windows: Windows, desk: Desk, ticket: Answer
) -> None:
    ann, bob = await windows.agents("ann", "bob")
    stranger = "eve@elsewhere.example"
    await ann.person.does("addParticipant", ticketId=ticket.id, address=stranger)
    await Participant.filter(address=stranger).update(confirmed=False)
    for window in (ann, bob):
        await window.opens(ticket)
        await expect(people(window)).to_have_text(f"to {REQUESTER}1 gets no mail")
    await people(ann).click()
    left = ann.page.get_by_role("list", name="Who gets no mail")
    await expect(left).to_contain_text(f"{stranger} wrote with a signed address, gets no mail")
    await left.get_by_role("button", name=f"Add {stranger}").click()
    await expect(left).to_have_count(0)
    await expect(people(bob)).to_have_text(f"to {REQUESTER} and {stranger}")
    await ann.fills("Another address", "no address")
    await ann.page.get_by_label("Another address").press("Enter")
    await expect(ann.page.locator("#composer").get_by_role("alert")).to_contain_text("This is no address")
    await ann.fills("Another address", BOB)
    await ann.page.get_by_label("Another address").press("Enter")
    await expect(people(bob)).to_have_text(f"to {REQUESTER}, {stranger}, and {BOB}")
    await ann.button(f"Remove {REQUESTER}").click()
    await expect(people(bob)).to_have_text(f"to {stranger} and {BOB}")
    await bob.shows_history()
    await expect(bob.history).to_contain_text("ann changed who gets mail")
    await expect(bob.history).to_contain_text("mailbox noted what became of a mail")


async def test_a_mail_that_failed_says_why_and_is_sent_again(
    windows: Windows, desk: Desk, ticket: Answer, server: Server
) -> None:
    ann, bob = await windows.agents("ann", "bob")
    for window in (ann, bob):
        await window.opens(ticket)
    server.answers["RCPT"] = "550 no such user"
    asked = asks(bob, "query Posted")
    await ann.writes("Reply", "Which card?")
    told = reply(bob).get_by_role("alert")
    await expect(told).to_contain_text(re.compile(rf"Not sent to {REQUESTER}\. .*no such user"))
    assert len(asked) == 1
    await accessible(ann, "a mail that failed")
    await accessible(bob, "another's mail that failed")
    server.answers.clear()
    await told.get_by_role("button", name="Send again").click()
    for window in (ann, bob):
        await expect(reply(window)).to_contain_text(f"Sent to {REQUESTER}")
        await expect(reply(window).get_by_role("alert")).to_have_count(0)
    await reply(bob).get_by_text("Sent to").click()
    steps = reply(bob).get_by_role("list").get_by_role("list").get_by_role("listitem")
    await expect(steps).to_contain_text(["Waits to be sent", "no such user", "bob: once more", "taken as 7"])
    assert [each.recipient for each in server.taken] == [REQUESTER] * 2


async def test_of_a_mail_that_nobody_knows_of_a_person_says_that_it_arrived(
    windows: Windows, desk: Desk, ticket: Answer, server: Server
) -> None:
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    server.answers["DOT"] = CUT
    await ann.writes("Reply", "Which card?")
    told = reply(ann).get_by_role("alert")
    await expect(told).to_contain_text(f"Unknown whether it arrived at {REQUESTER}.")
    await told.get_by_role("button", name="It did").click()
    await expect(reply(ann)).to_contain_text(f"Sent to {REQUESTER}")
    assert [mail.delivery for mail in await outbox(ann.person)] == ["SENT", "SENT"]
    assert len(server.taken) == 2


async def test_a_mail_that_waits_says_until_when_and_why(
    windows: Windows, desk: Desk, ticket: Answer, server: Server
) -> None:
    [ann] = await windows.agents("ann")
    await ann.opens(ticket)
    server.answers["RCPT"] = "450 greylisted"
    await ann.writes("Reply", "Which card?")
    await expect(reply(ann)).to_contain_text(re.compile(rf"Sending to {REQUESTER}, again at \d\d:\d\d: .*greylisted"))
    server.answers.clear()
    await due_now()
    await expect(reply(ann)).to_contain_text(f"Sent to {REQUESTER}")


async def test_the_composer_has_no_faults(windows: Windows, desk: Desk, ticket: Answer) -> None:
    [ann] = await windows.agents("ann")
    stranger = "eve@elsewhere.example"
    await ann.person.does("addParticipant", ticketId=ticket.id, address=stranger)
    await Participant.filter(address=stranger).update(confirmed=False)
    await ann.opens(ticket)
    await people(ann).click()
    await ann.fills("Reply", "Which card?")
    await ann.page.get_by_text("Quoted below your text").click()
    await ann.thread.get_by_text("Told that it is here").click()
    await accessible(ann, "a reply by mail")


# ---------------------------------------------------------------- settings


async def test_an_admin_reads_the_mail_settings_and_tries_them(windows: Windows, desk: Desk, server: Server) -> None:
    ada = await windows.of(await desk.admin(), "/settings")
    mail = ada.page.get_by_role("region", name="Mail", exact=True)
    await expect(mail).to_contain_text(WORLD["desk_addresses"][0])
    await mail.get_by_role("button", name="Check").click()
    found = mail.get_by_role("list", name="What was found").get_by_role("listitem")
    await expect(found.filter(has_text="post")).to_contain_text(re.compile("works *post *lets the desk in"))
    server.answers["GREETING"] = "554 go away"
    await mail.get_by_role("button", name="Check").click()
    await expect(found.filter(has_text="post")).to_contain_text(re.compile("does not work *post *.*go away"))
    await accessible(ada, "the mail settings")


async def test_mails_that_were_not_sent_stand_in_the_settings_with_their_tickets(
    windows: Windows, desk: Desk, ticket: Answer, server: Server
) -> None:
    bob = await desk.agent("bob")
    server.answers["RCPT"] = "550 no such user"
    await bob.does("reply", ticketId=ticket.id, text="Which card?")
    await settled(state=State.FAILED)
    server.answers = {"DOT": CUT}
    await bob.does("reply", ticketId=ticket.id, text="The red one?")
    await settled(state=State.UNCERTAIN)
    server.answers.clear()
    ann = await windows.of(await desk.agent("ann"), "/settings")
    await expect(ann.page.get_by_role("region", name="Mail", exact=True)).to_have_count(0)
    mails = ann.page.get_by_role("region", name="Mail not sent").get_by_role("listitem")
    failed, uncertain = mails.filter(has_text="no such user"), mails.filter(has=ann.button("It did"))
    await accessible(ann, "mails not sent")
    await failed.get_by_role("button", name="Send again").click()
    await uncertain.get_by_role("button", name="It did").click()
    await expect(ann.page.get_by_role("region", name="Mail not sent").get_by_role("alert")).to_have_count(0)
    await settled(3, state=State.SENT)
    assert b"Which card?" in server.taken[-1].content
    await mails.first.get_by_role("link", name=f"#{ticket.number} {ticket.subject}").click()
    await expect(ann.ticket.get_by_role("heading", name=ticket.subject)).to_be_visible()
    await expect(reply(ann)).to_contain_text(f"Sent to {REQUESTER}")
