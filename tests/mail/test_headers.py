"""Headers as they come: what the standard library's strict parser raises for is read as far as it goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from desk.mail.mail import Address, Authentication
from models.bounds import NAME_CHARS
from tests.mail.written import BOUNDS, read, written

BROKEN = [
    "Message-ID: <>",
    "Message-ID: <",
    "Message-ID: <[x]@y>",
    "Message-ID: <x@[y>",
    "From: foo@",
    "From: Apple <",
    'From: "',
    "To: me@[example.net",
    "To: Undisclosed recipients:; \udcff\udcfe",
    "From: .ikel Smith <a@b.c>",
    "From: Name.<a@b.c>",
    "From: =?utf-8?q?=0A?= <a@b.c>",
    f"From: {'(' * 5_000}",
    f"References: {'<' * 5_000}",
    f"Content-Type: text/plain{';' * 5_000}",
    "Content-Type: /",
    "Content-Type: multipart/mixed",
    "Content-Type: multipart/mixed; boundary=\udcff",
    "Content-Disposition: attachment; filename*=x'y'%zz",
    "Content-Transfer-Encoding: x-uuencode",
    "Date: Mon, 31 Feb 0000 99:99:99 +9999",
    "Authentication-Results: ;;;===",
]


@pytest.mark.parametrize("field", BROKEN)
def test_a_broken_field_costs_itself_alone(field: str) -> None:
    name = field.partition(":")[0]
    mail = read(written(field).replace(f"{name}: ann".encode(), b"X: ann") if name == "From" else written(field))
    assert mail.subject == "Lift"
    assert mail.unparsed is None
    if not field.startswith("Content-"):
        assert mail.text == "Hello."


@pytest.mark.parametrize("field", ["From: .ikel Smith <a@b.c>", "From: Name.<a@b.c>", "From: =?utf-8?q?=0A?= <a@b.c>"])
def test_an_address_is_found_in_a_broken_field(field: str) -> None:
    sender = read(f"{field}\r\nSubject: x\r\n\r\nHello".encode()).sender
    assert sender is not None
    assert sender.address == "a@b.c"


NO_CHARSETS = ["x-unknown", "", "8bit", "unicode", "hex", "zlib", "idna", "punycode", "undefined", "unicode_escape"]


@pytest.mark.parametrize("charset", [*NO_CHARSETS, "us-ascii", "utf-8\0", '"utf-8', "x" * 5_000])
def test_a_charset_that_is_none_is_utf_8(charset: str) -> None:
    assert read(written(content_type=f"text/plain; charset={charset}", body="Türe")).text == "Türe"


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-gb2312", "打印机".encode("gb18030"), "打印机"),
        ("gb2312", "打印机镕".encode("gbk"), "打印机镕"),
        ("ks_c_5601-1987", "똠방".encode("cp949"), "똠방"),
        ("Shift_JIS", "①".encode("cp932"), "①"),
        ("iso-8859-1", b"\x80 5", "€ 5"),
        ("us-ascii", b"T\xfcre", "Türe"),
        ("'windows-1252'", b"T\xfcre", "Türe"),
        ("utf-8", b"T\xfcre", "T\N{REPLACEMENT CHARACTER}re"),
        ("big5", b"\xa4\xa4\xff", "中\N{REPLACEMENT CHARACTER}"),
        ("utf-7", b"a+AAA-b", "a\N{REPLACEMENT CHARACTER}b"),
        ("idna", b"xn--tre-hoa", "xn--tre-hoa"),
        ("punycode", b"Tre-hoa", "Tre-hoa"),
        ("unicode_escape", b"\\x41", "\\x41"),
        ("utf-8", b"a\x07b\x1bc\xc2\x85d", "abcd"),
    ],
)
def test_a_text_is_read_by_the_charset_that_is_meant(charset: str, body: bytes, text: str) -> None:
    assert read(written(content_type=f"text/plain; charset={charset}", body=body)).text == text


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        ("=?utf-8?q?T=C3=BCre?=", "Türe"),
        ("=?utf-8?q?T=C3?= =?utf-8?q?=BCre?=", "Türe"),
        ("=?utf-8?q?T=C3?=\r\n =?UTF-8?q?=BCre?=", "Türe"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=FC?=", "aü"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("Re: =?utf-8*de?b?VMO8cmU?= neu", "Re: Türe neu"),
        ("=?utf-8?b?VMO8cmU!?=", "Türe"),
        ("=?x-unknown?q?T=C3=BCre_neu?=", "Türe neu"),
        ("=?utf-8?x?a?= =?broken", "=?utf-8?x?a?= =?broken"),
        ("T\udcc3\udcbcre", "Türe"),
        ("T\udcfcre", "Türe"),
        ("a\tb\x07  c", "a b c"),
        ("=?utf-8?q?a=00b=0D=0ABcc:_x?=", "a\N{REPLACEMENT CHARACTER}b Bcc: x"),
        ("=?utf-8?q?evil=E2=80=AEtxt.exe?=", "evil txt.exe"),
    ],
)
def test_a_subject_is_one_line_of_text(field: str, subject: str) -> None:
    mail = read(b"From: a@b.c\r\nSubject: " + field.encode("utf-8", "surrogateescape") + b"\r\n\r\nHello")
    assert mail.subject == subject


def test_people_keep_their_names_and_capitals() -> None:
    to = [
        '"Beispiel, Ann" <Ann@Customer.Example>',
        "=?utf-8?q?J=C3=BCrg?= <j@x.example>",
        "Team: a@x.example, b@x.example;",
    ]
    others = ["Ann <ann@customer.example>", "Other <ANN@customer.example>", "not an address", "<@>", "a@b@c", '"a@b"@c']
    mail = read(written(f"To: {', '.join(to)}", f"Cc: {', '.join(others)}"))
    assert mail.to[1:] == (
        Address("ann@customer.example", "Beispiel, Ann", "Ann@Customer.Example"),
        Address("j@x.example", "Jürg", "j@x.example"),
        Address("a@x.example", "", "a@x.example"),
        Address("b@x.example", "", "b@x.example"),
    )
    assert mail.cc == (Address("ann@customer.example", "Ann", "ann@customer.example"),)
    assert read(written(f"Cc: {'x' * 300} <c@x>")).cc[0].name == "x" * NAME_CHARS


def test_the_sender_is_from_then_sender_then_the_envelope() -> None:
    def sender(*fields: str) -> str:
        found = read("\r\n".join([*fields, "Subject: x", "", "Hello"]).encode()).sender
        return found.address if found else ""

    assert sender("Return-Path: <c@x>", "Sender: b@x", "From: a@x") == "a@x"
    assert sender("Return-Path: <c@x>", "Sender: b@x", "From: nobody") == "b@x"
    assert sender("Return-Path: <c@x>") == "c@x"
    assert sender("Return-Path: <>") == ""


def test_it_came_to_everybody_who_is_named() -> None:
    mail = read(
        written("Delivered-To: Desk+7.x@desk.example", "X-Original-To: sales@desk.example", "Cc: bob@x.example")
    )
    assert mail.recipients == ("desk+7.x@desk.example", "sales@desk.example", "desk@desk.example", "bob@x.example")


@pytest.mark.parametrize(
    ("field", "return_path"),
    [("Return-Path: <>", ""), ("Return-Path: <Ann@X.example>", "ann@x.example"), ("X-None: 1", None)],
)
def test_the_envelope_is_told_from_none(field: str, return_path: str | None) -> None:
    assert read(written(field)).return_path == return_path


def test_references_are_newest_last_with_what_is_answered() -> None:
    assert read(written("References: <a@x> <b@x>\r\n <c@x>", "In-Reply-To: <b@x>")).references == (
        "<a@x>",
        "<c@x>",
        "<b@x>",
    )
    many = " ".join(f"<{n}@x>" for n in range(300))
    assert read(written(f"References: {many}", "In-Reply-To: your mail")).references == tuple(
        f"<{n}@x>" for n in range(300 - BOUNDS.reference_count, 300)
    )


@pytest.mark.parametrize(
    ("field", "date"),
    [
        ("Tue, 03 Mar 2026 10:00:00 +0100", datetime(2026, 3, 3, 9, tzinfo=UTC)),
        ("Tue, 03 Mar 2026 10:00:00", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("Tue, 03 Mar 2026 10:00:00 -0000", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("yesterday", None),
        ("Tue, 31 Feb 2026 99:00:00 +9900", None),
        ("Sat, 01 Jan 0000 00:00:00 +0000", datetime(2000, 1, 1, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:00:00 -2300", None),
    ],
)
def test_a_date_is_a_day_that_is_or_none(field: str, date: datetime | None) -> None:
    assert read(written(f"Date: {field}")).date == date


MX = "mx.desk.example"
RESULTS = "Authentication-Results: mx.desk.example; spf=pass; dkim=fail; dkim=pass; dkim=fail; dmarc=fail (p=none)"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ([RESULTS], Authentication("pass", "pass", "fail")),
        ([f"Authentication-Results: {MX} 1; none"], Authentication()),
        (["Authentication-Results: elsewhere.example; dmarc=pass", RESULTS], Authentication("pass", "pass", "fail")),
        ([RESULTS, f"Authentication-Results: {MX}; dmarc=pass"], Authentication("pass", "pass", "fail")),
        (["Authentication-Results: elsewhere.example; dmarc=pass"], Authentication()),
        ([f'Authentication-Results: {MX}; spf=fail (a; dmarc=pass) smtp.x="; dkim=pass;"'], Authentication(spf="fail")),
        ([f"Authentication-Results: {MX.upper()}; SPF=SoftFail; dmarc=temperror"], Authentication(spf="fail")),
        ([f"Authentication-Results: {MX}.evil.example; dmarc=pass"], Authentication()),
    ],
)
def test_only_our_own_server_is_believed(fields: list[str], found: Authentication) -> None:
    assert read(written(*fields), authserv_id=MX).authentication == found
    assert read(written(*fields)).authentication == Authentication()


@pytest.mark.parametrize("above", ["", "\r\n", "\r\n\r\n", "From ann Tue Mar  3\r\n", "junk\r\n\r\n", "\ufeff"])
def test_what_stands_above_the_header_is_skipped(above: str) -> None:
    mail = read(above.encode() + written())
    assert (mail.subject, mail.text) == ("Lift", "Hello.")


@pytest.mark.parametrize("body", ["Hello.", "Hello,\r\n\r\nsee http://x.example/", "\r\n\r\nHello."])
def test_what_has_no_header_is_a_text(body: str) -> None:
    mail = read(body.encode())
    assert (mail.sender, mail.subject, mail.text) == (None, "", body.strip().replace("\r\n", "\n"))


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_lines_may_end_in_any_way(end: bytes) -> None:
    mail = read(written(body="One.\r\n\r\nTwo.\r\n").replace(b"\r\n", end))
    assert (mail.subject, mail.text) == ("Lift", "One.\n\nTwo.")


def test_a_line_in_the_header_that_is_no_field_ends_it() -> None:
    mail = read(b"From: a@b.c\r\nSubject: x\r\nwhat is this\r\n\r\nHello")
    assert (mail.subject, mail.text) == ("x", "what is this\n\nHello")
