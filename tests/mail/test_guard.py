"""What a mail is shows in its header; the signs stand in an order."""

from __future__ import annotations

import pytest

from desk.mail.guard import Kind, judge, originator
from tests.mail.written import OWN, TOKENS, multipart, read, written

SIGNS = {
    "Auto-Submitted: auto-replied": Kind.AUTO_REPLIED,
    "Auto-Submitted: Auto-Replied; owner=x": Kind.AUTO_REPLIED,
    "Auto-Submitted: auto-replied(vacation)": Kind.AUTO_REPLIED,
    "X-Autoreply: yes": Kind.AUTO_REPLIED,
    "X-Auto-Response-Suppress: All\r\nIn-Reply-To: <a@b>": Kind.AUTO_REPLIED,
    "Auto-Submitted: auto-generated": Kind.AUTO_GENERATED,
    "Auto-Submitted: something-new": Kind.AUTO_GENERATED,
    "Auto-Submitted: auto-generated\r\nPrecedence: bulk": Kind.AUTO_GENERATED,
    "Auto-Submitted: no\r\nPrecedence: Bulk": Kind.BULK,
    "Precedence: list": Kind.BULK,
    "List-Id: <staff.lists.example>": Kind.BULK,
    "List-Unsubscribe: <mailto:x@y>": Kind.BULK,
    "Return-Path: <>": Kind.BULK,
    "X-Auto-Response-Suppress: DR, OOF": Kind.BULK,
    "X-Loop: x": Kind.BULK,
    "X-Guichet-Ticket: 1042": Kind.BULK,
    f"X-Guichet-Ticket: {TOKENS.ticket_header(1042)}": Kind.OWN,
    f"Message-ID: {TOKENS.message_id('0198c0de0009', 7)}": Kind.OWN,
    "Message-ID: <0198c0de0009.7.aaaaaaaaaaaaaaaa@desk.example>": Kind.PERSONAL,
    "Sender: Desk <SUPPORT@desk.example>": Kind.OWN,
    "Return-Path: <desk@desk.example>": Kind.OWN,
    f"Return-Path: <{TOKENS.reply_address(7)}>": Kind.OWN,
    "Auto-Submitted: no": Kind.PERSONAL,
    "Precedence: first-class": Kind.PERSONAL,
    "X-Auto-Response-Suppress: DR": Kind.PERSONAL,
    "Return-Path: <ann@customer.example>": Kind.PERSONAL,
}


@pytest.mark.parametrize("fields", SIGNS)
def test_a_mail_is_what_its_first_sign_says(fields: str) -> None:
    assert judge(read(written(fields)), OWN, TOKENS).kind is SIGNS[fields]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("noreply@shop.example", Kind.BULK),
        ("no-reply@shop.example", Kind.BULK),
        ("orders.donotreply@shop.example", Kind.BULK),
        ("no_reply+7@shop.example", Kind.BULK),
        ("postmaster@shop.example", Kind.BULK),
        ("noreplyson@shop.example", Kind.PERSONAL),
        ("inoreply@shop.example", Kind.PERSONAL),
        ("desk@desk.example", Kind.OWN),
        ("Desk@DESK.example", Kind.OWN),
    ],
)
def test_some_addresses_want_no_answer(address: str, kind: Kind) -> None:
    mail = read(written().replace(b"ann@customer.example", address.encode()))
    assert judge(mail, OWN, TOKENS).kind is kind


def test_a_bounce_without_a_report_is_known_by_the_message_of_ours_that_it_names() -> None:
    ours = TOKENS.message_id("0198c0de0009", 7)
    verdict = judge(read(written("Return-Path: <>", body=f"Not delivered:\n> Message-ID: {ours}\n")), OWN, TOKENS)
    assert (verdict.kind, verdict.ticket_number) == (Kind.RETURNED, 7)
    forged = ours.replace(".7.", ".8.")
    verdict = judge(read(written("Return-Path: <>", body=f"Not delivered: {forged}")), OWN, TOKENS)
    assert (verdict.kind, verdict.ticket_number) == (Kind.BULK, None)
    quoted = judge(read(written(body=f"I got {ours} twice.")), OWN, TOKENS)
    assert quoted.kind is Kind.PERSONAL


def reported(kind: str, part: str) -> bytes:
    original = "Content-Type: message/rfc822\r\n\r\nMessage-ID: <o@desk.example>\r\nSubject: x\r\n\r\nHello"
    told = f"Content-Type: message/{kind}\r\n\r\n{part}"
    return multipart("Content-Type: text/plain\r\n\r\nSorry.", told, original, kind=f"report; report-type={kind}")


@pytest.mark.parametrize(
    ("part", "message_id"),
    [
        ("Original-Message-ID: <r@desk.example>\r\nDisposition: manual-action/MDN-sent-manually; displayed", "r"),
        ("Final-Recipient: rfc822; ann@customer.example", "o"),
    ],
)
def test_a_read_receipt_names_its_message(part: str, message_id: str) -> None:
    mail = read(reported("disposition-notification", part))
    assert judge(mail, OWN, TOKENS).kind is Kind.RECEIPT
    assert mail.report is not None
    assert (mail.report.message_id, mail.report.outcomes) == (f"<{message_id}@desk.example>", ())
    assert (mail.text, mail.parts) == ("Sorry.", ())


def test_a_complaint_is_a_receipt_and_many_recipients_are_many_outcomes() -> None:
    complaint = read(reported("feedback-report", "Feedback-Type: abuse"))
    assert judge(complaint, OWN, TOKENS).kind is Kind.RECEIPT
    each = "\r\n\r\n".join(
        f"Final-Recipient: rfc822; u{n}@x.example\r\nAction: Failed\r\nStatus: 5.0.0" for n in range(3)
    )
    report = read(reported("delivery-status", f"Reporting-MTA: dns; mx\r\n\r\n{each}")).report
    assert report is not None
    assert [(outcome.recipient, outcome.action) for outcome in report.outcomes] == [
        (f"u{n}@x.example", "failed") for n in range(3)
    ]


def test_a_report_without_its_report_is_a_mail_like_others() -> None:
    mail = read(multipart("Content-Type: text/plain\r\n\r\nSorry.", kind="report; report-type=delivery-status"))
    assert (mail.report, mail.text) == (None, "Sorry.")


def test_the_originator_is_the_envelope_before_from() -> None:
    assert originator(read(written("Return-Path: <bounces@customer.example>"))) == "bounces@customer.example"
    assert originator(read(written("Return-Path: <>"))) == "ann@customer.example"
    assert originator(read(written().replace(b"ann@", b"Ann@"))) == "Ann@customer.example"
    assert originator(read(b"Subject: x\r\n\r\nHello")) is None
