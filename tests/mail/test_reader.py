"""Mails are read in a process of their own: a bomb costs its time and no more, and the next mail is read."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psutil
import pytest

from desk.mail.bounds import MailBounds
from desk.mail.parse import HTML_TOO_LONG
from desk.mail.reader import TOO_LONG, Reader
from tests.mail.written import BOUNDS, FILES, multipart, raw, read, written
from tests.support.desk import GUARD_S

PAGE = "text/html; charset=utf-8"


def levels(count: int) -> bytes:
    opened = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(count))
    return written(content_type="multipart/mixed; boundary=b0", body=opened)


def messages(count: int) -> bytes:
    return written(body="Content-Type: message/rfc822\r\n\r\n" * count, content_type="message/rfc822")


BOMBS: dict[str, Callable[[], bytes]] = {
    "900 levels": lambda: levels(900),
    "3,000 levels": lambda: levels(3_000),
    "3,000 messages": lambda: messages(3_000),
    "100,000 parts": lambda: multipart(*[""] * 100_000),
    "a field of 1 MB": lambda: written(X="x" * 1_000_000),
    "a header of 1 MB": lambda: written(*["X: x"] * 200_000),
    "20,000 recipients": lambda: written(f"Cc: {', '.join(f'u{n}@x.example' for n in range(20_000))}"),
    "20,000 encoded words": lambda: written("Cc: " + "=?utf-8?q?=41?= " * 20_000),
    "200,000 divisions": lambda: written(content_type=PAGE, body="<div>" * 200_000),
    "formats that multiply": lambda: written(
        content_type=PAGE, body="".join(f"<p><b id={n}></p>" for n in range(25_000))
    ),
    "a tall cell beside wide ones": lambda: written(
        content_type=PAGE, body="<table><tr><td>" + "a<br>" * 40_000 + "</td>" + "<td>b</td>" * 20_000
    ),
    "26 MB": lambda: written(body="x" * 26_000_000),
    "24 MB of lines": lambda: written(body="--\r\n" * 6_000_000, content_type="multipart/mixed; boundary=m"),
    "24 MB of HTML": lambda: written(content_type=PAGE, body="<p>x" * 6_000_000),
    "60 kB of On": lambda: written(body="On " * 20_000),
    "1 MB of wrote": lambda: written(body="On 1:00 a@b wrote:\r\n> x\r\nOn:\r\n" * 30_000),
    "50 kB of blanks": lambda: written(body=" " * 50_000 + "x"),
    "50,000 parameters": lambda: written(content_type="text/plain" + ";" * 50_000),
    "a field of dots": lambda: written("Cc: " + "a." * 30_000),
}


def workers() -> list[psutil.Process]:
    """The processes of this one that read mails."""
    return [child for child in psutil.Process().children() if "desk.mail.worker" in child.cmdline()]


@asynccontextmanager
async def reading(bounds: MailBounds = BOUNDS) -> AsyncIterator[Reader]:
    reader = Reader(bounds)
    try:
        yield reader
    finally:
        await reader.close()


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    async with reading() as reader:
        yield reader


async def test_it_reads_as_this_process_would(reader: Reader) -> None:
    for name in FILES:
        assert await reader.read(raw(name), arrived_at_ms=7) == read(raw(name), arrived_at_ms=7)


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_becomes_a_mail_and_the_next_is_read(reader: Reader, name: str) -> None:
    async with asyncio.timeout(GUARD_S):
        mail = await reader.read(BOMBS[name](), arrived_at_ms=1)
        assert (mail.sender is not None, mail.subject) == (True, "Lift")
        assert await reader.read(written(), arrived_at_ms=1) == read(written(), arrived_at_ms=1)


async def test_what_takes_too_long_is_read_by_its_header() -> None:
    async with reading(MailBounds(mail_seconds=0.05)) as reader:
        mail = await reader.read(written(body="x\r\n" * 6_000_000), arrived_at_ms=1)
        assert (mail.subject, mail.text, mail.unparsed) == ("Lift", "", TOO_LONG)
        assert workers() == []


async def test_html_that_takes_too_long_is_an_attachment_and_the_rest_is_read() -> None:
    async with reading(MailBounds(html_seconds=0.001)) as reader:
        page = "<p>x</p>" * 60_000
        mail = await reader.read(written(content_type=PAGE, body=page), arrived_at_ms=1)
        assert (mail.html, mail.unparsed) == (None, HTML_TOO_LONG)
        assert mail.text.split() == ["x"] * 60_000
        assert [(part.filename, part.data) for part in mail.parts] == [("message.html", page.encode())]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound the memory of a process")
async def test_html_that_takes_too_much_memory_is_an_attachment_and_the_rest_is_read() -> None:
    patient = MailBounds(worker_bytes=200_000_000, mail_seconds=2 * GUARD_S, html_seconds=2 * GUARD_S)
    async with asyncio.timeout(GUARD_S), reading(patient) as reader:
        mail = await reader.read(BOMBS["formats that multiply"](), arrived_at_ms=1)
        assert (mail.subject, mail.html, mail.unparsed) == ("Lift", None, HTML_TOO_LONG)
        assert await reader.read(written(), arrived_at_ms=1) == read(written(), arrived_at_ms=1)


async def test_mails_wait_their_turn(reader: Reader) -> None:
    mails = await asyncio.gather(*(reader.read(raw(name), arrived_at_ms=1) for name in FILES))
    assert mails == [read(raw(name), arrived_at_ms=1) for name in FILES]


async def test_a_process_that_was_killed_costs_no_mail(reader: Reader) -> None:
    assert await reader.read(written(), arrived_at_ms=1) == read(written(), arrived_at_ms=1)
    [process] = workers()
    process.kill()
    assert await reader.read(written(), arrived_at_ms=1) == read(written(), arrived_at_ms=1)
    assert process not in workers()


async def test_who_does_not_wait_leaves_no_answer_to_the_next(reader: Reader) -> None:
    assert await reader.read(written(), arrived_at_ms=1) == read(written(), arrived_at_ms=1)
    waiting = asyncio.create_task(reader.read(BOMBS["24 MB of HTML"](), arrived_at_ms=1))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await reader.read(written(), arrived_at_ms=1) == read(written(), arrived_at_ms=1)


async def test_it_starts_with_the_first_mail_and_ends_when_it_is_closed() -> None:
    async with reading() as reader:
        assert workers() == []
        await reader.read(written(), arrived_at_ms=1)
        assert len(workers()) == 1
    assert workers() == []


async def test_it_says_when_it_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    async with reading() as reader:
        with pytest.raises(OSError, match="does not start"):
            await reader.read(written(), arrived_at_ms=1)
