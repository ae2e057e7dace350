"""Attachments and raw mail over HTTP: for those who may, and as nothing that a browser would run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from desk.settings import Settings
from models import database
from models.account import Role
from models.attachment import Files
from tests.mail.shown import shown
from tests.support.desk import Answer, Browser, Desk, Person, running
from tests.support.mail import fixture, listening, seen, send, with_mail

HOSTILE = "\r\n".join(
    [
        "From: ann@customer.example",
        "To: desk@desk.example",
        "Subject: Files",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "See the files.",
        "--b",
        "Content-Type: text/html",
        'Content-Disposition: attachment; filename="../a b.html"',
        "",
        "<script>1</script>",
        "--b",
        "Content-Type: image/png",
        'Content-Disposition: attachment; filename="x.png"',
        "",
        '<svg onload="1"/>',
        "--b--",
        "",
    ]
).encode()


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    settings = with_mail(settings)
    async with running(settings) as desk:
        await listening(settings)
        yield desk


async def came(desk: Desk, raw: bytes) -> Answer:
    await asyncio.to_thread(send, desk.settings, raw)
    await seen(1)
    return await shown(await desk.agent())


async def test_a_whole_mail_is_shown_in_a_frame_that_runs_nothing_and_holds_its_pictures(desk: Desk) -> None:
    ticket = await came(desk, fixture("22-inline-image-and-files.eml"))
    ann = await desk.agent()
    answer = await desk.http.get(ticket.mail.wholeUrl, headers=ann.headers)
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert policy.endswith("sandbox allow-popups allow-popups-to-escape-sandbox")
    assert 'src="data:image/png;base64,' in answer.text
    assert "/attachments/" not in answer.text
    carla = await desk.customer("carla", "u-else")
    assert await status(carla, ticket.mail.wholeUrl) == 404
    assert await status(desk.stranger(), ticket.mail.wholeUrl) == 401


async def test_a_mail_without_html_is_shown_as_the_text_that_it_is(desk: Desk) -> None:
    raw = fixture("01-new-plain.eml").replace(b"the reader", b"<b onclick=x>the reader")
    ticket = await came(desk, raw)
    answer = await desk.http.get(ticket.mail.wholeUrl, headers=(await desk.agent()).headers)
    assert "&lt;b onclick=x&gt;the reader" in answer.text


async def status(person: Person, path: str) -> int:
    return (await person.desk.http.get(path, headers=person.headers)).status_code


async def test_files_are_saved_and_never_run(desk: Desk) -> None:
    ticket = await came(desk, HOSTILE)
    ann = await desk.agent()
    assert [file.contentType for file in ticket.mail.attachments] == ["text/html", "image/png"]
    for file in ticket.mail.attachments:
        answer = await desk.http.get(file.url, headers=ann.headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"  # by what it is, not by what it says
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%-]+", answer.headers["content-disposition"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert len(answer.content) == file.size


async def test_a_picture_is_shown_as_what_it_is(desk: Desk) -> None:
    ticket = await came(desk, fixture("22-inline-image-and-files.eml"))
    ann = await desk.agent()
    types = [
        (await desk.http.get(file.url, headers=ann.headers)).headers["content-type"] for file in ticket.mail.attachments
    ]
    assert types[0] == "image/png"
    assert set(types[1:]) == {"application/octet-stream"}


async def test_a_raw_mail_comes_back_byte_for_byte_to_the_staff_alone(desk: Desk) -> None:
    raw = fixture("23-charsets.eml")
    ticket = await came(desk, raw)
    ann, carla = await desk.agent(), await desk.customer("carla", ticket.userId)
    answer = await desk.http.get(ticket.mail.rawUrl, headers=ann.headers)
    assert answer.content.endswith(raw)
    assert answer.headers["content-type"] == "message/rfc822"
    assert "attachment" in answer.headers["content-disposition"]
    assert await status(carla, ticket.mail.rawUrl) == 403
    assert await status(await desk.partner(), ticket.mail.rawUrl) == 403
    assert await status(desk.stranger(), ticket.mail.rawUrl) == 401
    assert await status(ann, "/mails/" + "0" * 64) == 404
    assert await status(ann, "/mails/..%2f..%2fetc%2fpasswd") == 404


async def test_a_file_is_for_whoever_sees_its_ticket(desk: Desk) -> None:
    ticket = await came(desk, fixture("22-inline-image-and-files.eml"))
    path = ticket.mail.attachments[0].url
    own, other = await desk.customer("ines", ticket.userId), await desk.customer("max", "u-9")
    assert [await status(person, path) for person in (own, other, desk.stranger())] == [200, 404, 401]
    assert await status(own, "/attachments/019a5a3c-9d4e-7b3a-8f21-6c0d5e4b7a91") == 404
    browser = Browser(desk)
    await browser.signs_in(await desk.code(own))
    assert await status(browser, path) == 200


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.PARTNER])
async def test_others_than_the_staff_read_no_address(desk: Desk, role: Role) -> None:
    ticket = await came(desk, fixture("22-inline-image-and-files.eml"))
    person = await desk.person("somebody", role, ticket.userId if role is Role.CUSTOMER else None)
    query = (
        "query($id: ID!) { ticket(id: $id) { html participants { address } mail { from { address } rawUrl text } } }"
    )
    found = (await person.asks(query, id=ticket.id)).ticket
    assert (found.participants, found.mail["from"], found.mail.rawUrl) == (None, None, None)
    assert found.mail.text == "See the picture."


async def test_a_file_that_the_folder_lost_is_made_again_out_of_the_raw_mail(desk: Desk) -> None:
    ticket = await came(desk, fixture("22-inline-image-and-files.eml"))
    ann, files = await desk.agent(), Files(desk.settings.data)
    (path, *_) = [file.url for file in ticket.mail.attachments]
    before = await desk.http.get(path, headers=ann.headers)
    stored = [file for file in (desk.settings.data / "attachments").rglob("*") if file.is_file()]
    assert len(stored) == 3
    stored[0].write_bytes(b"rotten")
    for file in stored[1:]:
        file.unlink()
    after = await desk.http.get(path, headers=ann.headers)
    assert after.content == before.content
    assert all(files.read(file.name) is not None for file in stored)
    await database.primary().execute_query("DELETE FROM mail_raw")
    for file in stored:
        file.unlink()
    assert await status(ann, path) == 404
