"""Whatever comes as a mail is read without an exception, in a bounded time, into what can be stored."""

from __future__ import annotations

import time

from hypothesis import example, given
from hypothesis import strategies as st

from desk.mail.bounds import MailBounds
from desk.mail.heading import Context
from desk.mail.mail import Mail
from desk.mail.parse import parse
from models.bounds import NAME_CHARS, storable
from tests.fuzz.drawn import CASES
from tests.mail.written import FIXTURES
from tests.models.drawn import promise

ORIGINALS = [file.read_bytes() for file in sorted(FIXTURES.glob("*.eml"))]
CONTEXT = Context(MailBounds(), authserv_id="mx.desk.example")
GUARD_S = 20
"""Ten times what the slowest ever took, on a busy machine: hanging, not slowness, is looked for."""

PIECES = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"\0",
        b"\xff",
        b"\xc3",
        b"\xe2\x80\xae",
        b" ",
        b"\t",
        b";",
        b"=",
        b'"',
        b"--",
    ),
    *(b"<", b">", b"@", b"(", b")", b",", b":", b"?=", b"=?utf-8?q?", b"=?x?b?", b"=?idna?q?a?=", b"[", b"\\"),
    *(
        b"Content-Type: ",
        b"multipart/mixed; boundary=",
        b'boundary="m"',
        b"--m\r\n",
        b"--m--\r\n",
        b"--a\r\n",
        b"--rep\r\n",
    ),
    *(b"text/html", b"text/plain", b"message/rfc822", b"message/delivery-status", b"multipart/report", b"charset="),
    *(b"utf-16", b"utf-7", b"unicode_escape", b"hex", b"name*0*=", b"name*=x''%", b"base64", b"quoted-printable"),
    *(b"<div>", b"<table><td>", b"</p>", b"<b id=1>", b"<!--", b"<![CDATA[", b"<script>", b"&#x110000;", b"<img src="),
    *(b"On 1:00 a@b wrote:\r\n", b"> ", b"From: a@b\r\nDate: x\r\n", b"-----Original Message-----\r\n"),
]
"""What a mutation puts in: the characters and words that mean something in a mail."""
places = st.floats(0, 1, exclude_max=True)
mutations = st.tuples(places, st.integers(0, 40), st.sampled_from(PIECES) | st.binary(max_size=8), st.integers(1, 3))


def mutant(original: bytes, changes: list[tuple[float, int, bytes, int]]) -> bytes:
    """The mail with bytes cut out at these places and others put in."""
    for place, cut, piece, times in changes:
        at = int(place * (len(original) + 1))
        original = original[:at] + piece * times + original[at + cut :]
    return original


def texts(mail: Mail) -> list[str]:
    """Every string in a mail."""
    people = [*mail.to, *mail.cc, *mail.reply_to, *([mail.sender] if mail.sender else [])]
    outcomes = mail.report.outcomes if mail.report else ()
    return [
        *(mail.message_id or "", *mail.references, *mail.recipients, mail.return_path or "", mail.unparsed or ""),
        *(mail.subject, mail.text, mail.shown, mail.html or ""),
        *(text for each in people for text in (each.address, each.name, each.as_written)),
        *(text for part in mail.parts for text in (part.filename, part.content_type, part.content_id or "")),
        *(text for name, values in mail.headers.items() for text in (name, *values)),
        *(text for each in outcomes for text in (each.recipient, each.action, each.status or "", each.diagnostic)),
    ]


def check(raw: bytes) -> Mail:
    begun = time.monotonic()
    mail = parse(raw, CONTEXT)
    assert time.monotonic() - begun < GUARD_S
    assert [text for text in texts(mail) if not storable(text)] == []
    assert "\n" not in mail.subject
    assert all(len(each.name) <= NAME_CHARS and each.address.count("@") == 1 for each in (*mail.to, *mail.cc))
    assert all(part.filename and "/" not in part.filename and len(part.filename.encode()) <= 150 for part in mail.parts)
    assert "It cannot be read" not in (mail.unparsed or "")  # an exception that was not foreseen
    assert parse(raw, CONTEXT) == mail
    return mail


@given(raw=st.binary(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
@example(raw=b"")
@promise(CASES, rounds=1)
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    check(raw)


@given(original=st.sampled_from(ORIGINALS), changes=st.lists(mutations, min_size=1, max_size=12))
@promise(CASES, rounds=1)
def test_any_mutant_of_a_mail_is_a_mail(original: bytes, changes: list[tuple[float, int, bytes, int]]) -> None:
    check(mutant(original, changes))
