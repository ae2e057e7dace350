"""Mail that goes out by a server that misbehaves at every stage: never two, and at most uncertain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from desk.mail import smtp
from desk.settings import Settings
from models import database
from models.outgoing import OutgoingMail, State
from tests.mail.outgoing import body, comes, due_now, outbox, read, settled
from tests.support.desk import Desk, Person, running
from tests.support.imap import Pymap
from tests.support.mail import begun, plain, send, true, with_mail
from tests.support.smtp import CUT, MUTE, SLOW, Server, recording


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with recording() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, server: Server) -> Settings:
    return replace(with_mail(settings), post_url=server.url)


CASES = [
    ("GREETING", "421 busy", "QUEUED", 0),
    ("GREETING", CUT, "QUEUED", 0),
    ("EHLO", "421 later", "QUEUED", 0),
    ("EHLO", CUT, "QUEUED", 0),
    ("MAIL", "452 no room", "QUEUED", 0),
    ("MAIL", "552 too large", "FAILED", 0),
    ("MAIL", CUT, "QUEUED", 0),
    ("RCPT", "450 greylisted", "QUEUED", 0),
    ("RCPT", "550 no such user", "FAILED", 0),
    ("RCPT", CUT, "QUEUED", 0),
    ("DATA", "451 not now", "QUEUED", 0),
    ("DATA", CUT, "UNCERTAIN", 0),
    ("DOT", "451 disk", "QUEUED", 0),
    ("DOT", "552 too large after all", "FAILED", 0),
    ("DOT", CUT, "UNCERTAIN", 1),
    ("DOT", MUTE, "UNCERTAIN", 1),
    ("QUIT", CUT, "SENT", 1),
    ("QUIT", MUTE, "SENT", 1),
]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("stage", "answer", "delivery", "taken"), CASES)
async def test_what_the_server_does_decides_what_is_known(
    settings: Settings,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    answer: str,
    delivery: str,
    taken: int,
) -> None:
    if answer == MUTE:
        monkeypatch.setattr(smtp, "DATA_S", 0.2)
        monkeypatch.setattr(smtp, "QUIT_S", 0.2)
    monkeypatch.setattr("desk.mail.outbox.CLOSED_S", (0.2, 0.2))
    server.answers[stage] = answer
    async with running(settings) as desk:
        ann = await desk.agent()
        await comes(settings, desk, ann)
        await settled()
        (mail,) = await outbox(ann)
        assert (mail.delivery, len(server.taken)) == (delivery, taken), mail.steps
        if answer not in (CUT, MUTE) and stage != "QUIT":
            assert answer[4:] in mail.steps[-1].words
        assert (mail.nextTryAt is not None) == (delivery == "QUEUED")
        server.answers.clear()
        if delivery == "QUEUED":
            await due_now()
            await settled(state=State.SENT)
        else:
            await due_now()
            await comes(settings, desk, ann, "bob@customer.example")
            await settled(state=State.SENT)
        assert len([each for each in server.taken if each.recipient == "ann@customer.example"]) == (
            1 if delivery == "QUEUED" else taken
        )


async def test_every_attempt_sends_the_same_bytes_and_a_person_may_want_another(
    settings: Settings, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["DOT"] = CUT
    async with running(settings) as desk:
        ann = await desk.agent()
        await comes(settings, desk, ann)
        await settled(state=State.UNCERTAIN)
        (mail,) = await outbox(ann, "UNCERTAIN")
        server.answers.clear()
        again = await ann.does("settleDelivery", id=mail.id, arrived=False)
        assert again.delivery == "QUEUED"
        await settled(state=State.SENT)
        first, second = server.taken
        assert first == second
        assert [step.delivery for step in (await outbox(ann))[0].steps] == ["QUEUED", "UNCERTAIN", "QUEUED", "SENT"]
        refused = await ann.does("settleDelivery", id=mail.id, arrived=False)
        assert (refused["__typename"], refused.field) == ("InvalidInput", "id")
        assert (await ann.does("settleDelivery", id="x", arrived=True))["__typename"] == "NotFound"


async def test_who_says_that_it_arrived_settles_it(settings: Settings, server: Server) -> None:
    server.answers["DOT"] = CUT
    async with running(settings) as desk:
        ann = await desk.agent()
        await comes(settings, desk, ann)
        await settled(state=State.UNCERTAIN)
        (mail,) = await outbox(ann)
        done = await ann.does("settleDelivery", id=mail.id, arrived=True)
        assert (done.delivery, done.steps[-1].words) == ("SENT", "ann: it arrived")
        assert len(server.taken) == 1


async def test_a_desk_that_is_not_let_in_stops_says_so_and_goes_on(
    settings: Settings, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.mail.outbox.CLOSED_S", (0.2, 0.2))
    server.answers["AUTH"] = "535 wrong password"
    settings = replace(settings, post_url=server.url.replace("smtp://", "smtp://desk:pw%40@"))
    async with running(settings) as desk:
        ann = await desk.agent()
        await comes(settings, desk, ann)
        await settled()
        (mail,) = await outbox(ann)
        assert mail.delivery == "QUEUED"
        assert "535 wrong password" in mail.steps[-1].words

        async def post_is(state: str) -> bool:
            return bool((await desk.http.get("/health")).json()["post"] == state)

        await true(lambda: post_is("down"))
        server.answers.clear()
        await due_now()
        await settled(state=State.SENT)
        await true(lambda: post_is("up"))


async def test_a_desk_that_is_stopped_ends_what_it_is_sending(settings: Settings, server: Server) -> None:
    server.answers["DOT"] = SLOW
    async with running(settings) as desk:
        await comes(settings, desk, await desk.agent())
        await server.met.wait()
        asyncio.get_running_loop().call_later(0.5, server.go_on.set)
    async with database.connected(settings.database):
        (mail,) = await OutgoingMail.all()
        assert mail.state is State.SENT


async def test_a_line_that_begins_with_a_dot_and_other_letters_arrive_whole(settings: Settings, server: Server) -> None:
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        await ann.does("reply", ticketId=ticket.id, text=".\n..dots\nGrüße 🐟\n" + "x" * 2_000)
        await settled(2, state=State.SENT)
        sent = next(each for each in server.taken if b"auto-replied" not in each.content)
        assert sent.sender.startswith("desk+")
        assert body(read(sent.content.replace(b"\r\n..", b"\r\n."))).startswith(".\n..dots\nGrüße 🐟\nxxx")
        assert max(map(len, sent.content.split(b"\r\n"))) <= 998
        assert sent.content.isascii()


async def test_an_address_with_other_letters_needs_a_server_that_takes_it(settings: Settings, server: Server) -> None:
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        await settled(state=State.SENT)
        await ann.does("addParticipant", ticketId=ticket.id, address="jörg@müller.example")
        await ann.does("reply", ticketId=ticket.id, text="Hello.", recipients=["jörg@müller.example"])
        await settled(state=State.FAILED)
        (mail,) = await outbox(ann, "FAILED")
        assert "SMTPUTF8" in mail.steps[-1].words
        server.extensions = (*server.extensions, "SMTPUTF8")
        await ann.does("settleDelivery", id=mail.id, arrived=False)
        await settled(2, state=State.SENT)
        assert server.taken[-1].recipient == "jörg@müller.example"


async def test_a_try_too_many_is_given_up_after_two_days(settings: Settings, server: Server) -> None:
    server.answers["RCPT"] = "450 greylisted"
    async with running(settings) as desk:
        ann = await desk.agent()
        await comes(settings, desk, ann)
        await settled()
        await due_now(since_ms=0)
        await settled(state=State.FAILED)
        (mail,) = await outbox(ann)
        assert mail.steps[-1].words == "Given up after two days: 450 greylisted"


async def test_a_report_settles_the_mail_that_it_names(settings: Settings, server: Server) -> None:
    async with running(settings) as desk:
        ann = await desk.agent()
        await comes(settings, desk, ann)
        await settled(state=State.SENT)
        (mail,) = await outbox(ann)
        await _report(desk, settings, mail.mailId, "delayed")
        await true(lambda: _steps(ann, 3))
        (mail,) = await outbox(ann)
        assert (mail.delivery, mail.steps[-1].words) == ("SENT", "delayed 4.4.1 ann@customer.example: 451 busy")
        await _report(desk, settings, mail.mailId, "failed")
        await settled(state=State.FAILED)
        assert (await outbox(ann))[0].steps[-1].words.startswith("failed 4.4.1 ann@customer.example")


async def test_who_answers_a_mail_of_which_nobody_knew_got_it(settings: Settings, server: Server) -> None:
    server.answers["DOT"] = CUT
    async with running(settings) as desk:
        ann = await desk.agent()
        await comes(settings, desk, ann)
        await settled(state=State.UNCERTAIN)
        (mail,) = await outbox(ann)
        answer = plain("Re: Card lost", text="Yes.", In_Reply_To=mail.mailId)
        await asyncio.to_thread(send, settings, answer)
        await settled(state=State.SENT)
        assert (await outbox(ann))[0].steps[-1].words == "ann@customer.example answered it"


async def test_a_mail_that_the_server_filed_as_sent_was_sent(
    settings: Settings, server: Server, pymap: Pymap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.mail.outbox.ASKED_MS", 100)
    server.answers["DOT"] = CUT
    settings = replace(settings, mailbox_url=pymap.url)
    async with running(settings) as desk:
        ann = await desk.agent()
        await begun()
        pymap.deliver([plain("Card lost")])
        await settled(state=State.UNCERTAIN)
        (mail,) = await outbox(ann)
        with pymap.client() as client:
            client.create_folder("Sent")
            client.append("Sent", server.taken[0].content)
        await settled(state=State.SENT)
        (mail,) = await outbox(ann)
        assert mail.steps[-1].words == "It is in the folder of sent mail."
        assert len(server.taken) == 1


async def _steps(person: Person, count: int) -> bool:
    return len((await outbox(person))[0].steps) >= count


async def _report(desk: Desk, settings: Settings, mail_id: str, action: str) -> None:
    await begun()
    lines = [
        "From: mailer-daemon@mx.desk.example",
        "To: desk@desk.example",
        f"Subject: {action}",
        f"Message-ID: <{action}@mx.desk.example>",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.desk.example",
        "",
        "Final-Recipient: rfc822; ann@customer.example",
        f"Action: {action}",
        "Status: 4.4.1",
        "Diagnostic-Code: smtp; 451 busy",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: {mail_id}",
        "",
        "--b--",
        "",
    ]
    await asyncio.to_thread(send, settings, "\r\n".join(lines).encode(), "")
