"""A whole desk behind Nylas: a mail comes in by webhook, and its acknowledgement and a reply go out."""

from __future__ import annotations

from dataclasses import replace

from desk.settings import Settings
from models.mail import MailPosition
from models.outgoing import State
from tests.mail.outgoing import settled
from tests.support.desk import running
from tests.support.mail import plain, true, with_mail
from tests.support.nylas import Nylas
from tests.support.processes import health


async def test_mail_comes_and_goes_by_nylas(settings: Settings, service: Nylas) -> None:
    settings = with_mail(settings, service.url)
    settings = replace(settings, post_url=service.url, nylas_webhook_secret=service.secret)
    async with running(settings) as desk:
        await true(lambda: MailPosition.filter(after__isnull=False, trouble=None).exists())
        ann = await desk.agent()
        (mail,) = service.deliver(plain("Card lost"))
        async with ann.follows(after=await ann.as_of()) as stream:
            await service.notify(f"{desk.url}/nylas")
            ticket = (await stream.next()).ticket
        await settled(1, state=State.SENT)
        await ann.replies(ticket, "Which card?")
        rows = await settled(2, state=State.SENT)
        assert [row.mail_id for row in rows] == [sent["message_id"] for sent in service.sent]
        assert service.sent[0]["reply_to_message_id"] == mail.id
        assert "Which card?" in service.sent[1]["body"]
        told = await health(desk)
        assert (told["mailbox"], told["post"]) == ("up", "up")
