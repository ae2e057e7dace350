"""HTML of strangers: nothing of it acts in the page or calls home, and its text can be read."""

from __future__ import annotations

import pytest

from desk.mail.bounds import MailBounds
from tests.mail.written import BOUNDS, multipart, read, written


def html(source: str, bounds: MailBounds = BOUNDS) -> str:
    return read(written(content_type="text/html; charset=utf-8", body=source), bounds).html or ""


@pytest.mark.parametrize(
    "source",
    [
        '<img src="https://track.example/p.gif">',
        '<img src="//track.example/p.gif">',
        '<img src="data:image/svg+xml;base64,track.example">',
        '<img srcset="https://track.example/p.gif 2x" src=x>',
        '<a href="javascript:fetch(`https://track.example`)">x</a>',
        '<a href="/track.example">x</a><a href="track.example">y</a><a href="//track.example">z</a>',
        '<a href="cid:track.example">x</a>',
        '<p style="background:url(https://track.example/p.gif)">x</p>',
        "<style>@import 'https://track.example/x.css'</style>",
        '<link rel="stylesheet" href="https://track.example/x.css">',
        '<table background="https://track.example/p.gif"><tr><td>x</td></tr></table>',
        '<svg><image href="https://track.example/p.gif"/></svg>',
        '<video poster="https://track.example/p.gif" src="https://track.example/v"></video>',
        '<iframe src="https://track.example"></iframe><object data="https://track.example"></object>',
        '<form action="https://track.example"><input type="image" src="https://track.example/p"></form>',
        '<meta http-equiv="refresh" content="0;https://track.example">',
        '<base href="https://track.example">',
        '<p onclick="track.example()">x</p>',
        "<script>track.example</script><title>track.example</title>",
        "<math><mi//xlink:href=\"data:x,<script>track.example</script>\">",
    ],
)  # fmt: skip
def test_nothing_calls_home_or_acts(source: str) -> None:
    assert "track.example" not in html(f"<p>Hello.</p>{source}")


def test_what_is_harmless_stays() -> None:
    source = '<p>See <a href="https://x.example/">there</a> or <a href="mailto:a@x.example">ask</a>.</p>'
    assert html(source) == source.replace('">', '" rel="noopener noreferrer">')
    assert html('<img src="cid:pic@x" alt="A">').replace(" ", "") == '<imgsrc="cid:pic@x"alt="A">'


def test_the_text_is_made_of_the_html_where_there_is_no_other() -> None:
    source = "<p>The lift<br>stops.</p><ul><li>car 1</li></ul><script>x</script>"
    assert read(written(content_type="text/html", body=source)).text == "The lift\nstops.\n\n  * car 1"
    both = ("Content-Type: text/plain\r\n\r\nPlain.", f"Content-Type: text/html\r\n\r\n{source}")
    mail = read(multipart(*both, kind="alternative"))
    assert (mail.text, mail.parts) == ("Plain.", ())
    assert mail.html is not None
    mail = read(multipart("Content-Type: text/plain\r\n\r\n  \r\n", both[1], kind="alternative"))
    assert (mail.text, mail.parts) == ("The lift\nstops.\n\n  * car 1", ())


DEEP = "<div>" * 101 + "Deep &amp; down.<br>There." + "</div>" * 101
GROWS = "".join(f"<p><b id={n}>x</p>" for n in range(1_000))
LONG = "<p>" + "x" * 600_000 + "</p>"


@pytest.mark.parametrize(
    ("source", "text", "reason"),
    [
        (DEEP, "Deep & down.\nThere.", "Its HTML is nested deeper than 100 levels."),
        (LONG, "x" * 600_000, "Its HTML is longer than 524288 bytes."),
        (GROWS, "x\n\n" * 999 + "x", "Its HTML is longer than 1048576 bytes when all is closed."),
    ],
)
def test_html_past_its_bounds_is_an_attachment(source: str, text: str, reason: str) -> None:
    mail = read(written(content_type="text/html", body=source))
    assert (mail.html, mail.text, mail.unparsed) == (None, text, reason)
    [part] = mail.parts
    assert (part.filename, part.content_type, part.data) == ("message.html", "text/html", source.encode())


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 100 + "x" + "</div>" * 100,
        "<p>x" * 5_000,
        "<ul>" + "<li>x" * 5_000 + "</ul>",
        "<table>" + "<tr><td>x<td>y" * 1_000 + "</table>",
        "<br>x" * 5_000,
        "<div>x</div>" * 5_000,
        "x</div>" * 5_000,
    ],
)
def test_what_only_looks_deep_is_read(source: str) -> None:
    mail = read(written(content_type="text/html", body=source))
    assert mail.unparsed is None
    assert mail.text.count("x") == source.count("x")


def test_tags_are_left_out_of_a_text_without_gluing_its_words() -> None:
    source = "<title>T</title><div>a<br>b</div><p>c &lt; d</p><style>p{}</style>1 < 2"
    mail = read(written(content_type="text/html", body=source), MailBounds(html_bytes=1))
    assert mail.text.split() == ["a", "b", "c", "<", "d", "1", "<", "2"]
