"""A mail is taken apart at its boundaries: what is its text, what are its files, what they are called."""

from __future__ import annotations

import pytest

from desk.mail.attachments import filename
from tests.mail.written import multipart, read, written

PLAIN = "Content-Type: text/plain\r\n\r\nHello."
PDF = 'Content-Type: application/pdf; name="a.pdf"\r\n\r\n%PDF'


def names(raw: bytes) -> list[str]:
    return [part.filename for part in read(raw).parts]


def test_the_first_text_is_the_text_and_the_others_are_files() -> None:
    log = 'Content-Type: text/plain; name="a.log"\r\n\r\nE17'
    attached = "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nE18"
    blank = "Content-Type: text/plain\r\n\r\n \r\n"
    mail = read(multipart(log, attached, PLAIN, PLAIN, blank, PDF))
    assert mail.text == "Hello."
    assert [(part.filename, part.data) for part in mail.parts] == [
        ("a.log", b"E17"),
        ("part-2.bin", b"E18"),
        ("part-4.bin", b"Hello."),
        ("a.pdf", b"%PDF"),
    ]
    assert read(multipart(log)).text == "E17"


def test_a_mail_may_be_one_file() -> None:
    mail = read(written(content_type='application/pdf; name="a.pdf"', body="%PDF"))
    assert (mail.text, mail.shown, mail.html) == ("", "", None)
    assert names(written(content_type='application/pdf; name="a.pdf"')) == ["a.pdf"]


def test_a_message_in_a_mail_is_one_file_not_opened() -> None:
    inner = multipart(PLAIN, PDF, boundary="inner").decode()
    mail = read(multipart(PLAIN, f"Content-Type: message/rfc822\r\n\r\n{inner}"))
    assert mail.text == "Hello."
    [part] = mail.parts
    assert (part.filename, part.content_type, part.data) == ("message.eml", "message/rfc822", inner.encode())


@pytest.mark.parametrize("encoding", ["base64", "BASE64 "])
def test_transfer_encodings_are_undone(encoding: str) -> None:
    part = f"Content-Type: application/pdf\r\nContent-Transfer-Encoding: {encoding}\r\n\r\nJVBE\r\nRi0="
    assert read(multipart(part)).parts[0].data == b"%PDF-"
    quoted = written(content_transfer_encoding="Quoted-Printable", body="T=C3=BC=\r\nre")
    assert read(quoted).text == "Türe"


def test_pictures_of_the_text_are_inline() -> None:
    html = 'Content-Type: text/html\r\n\r\n<img src="cid:a@x">'
    picture = "Content-Type: image/png; name=p.png\r\nContent-ID: <{}@x>\r\n\r\nx"
    shown = "Content-Type: image/png; name=p.png\r\nContent-Disposition: Inline; filename=i.png\r\n\r\nx"
    mail = read(multipart(html, picture.format("a"), picture.format("b"), shown, kind="related"))
    assert [(part.content_id, part.inline) for part in mail.parts] == [("a@x", True), ("b@x", False), (None, True)]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\a.pdf", "a.pdf"),
        ("a\x00b\x1b.pdf", "a b .pdf"),
        ("fdp.\u202eexe.pdf", "fdp. exe.pdf"),
        ("a\u200b.pdf", "a.pdf"),
        (".bashrc", "bashrc"),
        ("..", ""),
        ("/", ""),
        (" ", ""),
        ("x" * 200 + ".pdf", "x" * 146 + ".pdf"),
        ("ü" * 100 + ".pdf", "ü" * 73 + ".pdf"),
        ("x." + "y" * 200, "x." + "y" * 148),
    ],
)
def test_a_file_is_called_as_its_sender_says_but_goes_nowhere(written: str, name: str) -> None:
    assert filename(written) == name


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("attachment; filename=a.pdf", "a.pdf"),
        ('attachment; filename="=?utf-8?q?T=C3=BCr.pdf?="', "Tür.pdf"),
        ("attachment; filename*=utf-8''T%C3%BCr.pdf", "Tür.pdf"),
        ("attachment; filename*0*=utf-8''T%C3%BC; filename*1=r.pdf", "Tür.pdf"),
        ("attachment; filename*=x-unknown''T%C3%BCr.pdf", "TÃ¼r.pdf"),
        ('attachment; filename="T\udcc3\udcbcr.pdf"', "Tür.pdf"),
        ("attachment", "part-1.bin"),
        ('attachment; filename="///"', "part-1.bin"),
    ],
)
def test_a_file_name_is_read_in_every_way_it_is_written(field: str, name: str) -> None:
    assert names(written(content_type="application/pdf", content_disposition=field)) == [name]


@pytest.mark.parametrize(
    "raw",
    [
        written(content_type="multipart/mixed", body="Hello."),
        written(content_type='multipart/mixed; boundary=""', body="Hello."),
        written(content_type="multipart/mixed; boundary=never", body="Hello."),
        written(content_type="multipart/mixed; boundary=m", body="--m\r\n\r\nHello."),
        written(content_type="multipart/mixed; boundary=m", body="--m\r\n\r\nHello.\r\n--m"),
        written(
            content_type="multipart/mixed; boundary=m", body="preamble\r\n--m  \r\n\r\nHello.\r\n--m-- \r\nepilogue"
        ),
        written(content_type="multipart/mixed; boundary=m", body="--mx\r\n--m\r\n\r\nHello.\r\n--m--\r\n--m\r\n\r\nx"),
        written(content_type="multipart/mixed; boundary=m", body="--m\nContent-Type: text/plain\n\nHello.\n--m--\n"),
        multipart(f"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{PLAIN}"),
        multipart(f"Content-Type: multipart/mixed; boundary=n\r\n\r\n--n\r\n{PLAIN}\r\n--m\r\n\r\n"),
    ],
)
def test_boundaries_may_be_broken(raw: bytes) -> None:
    assert read(raw).text == "Hello."
    assert read(raw).unparsed is None


@pytest.mark.parametrize(
    ("declared", "content_type"),
    [
        ("Image/PNG; x=y", "image/png"),
        ("application/vnd.ms-excel.sheet.12+xml", "application/vnd.ms-excel.sheet.12+xml"),
        ("text/html\udcff", "application/octet-stream"),
        ("image/png x", "application/octet-stream"),
        (f"image/{'x' * 200}", "application/octet-stream"),
        ("image/", "application/octet-stream"),
    ],
)
def test_a_content_type_is_one_or_says_nothing(declared: str, content_type: str) -> None:
    [part] = read(written(content_type=declared, content_disposition="attachment")).parts
    assert part.content_type == content_type


def test_a_boundary_of_a_part_that_ended_is_text() -> None:
    unended = f"Content-Type: multipart/mixed; boundary=n\r\n\r\n--n\r\n{PDF}"
    mail = read(multipart(unended, "Content-Type: text/plain\r\n\r\nHello.\r\n--n\r\nGoodbye."))
    assert mail.text == "Hello.\n--n\nGoodbye."
    assert len(mail.parts) == 1


def test_parts_nest() -> None:
    inner = f"Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n{PLAIN}\r\n--r\r\n{PDF}\r\n--r--\r\n"
    mail = read(multipart(inner, PDF.replace("a.pdf", "b.pdf")))
    assert mail.text == "Hello."
    assert [(part.filename, part.data) for part in mail.parts] == [("a.pdf", b"%PDF"), ("b.pdf", b"%PDF")]
