"""Every bound of a mail: at it all is read, past it what can be, and the mail says what was left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from desk.mail.bounds import MailBounds
from desk.mail.mail import Mail
from models.errors import BadUserInput
from tests.mail.written import multipart, read, written

PLAIN = "Content-Type: text/plain\r\n\r\nHello."
FILE = "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF"


def nested(levels: int) -> bytes:
    opened = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(1, levels))
    return written(content_type="multipart/mixed; boundary=b1", body=f"{opened}--b{levels}\r\n{PLAIN}")


def cc(count: int) -> bytes:
    return written(f"Cc: {', '.join(f'u{n}@x.example' for n in range(count))}")


BEFORE = len(written(X="").partition(b"\r\n\r\n")[0])
BOUNDS: dict[str, tuple[int, bytes, bytes, Callable[[Mail], Any], Any]] = {
    # bound: its value here, a mail at it, one past it, what is looked at, and what that is past it
    "mail_bytes": (200, written().ljust(200), written().ljust(201), lambda mail: mail.text, ""),
    "header_bytes": (
        200,
        written(X="x" * (198 - BEFORE)),
        written(X="x" * 300),
        lambda mail: len(mail.headers["x"][0]),
        200 - BEFORE,
    ),
    "field_bytes": (50, written(X=50 * "x"), written(X=51 * "x"), lambda mail: mail.headers["x"], ("x" * 50,)),
    "field_count": (4, written(X="1"), written(X="1", Y="2"), lambda mail: "y" in mail.headers, False),
    "levels": (3, nested(3), nested(4), lambda mail: mail.text.startswith("--b4"), True),
    "part_count": (2, multipart(PLAIN, FILE), multipart(PLAIN, FILE, FILE), lambda mail: len(mail.parts), 1),
    "attachment_count": (1, multipart(PLAIN, FILE), multipart(PLAIN, FILE, FILE), lambda mail: len(mail.parts), 1),
    "text_bytes": (8, written(body="ab ü üü"[:6]), written(body="ab ü üüü"), lambda mail: mail.text, "ab ü ü"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
def test_past_a_bound_a_mail_says_what_was_left_out(name: str) -> None:
    value, at, past, look, seen = BOUNDS[name]
    bounds = MailBounds(**{name: value})  # type: ignore[arg-type]
    assert read(at, bounds) == read(at)
    assert read(at, bounds).unparsed is None
    assert read(past).unparsed is None
    mail = read(past, bounds)
    assert mail.unparsed is not None
    assert str(value) in mail.unparsed
    assert look(mail) == seen


def test_a_header_may_be_cut_anywhere() -> None:
    raw = written(X="x" * 50, Long_Name="y" * 50)
    for most in range(BEFORE, BEFORE + 120):
        assert read(raw, MailBounds(header_bytes=most)).text == "Hello."


def test_what_was_left_out_is_said_once() -> None:
    deep = "Content-Type: multipart/mixed; boundary=n\r\n\r\nx"
    mail = read(multipart(deep, deep, deep), MailBounds(levels=1))
    assert mail.unparsed == "It is nested deeper than 1 levels: what is below was not taken apart."


def test_html_past_its_bounds_is_tested_with_html() -> None:
    page = written(content_type="text/html", body="<p><b>x</b></p>")
    assert read(page, MailBounds(html_bytes=15, html_levels=2)) == read(page)
    for bounds in (MailBounds(html_bytes=14), MailBounds(html_levels=1)):
        assert read(page, bounds).html is None
        assert read(page, bounds).unparsed is not None


def test_people_and_references_past_their_bounds_are_left_out_in_silence() -> None:
    assert len(read(cc(60)).cc) == MailBounds.participant_count - 1
    assert len(read(cc(60)).recipients) == 61
    assert len(read(cc(2_000)).recipients) == MailBounds.recipient_count
    assert len(read(cc(5), MailBounds(participant_count=3)).cc) == 2
    assert read(written("References: <a@x> <b@x>"), MailBounds(reference_count=1)).references == ("<b@x>",)


def test_parameters_past_their_bound_are_left_out_in_silence() -> None:
    name = f'application/pdf; x="{"y" * 100}"; name=a.pdf'
    assert read(written(content_type=name)).parts[0].filename == "a.pdf"
    assert read(written(content_type=name), MailBounds(parameters_bytes=50)).parts[0].filename == "part-1.bin"


def test_of_a_larger_mail_the_header_is_enough() -> None:
    header = written().partition(b"\r\n\r\n")[0]
    mail = read(header, size=30_000_000)
    assert (mail.subject, mail.text, mail.size) == ("Lift", "", 30_000_000)
    assert mail.unparsed == "It is larger than 25000000 bytes: only its header was read."
    assert read(written()).size == len(written())


@pytest.mark.parametrize("name", [field.name for field in fields(MailBounds)])
def test_a_bound_is_above_zero(name: str) -> None:
    with pytest.raises(BadUserInput):
        MailBounds(**{name: 0})  # type: ignore[arg-type]


def test_every_bound_is_tested_here_or_where_it_belongs() -> None:
    elsewhere = {
        "mail_seconds",
        "html_seconds",
        "worker_bytes",
        "quote_lines",
        "quote_chars",
    }  # test_reader, test_quotes
    together = {"html_bytes", "html_levels", "reference_count", "participant_count", "recipient_count"}
    assert BOUNDS.keys() | elsewhere | together | {"parameters_bytes"} == {field.name for field in fields(MailBounds)}
