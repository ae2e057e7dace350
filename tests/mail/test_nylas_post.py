"""Mail goes out by Nylas: once for each key, whatever breaks, and what is not known is not claimed."""

from __future__ import annotations

from base64 import b64decode
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from desk.mail import nylas, nylas_post
from desk.mail.letter import Secretary
from desk.mail.nylas import Grant
from desk.mail.nylas_post import NylasPost
from desk.mail.outbox import deliver
from desk.mail.post import Closed, Envelope, Later, NotSent, Receipt, Refused, Uncertain
from desk.mail.tokens import Tokens
from desk.settings import Settings
from models.mail import SeenMail, Verdict
from models.outbox import Letter, queue
from models.outgoing import OutgoingMail, State
from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from tests.support.mail import somebody, the_world
from tests.support.nylas import CUT, CUT_LATE, MUTE, Nylas, refusal
from tests.support.ports import free_port

ANN = Envelope("desk@desk.example", "ann@customer.example")
TOKENS = Tokens(("secret",), "desk@desk.example")
THREAD = ["<a0@customer.example>", "<a1@customer.example>"]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A doubt is asked about at once."""
    monkeypatch.setattr(nylas_post, "PAUSES_S", (0.01, 0.05))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not for long."""
    monkeypatch.setattr(nylas_post, "DOUBT_S", 0.3)


@pytest.fixture
def post(service: Nylas) -> NylasPost:
    return NylasPost(Grant.of(service.url))


@pytest.fixture
async def ticket(opened: Settings) -> Ticket:
    return await the_world()


def acknowledgement(ticket: Ticket, *thread: str) -> Letter:
    """A letter, as the desk writes it."""
    now_ms = somebody().world.now_ms()
    return Secretary(TOKENS).acknowledgement(ticket, ANN.recipient, thread, "0198c0de0001", now_ms)


PLAIN = b"""From: desk@desk.example\r\nTo: "Ann A." <ann@customer.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r
X-Guichet-Ticket: 7.x\r\n\r\nHello <b>Ann</b>\r\n"""


def headers(sent: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in sent["custom_headers"]}


async def test_a_letter_goes_out_as_it_was_written(service: Nylas, post: NylasPost, ticket: Ticket) -> None:
    receipt = await post.send(acknowledgement(ticket, *THREAD).content, ANN, "key")
    (sent,) = service.sent
    assert receipt == Receipt("200 taken by Nylas", sent["message_id"])
    assert sent["to"] == [{"email": "ann@customer.example"}]
    assert sent["subject"] == "[#1042] Door badge"
    assert sent["body"].startswith("<p>Hello,</p>")
    assert "<strong>1042</strong>" in sent["body"]
    assert sent["is_plaintext"] is False
    assert sent["reply_to"] == [{"email": TOKENS.reply_address(1042)}]
    assert headers(sent) == {
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "X-Guichet-Ticket": TOKENS.ticket_header(1042),
        "In-Reply-To": THREAD[-1],
        "References": " ".join(THREAD),
    }


async def test_a_letter_without_html_stays_text(service: Nylas, post: NylasPost) -> None:
    await post.send(PLAIN, ANN, "key")
    (sent,) = service.sent
    assert (sent["subject"], sent["is_plaintext"]) == ("Grüße", True)
    assert sent["body"].strip() == "Hello <b>Ann</b>"
    assert sent["to"] == [{"email": "ann@customer.example", "name": "Ann A."}]
    assert sent["reply_to"] == []


def with_files(*contents: bytes) -> bytes:
    letter = EmailMessage(policy=SMTP)
    letter["To"] = ANN.recipient
    letter.set_content("Here it is.")
    for content in contents:
        letter.add_attachment(content, maintype="text", subtype="html", filename="état.html")
    return letter.as_bytes()


async def test_files_of_a_letter_go_along_and_are_not_its_text(service: Nylas, post: NylasPost) -> None:
    await post.send(with_files(b"<p>a file</p>"), ANN, "key")
    (sent,) = service.sent
    assert (sent["body"].strip(), sent["is_plaintext"]) == ("Here it is.", True)
    (file,) = sent["attachments"]
    assert (file["filename"], file["content_type"]) == ("état.html", "text/html")
    assert b64decode(file["content"]) == b"<p>a file</p>"


async def test_files_that_nylas_would_not_take_are_refused_in_words(service: Nylas, post: NylasPost) -> None:
    with pytest.raises(Refused, match="about 2 MB"):
        await post.send(with_files(bytes(1_500_000), bytes(1_500_000)), ANN, "key")
    assert service.sent == []


async def test_it_answers_the_newest_mail_that_the_mailbox_has(service: Nylas, post: NylasPost, ticket: Ticket) -> None:
    for number, message_id in enumerate(THREAD):
        (mail,) = service.deliver(b"Subject: x\r\n\r\n")
        await came(service, ticket, mail.id, message_id, at_ms=number)
    await post.send(acknowledgement(ticket, *THREAD).content, ANN, "1")
    newest = service.mails.pop()
    await post.send(acknowledgement(ticket, *THREAD).content, ANN, "2")
    assert [sent.get("reply_to_message_id") for sent in service.sent] == [newest.id, None]
    assert "References" not in headers(service.sent[0])
    assert headers(service.sent[1])["In-Reply-To"] == THREAD[-1]


async def came(service: Nylas, ticket: Ticket, key: str, message_id: str, at_ms: int) -> None:
    place = {"mailbox": Grant.of(service.url).name, "epoch": "", "key": key}
    row = SeenMail(
        id=somebody().world.new_id(), **place, message_id=message_id, verdict=Verdict.NEW, size=1, at_ms=at_ms
    )
    row.ticket_id = ticket.id
    await row.save(force_create=True)


async def test_microsoft_is_given_no_header_that_it_refuses(service: Nylas, post: NylasPost, ticket: Ticket) -> None:
    service.provider = "microsoft"
    await post.send(acknowledgement(ticket, *THREAD).content, ANN, "key")
    assert headers(service.sent[0]).keys() == {"X-Auto-Response-Suppress", "X-Guichet-Ticket"}


async def test_one_key_sends_once_and_another_again(service: Nylas, post: NylasPost) -> None:
    first = await post.send(PLAIN, ANN, "1")
    assert await post.send(PLAIN, ANN, "1") == first
    assert await post.send(PLAIN, ANN, "2") != first
    assert [sent["key"] for sent in service.sent] == ["1", "2"]


async def test_the_outbox_knows_a_mail_by_the_id_that_it_went_out_under(
    service: Nylas, post: NylasPost, ticket: Ticket
) -> None:
    """Whoever answers names that one."""
    await queued(somebody(), ticket)
    (mail,) = await OutgoingMail.all()
    assert await deliver(somebody(), post, mail.id) == (State.SENT, None)
    (sent,) = service.sent
    assert (await OutgoingMail.get()).mail_id == sent["message_id"] != mail.mail_id


@unit_of_work
async def queued(work: Work, caller: Caller, ticket: Ticket) -> None:
    await work.hold_time()
    await queue(work, acknowledgement(ticket), ticket, [ANN.recipient])


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("fault", [CUT_LATE, CUT, refusal(504, "provider_error", "Provider request timed out.")])
async def test_what_broke_while_it_was_sent_is_settled_with_the_same_key(
    service: Nylas, post: NylasPost, fault: str | Response
) -> None:
    service.fail(fault, on="/send")
    receipt = await post.send(PLAIN, ANN, "key")
    (sent,) = service.sent
    assert receipt.mail_id == sent["message_id"]


async def test_a_try_that_is_not_over_is_waited_for(service: Nylas, post: NylasPost) -> None:
    for _ in range(3):
        service.fail(refusal(409, "api.concurrent_idempotent_request", "currently in progress"), on="/send")
    assert (await post.send(PLAIN, ANN, "key")).mail_id == service.sent[0]["message_id"]


@pytest.mark.usefixtures("hurried")
async def test_what_is_never_known_is_uncertain(service: Nylas, post: NylasPost) -> None:
    service.going.add("key")
    with pytest.raises(Uncertain, match="concurrent_idempotent_request"):
        await post.send(PLAIN, ANN, "key")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "then",
    [
        refusal(429, "rate_limit_error", "Too many requests."),
        refusal(401, "unauthorized", "Unauthorized"),
        refusal(503, "service_unavailable", "Service Unavailable"),
        CUT,
    ],
)
async def test_what_is_refused_for_now_says_nothing_of_the_try_before(
    service: Nylas, post: NylasPost, then: str | Response
) -> None:
    """It went out, and the answer was lost."""
    service.fail(CUT_LATE, on="/send")
    for _ in range(1_000):
        service.fail(then, on="/send")
    with pytest.raises(Uncertain):
        await post.send(PLAIN, ANN, "key")
    assert len(service.sent) == 1


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "invalid_request_error", Refused),
        (402, "message_rejected", Refused),
        (409, "api.invalid_idempotent_request", Refused),
        (413, "too_large", Refused),
        (401, "unauthorized", Closed),
        (403, "forbidden", Closed),
        (429, "rate_limit_error", Later),
        (503, "service_unavailable", Later),
    ],
)
async def test_an_answer_is_an_answer(
    service: Nylas, post: NylasPost, status: int, kind: str, expected: type[NotSent]
) -> None:
    service.fail(refusal(status, kind, "no", provider="never", retry_after="77"), on="/send")
    with pytest.raises(expected, match=f"{status} {kind}: no: never") as told:
        await post.send(PLAIN, ANN, "key")
    assert type(told.value) is expected
    assert getattr(told.value, "after_s", 77) == 77
    assert service.sent == []


async def test_another_letter_under_the_same_key_is_refused(service: Nylas, post: NylasPost) -> None:
    await post.send(PLAIN, ANN, "key")
    with pytest.raises(Refused, match="invalid_idempotent_request"):
        await post.send(PLAIN.replace(b"Hello", b"Goodbye"), ANN, "key")
    assert len(service.sent) == 1


@pytest.mark.parametrize("fault", [CUT, MUTE, Response(b"<html>"), refusal(500, "server_error", "no")])
async def test_what_breaks_before_the_letter_is_sent_is_no_doubt(
    service: Nylas, post: NylasPost, fault: str | Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.fail(fault)
    with monkeypatch.context() as hurried:
        hurried.setattr(nylas, "READ_S", 1.0 if fault == MUTE else nylas.READ_S)
        with pytest.raises(Later):
            await post.send(PLAIN, ANN, "key")
    assert (await post.send(PLAIN, ANN, "key")).mail_id


@pytest.mark.usefixtures("hurried")
async def test_who_cannot_be_reached_took_nothing() -> None:
    post = NylasPost(Grant("a", "b", f"http://127.0.0.1:{free_port()}"))
    post._provider = "google"
    with pytest.raises(Later) as told:
        await post.send(PLAIN, ANN, "key")
    assert not isinstance(told.value, Closed)


async def test_a_receipt_that_cannot_be_read_is_one(service: Nylas, post: NylasPost) -> None:
    service.fail(JSONResponse({"data": {"headers": None}}), on="/send")
    assert await post.send(PLAIN, ANN, "key") == Receipt("200 taken by Nylas")


async def test_the_settings_are_tried_without_sending_anything(service: Nylas, post: NylasPost) -> None:
    assert await post.check() == "lets the desk in, to the google mailbox of desk@desk.example"
    service.valid = False
    with pytest.raises(Closed, match="expired: sign in"):
        await post.check()
    with pytest.raises(Closed, match="401 unauthorized"):
        await post.send(PLAIN, ANN, "key")
    service.api_key, key = "another", service.api_key
    with pytest.raises(Closed, match="401 unauthorized"):
        await post.check()
    service.api_key, service.grant_id = key, "another"
    with pytest.raises(Closed, match="does not know"):
        await post.check()
    assert service.sent == []
    assert await post.was_sent("<a@b>") is None
    assert post.name != Grant.of(service.url).name
    assert service.api_key not in repr(vars(post))
