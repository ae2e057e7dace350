"""Each example mail is read as expected.json says."""

from __future__ import annotations

from typing import Any

import pytest

from desk.mail.guard import Kind, judge
from desk.mail.mail import Outcome
from tests.mail.written import FILES, OWN, TOKENS, WORLD, raw, read

AUTHENTICATED = {"authserv_id": WORLD["trusted_authserv_id"]}
IGNORED = {Kind.OWN, Kind.BOUNCE, Kind.AUTO_REPLIED}


@pytest.mark.parametrize("name", FILES)
def test_a_fixture_is_read_as_expected(name: str) -> None:
    expected, mail = FILES[name], read(raw(name), **AUTHENTICATED)
    assert mail.sender is not None
    seen: dict[str, Any] = {
        "subject": mail.subject,
        "from": mail.sender.address,
        "from_name": mail.sender.name,
        "cc": [each.address for each in mail.cc],
        "attachments": len(mail.parts),
        "inline": sum(part.inline for part in mail.parts),
        "filenames": [part.filename for part in mail.parts],
        "text": mail.shown,
    }
    if "text_compare" in expected or expected["text"] is None:
        del seen["text"]
    assert seen == seen | {field: expected[field] for field in seen.keys() & expected.keys()}
    if "text_compare" in expected:
        assert mail.shown.split() == expected["text"].split()
    assert [never for never in expected.get("html_never", []) if never in (mail.html or "")] == []
    assert mail.unparsed is None


@pytest.mark.parametrize("name", FILES)
def test_the_guard_sees_what_a_fixture_is(name: str) -> None:
    expected = FILES[name]
    kind = judge(read(raw(name)), OWN, TOKENS).kind
    if "automatic" in expected:
        assert kind.automatic is expected["automatic"]
    if expected["acknowledge"]:
        assert kind.acknowledged
    match expected["outcome"]:
        case "new":
            assert kind.opens
            assert kind.acknowledged is expected["acknowledge"]
        case "joins":
            assert kind.joins
        case "bounce":
            assert kind is Kind.BOUNCE
        case _ if "after" not in expected:  # else it is ignored as a duplicate, which the fingerprint tells
            assert kind in IGNORED


@pytest.mark.parametrize("name", ["17-dsn-failed.eml", "18-dsn-delayed.eml", "19-dsn-backscatter.eml"])
def test_a_delivery_report_names_its_message_and_what_became_of_it(name: str) -> None:
    expected, report = FILES[name], read(raw(name)).report
    assert report is not None
    assert report.message_id == expected["message_id"]
    [outcome] = report.outcomes
    failed = expected["delivery"] == "FAILED" or expected["outcome"] == "ignored"
    assert (outcome.recipient, outcome.status) == (expected["recipient"], expected["status"])
    assert outcome.action == ("failed" if failed else "delayed")


def test_a_delivery_report_has_the_words_of_the_server() -> None:
    report = read(raw("17-dsn-failed.eml")).report
    assert report is not None
    assert report.outcomes == (Outcome("ann@customer.example", "failed", "5.1.1", "550 5.1.1 no such mailbox"),)


def test_delivered_again_is_the_same_mail_and_other_content_another() -> None:
    first, again, other, *_ = (read(raw(name)).fingerprint for name in FILES)
    assert first == again
    assert other != first
    assert len({read(raw(name)).fingerprint for name in FILES}) == len(FILES) - 1


def test_line_ends_and_encodings_of_the_way_make_no_other_mail() -> None:
    first = read(raw("01-new-plain.eml")).fingerprint
    assert read(raw("01-new-plain.eml").replace(b"\r\n", b"\n")).fingerprint == first
    assert read(raw("01-new-plain.eml") + b"\r\n").fingerprint == first
    quoted = raw("01-new-plain.eml").replace(b"8bit", b"quoted-printable").replace(b"dark since", b"dark =\r\nsince")
    assert read(quoted).fingerprint == first
    assert read(raw("01-new-plain.eml").replace(b"north", b"south")).fingerprint != first


def test_the_same_scan_sent_twice_is_two_mails() -> None:
    scan = raw("04-no-message-id.eml")
    assert read(scan, arrived_at_ms=1).fingerprint == read(scan, arrived_at_ms=1).fingerprint
    assert read(scan, arrived_at_ms=1).fingerprint != read(scan, arrived_at_ms=2).fingerprint
    dated = b"Date: Tue, 03 Mar 2026 10:00:00 +0100\r\n" + scan
    assert read(dated, arrived_at_ms=1).fingerprint == read(dated, arrived_at_ms=2).fingerprint
    named = raw("01-new-plain.eml")
    assert read(named, arrived_at_ms=1).fingerprint == read(named, arrived_at_ms=2).fingerprint


def test_the_ticket_of_the_world_is_signed_as_we_sign() -> None:
    ticket = WORLD["ticket"]
    assert TOKENS.reply_address(ticket["number"]) == ticket["reply_address"]
    assert [TOKENS.message_id(sent[1:13], ticket["number"]) for sent in ticket["sent"]] == ticket["sent"]
