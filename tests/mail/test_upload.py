"""A reply takes files along: sent before it, kept with it, and forgotten where it never came."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from desk import keeper
from desk.settings import Settings
from models import database
from models.attachment import Attachment, Files
from models.outgoing import State
from resolvers import erasure
from tests.mail.outgoing import body, comes, outbox, read, settled
from tests.support.desk import Browser, Desk, Person, running
from tests.support.history import verdict
from tests.support.mail import somebody, true, with_mail

PDF = b"%PDF-1.7 not much"
REPLIES = """query($id: ID!) { ticket(id: $id) { messages(first: 3) { edges { node {
  attachments { id name contentType size url } } } } } }"""


async def upload(
    desk: Desk, person: Person | None, content: bytes = PDF, name: str = "Rapport d'état.pdf"
) -> httpx.Response:
    headers = {"content-type": "application/pdf"} | (person.headers if person else {})
    return await desk.http.post("/attachments", params={"name": name}, content=content, headers=headers)


async def test_a_reply_takes_files_along(settings: Settings) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        await settled(state=State.SENT)
        first, second = (
            (await upload(desk, ann)).json(),
            (await upload(desk, ann, b"\x89PNG\r\n\x1a\n", "a.png")).json(),
        )
        assert (first["name"], first["size"]) == ("Rapport d'état.pdf", len(PDF))
        ids = [first["id"], second["id"]]
        message = await ann.does("reply", ticketId=ticket.id, text="Here it is.", attachments=ids)
        await settled(2, state=State.SENT)
        ((shown),) = [edge.node.attachments for edge in (await ann.asks(REPLIES, id=ticket.id)).ticket.messages.edges]
        assert [each.id for each in shown] == ids
        assert (await desk.http.get(shown[0].url, headers=ann.headers)).content == PDF
        mail = read((await desk.http.get((await outbox(ann))[0].rawUrl, headers=ann.headers)).content)
        assert body(mail).startswith("Here it is.")
        sent: list[Any] = list(mail.iter_attachments())
        assert [part.get_filename() for part in sent] == ["Rapport d'état.pdf", "a.png"]
        assert sent[0].get_content() == PDF
        again = await ann.does("reply", ticketId=ticket.id, text="Once more.", attachments=ids[:1])
        assert (again["__typename"], again.field) == ("InvalidInput", "attachments")
        assert message["__typename"] == "Message"
        assert (await verdict()).problems == []


async def test_who_may_not_write_mail_leaves_no_file_and_gets_none(settings: Settings) -> None:
    async with running(settings) as desk:
        ann, carla = await desk.agent(), await desk.customer("carla", "u-1")
        assert (await upload(desk, None)).status_code == 401
        assert (await upload(desk, carla)).status_code == 403
        assert (await upload(desk, ann, name="/")).status_code == 400
        elsewhere = Browser(desk)
        await elsewhere.signs_in(await desk.code(ann))
        foreign = await desk.http.post(
            "/attachments?name=a", content=PDF, headers=elsewhere.headers | {"origin": "https://elsewhere.example"}
        )
        assert foreign.status_code == 403
        assert not await Attachment.exists()
        waiting = (await upload(desk, ann)).json()["id"]
        assert (await desk.http.get(f"/attachments/{waiting}", headers=carla.headers)).status_code == 404
        mine, others = await ann.creates(userId="u-1"), await ann.creates(userId="u-2")
        await ann.does("reply", ticketId=mine.id, text="Yours.", attachments=[waiting])
        secret = (await upload(desk, ann)).json()["id"]
        await ann.does("reply", ticketId=others.id, text="Not yours.", attachments=[secret])
        assert (await desk.http.get(f"/attachments/{waiting}", headers=carla.headers)).content == PDF
        assert (await desk.http.get(f"/attachments/{secret}", headers=carla.headers)).status_code == 404


async def test_a_file_that_is_too_large_is_refused_before_it_is_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.mail.upload.MOST_BYTES", 1_000)
    async with running(settings) as desk:
        ann = await desk.agent()
        refused = await upload(desk, ann, b"x" * 1_001)
        assert refused.status_code == 413
        assert refused.json()["errors"][0]["extensions"]["bound"] == 1_000
        assert (await upload(desk, ann, b"x" * 1_000)).status_code == 201


async def test_files_of_replies_are_vouched_for_and_erased_with_their_person(settings: Settings) -> None:
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await ann.creates(userId="u-1")
        file = (await upload(desk, ann)).json()["id"]
        await ann.does("reply", ticketId=ticket.id, text="Yours.", attachments=[file])
        row = await Attachment.get(id=file)
        await database.primary().execute_query(f"UPDATE attachments SET name = 'other.pdf' WHERE id = '{file}'")
        assert (await verdict()).problems
        await database.primary().execute_query(
            f"UPDATE attachments SET name = '{row.name.replace(chr(39), chr(39) * 2)}'"
        )
        assert (await verdict()).problems == []
        files = Files(settings.data)
        assert files.read(row.sha256) == PDF
        await erasure.erase(somebody(), "u-1", "Request 17", files)
        assert files.read(row.sha256) is None
        assert not await Attachment.exists()
        assert (await verdict()).problems == []


async def test_a_file_whose_reply_never_came_is_forgotten(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await ann.creates(userId="u-1")
        kept = (await upload(desk, ann)).json()["id"]
        await ann.does("reply", ticketId=ticket.id, text="Yours.", attachments=[kept])
        await upload(desk, ann, b"never sent")
        monkeypatch.setattr(keeper, "UPLOADS_KEPT_MS", -60_000)
        monkeypatch.setattr(keeper, "FORGETTING_MS", 0)

        async def one_is_left() -> bool:
            return await Attachment.all().count() == 1

        await true(one_is_left)
        assert (await desk.http.get(f"/attachments/{kept}", headers=ann.headers)).content == PDF
