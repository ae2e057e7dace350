"""Mail is part of the whole desk: it is erased with its person, carried over, and verified."""

from __future__ import annotations

import re
from pathlib import Path

from tortoise import Tortoise

from desk.settings import Settings
from models import database
from models.attachment import Attachment, Files
from models.mail import ENTERED, RawMail, ReceivedMail, SeenMail, Verdict
from models.outgoing import OutgoingMail
from models.ticket import Ticket
from resolvers import erasure
from tests.mail.conftest import Watches
from tests.mail.test_set import everything, mails, sound
from tests.support.history import verdict
from tests.support.mail import NAMES, Heap, Paced, fixture, plain, seen, somebody, the_world
from tests.support.processes import command

INES = re.compile(rb"ines@|See the picture|shot\.png|tat\.pdf", re.IGNORECASE)


async def rows() -> bytes:
    connection = database.primary()
    wanted = [f"SELECT * FROM {model._meta.db_table}" for model in Tortoise.apps["models"].values()]
    told = repr([[dict(row) for row in await connection.execute_query_dict(sql)] for sql in wanted]).encode()
    return told + b"".join([row.content for row in await RawMail.all()])


async def test_no_word_of_a_person_who_wrote_mail_is_left(opened: Settings, watches: Watches) -> None:
    shared = plain("The same file", sender="max@elsewhere.example")
    await everything(watches(Heap([fixture("22-inline-image-and-files.eml"), shared])))
    ignored = plain("Away", sender="ines@customer.example", Auto_Submitted="auto-replied")
    await everything(watches(Heap([ignored], name="second")))
    assert INES.search(await rows())
    assert {mail.recipient for mail in await OutgoingMail.all()} == {"ines@customer.example", "max@elsewhere.example"}
    files = Files(opened.data)
    stored = [file.sha256 for file in await Attachment.all()]
    assert all(files.path(sha256).exists() for sha256 in stored)
    await erasure.erase(somebody(), "ines@customer.example", "Request 17", files)
    assert not INES.search(await rows())
    assert not any(files.path(sha256).exists() for sha256 in stored)
    assert (await verdict()).problems == []
    assert await Ticket.filter(user_id="max@elsewhere.example").count() == 1


async def test_what_was_erased_does_not_come_in_again(opened: Settings, watches: Watches) -> None:
    heap = Heap([fixture("22-inline-image-and-files.eml")])
    await everything(watches(heap))
    await erasure.erase(somebody(), "ines@customer.example", None, Files(opened.data))
    heap.epoch = "2"
    await everything(watches(heap))
    assert [row.verdict for row in await seen(2)] == [Verdict.NEW, Verdict.DUPLICATE]
    assert not await ReceivedMail.exists()


async def test_mail_that_somebody_changed_is_found(watches: Watches) -> None:
    await the_world()
    await everything(watches(Paced(mails(NAMES))))
    assert (await verdict()).problems == []
    for change in (
        "UPDATE mails SET text = 'Pay to another account.' WHERE message_id IS NULL",
        "UPDATE mails SET unconfirmed = NOT unconfirmed WHERE message_id IS NOT NULL",
        "UPDATE attachments SET name = 'invoice.exe'",
        "DELETE FROM attachments",
        "DELETE FROM mails",
    ):
        await database.primary().execute_query(change)
        assert (await verdict()).problems, change


async def test_bytes_that_are_gone_are_missed(watches: Watches) -> None:
    await everything(watches(Heap([fixture("01-new-plain.eml")])))
    await database.primary().execute_query("DELETE FROM mail_raw")
    (problem,) = (await verdict()).problems
    assert "lacks the bytes" in problem


async def test_a_desk_that_is_carried_over_has_its_mail_and_takes_none_of_it_again(
    opened: Settings, watches: Watches, tmp_path: Path
) -> None:
    await the_world()
    await everything(watches(Paced(mails(NAMES))))
    before = await RawMail.all().count(), await Attachment.all().count(), await OutgoingMail.all().count()
    file, elsewhere = tmp_path / "desk.jsonl", Settings(data=tmp_path / "elsewhere")
    code, said = await command(opened, "export", str(file))
    assert code == 0, said
    code, said = await command(elsewhere, "import", str(file))
    assert code == 0, said
    code, said = await command(elsewhere, "verify")
    assert code == 0, said
    await sound()
    assert before == (await RawMail.all().count(), await Attachment.all().count(), await OutgoingMail.all().count())
    assert before[-1]
    assert await SeenMail.filter(verdict__in=ENTERED).count()
