"""Each example mail becomes what expected.json says: one ticket, one entry of a thread, or nothing."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest

from desk.settings import Settings
from models.mail import Verdict
from tests.mail.shown import TICKETS, shown
from tests.support.desk import Answer, running
from tests.support.history import verdict
from tests.support.mail import (
    NAMES,
    OUTCOMES,
    PAUSE_MS,
    expected,
    fixture,
    listening,
    passes,
    seen,
    send,
    the_letters,
    the_world,
    with_mail,
)

DELIVERIES = """{ tickets(first: 1) { edges { node {
  messages(first: 3) { edges { node { id delivery deliveries { steps { words } } } } } } } } }"""


async def comes(settings: Settings, *names: str) -> None:
    for name in names:
        await passes(PAUSE_MS)
        await asyncio.to_thread(send, settings, fixture(name))


@pytest.mark.parametrize("name", NAMES)
async def test_an_example_comes_in_by_smtp_as_its_verdict_says(settings: Settings, name: str) -> None:
    told, settings = expected(name), with_mail(settings)
    before = [told["after"]] if "after" in told else []
    async with running(settings) as desk:
        world = await the_world()
        await listening(settings)
        await comes(settings, *before)
        await seen(len(before))
        await comes(settings, name)
        row = (await seen(len(before) + 1))[-1]
        assert row.verdict in OUTCOMES[told["outcome"]], row.reason
        assert (row.acknowledge_to is not None) == told["acknowledge"]
        assert row.automatic == told.get("automatic", row.automatic)
        if told["outcome"] == "bounce":
            assert row.ticket_id == world.id
            assert all(told[part] in (row.reason or "") for part in ("message_id", "recipient", "status"))
        ann = await desk.agent()
        tickets = [edge.node for edge in (await ann.asks(TICKETS)).tickets.edges]
        new = [ticket for ticket in tickets if ticket.number != world.number]
        (known,) = [ticket for ticket in tickets if ticket.number == world.number]
        assert len(new) == len(before) + (told["outcome"] == "new")
        assert len(known.messages.edges) == (told["outcome"] == "joins")
        if told["outcome"] == "new":
            _is(new[0], new[0].body, new[0].html, new[0].mail, told)
            assert new[0].subject == told["subject"]
            assert (new[0].source, new[0].userId, new[0].awaitingReply) == ("MAIL", told["from"], True)
            assert {each.address for each in new[0].participants} >= {told["from"], *told.get("cc", [])}
            assert not {"desk@desk.example", "support@desk.example"} & {each.address for each in new[0].participants}
        elif told["outcome"] == "joins":
            (edge,) = known.messages.edges
            message = edge.node
            _is(known, message.text, message.html, message.mail, told)
            assert (message.kind, message.author) == ("INCOMING", "mailbox")
            stranger = [each for each in known.participants if not each.confirmed]
            assert [each.address for each in stranger] == ([told["from"]] if told.get("new_person") else [])
            assert message.mail.unconfirmed == told.get("new_person", False)
            assert message.mail.automatic == told.get("automatic", False)
            assert known.awaitingReply
        assert (await verdict()).problems == []


def _is(ticket: Answer, text: str, html: str | None, mail: Answer, told: dict[str, Any]) -> None:
    if told.get("text_compare") == "words":
        assert text.split() == told["text"].split()
    elif told["text"] is not None:
        assert text == told["text"]
    assert mail["from"].address == told["from"]
    assert "from_name" not in told or mail["from"].name == told["from_name"]
    names = [file.name for file in mail.attachments]
    assert len(names) == told["attachments"]
    assert names == told.get("filenames", names)
    assert sum(file.inline for file in mail.attachments) == told.get("inline", 0)
    for never in told.get("html_never", []):
        assert html is not None
        assert never not in html


@pytest.mark.parametrize("name", ["17-dsn-failed.eml", "18-dsn-delayed.eml", "19-dsn-backscatter.eml"])
async def test_a_report_settles_the_delivery_of_the_message_that_it_names(settings: Settings, name: str) -> None:
    told, settings = expected(name), with_mail(settings)
    async with running(settings) as desk:
        letters = await the_letters(await the_world())
        await listening(settings)
        await comes(settings, name)
        await seen(1)
        ann = await desk.agent()
        (ticket,) = [edge.node for edge in (await ann.asks(DELIVERIES)).tickets.edges]
        for message in (edge.node for edge in ticket.messages.edges):
            named = letters.get(told["message_id"]) == UUID(message.id)
            assert message.delivery == (told["delivery"] if named and told["delivery"] else "SENT")
            (mail,) = message.deliveries
            assert (told["status"] in mail.steps[-1].words) == named
            assert (told["recipient"] in mail.steps[-1].words) == named
        assert (await verdict()).problems == []


async def test_an_agent_sees_a_picture_within_the_text_where_the_desk_serves_it(settings: Settings) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        await listening(settings)
        await comes(settings, "22-inline-image-and-files.eml")
        await seen(1)
        ann = await desk.agent()
        ticket = await shown(ann)
        (path,) = re.findall(r'src="([^"]+)"', ticket.html)
        assert path in [file.url for file in ticket.mail.attachments]
        answer = await desk.http.get(path, headers=ann.headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


async def test_a_mail_is_on_every_screen_as_an_event(settings: Settings) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        await the_world()
        await listening(settings)
        ann = await desk.agent()
        async with ann.follows(after=await ann.as_of()) as stream:
            await comes(settings, "01-new-plain.eml", "05-reply-by-references.eml")
            created, added = [event for event in await stream.take(3) if event.kind != "DELIVERY_CHANGED"]
        assert (created.kind, created.actor, created.ticket.subject) == (
            "CREATED",
            "mailbox",
            "The badge reader is dark",
        )
        assert (added.kind, added.ticket.number, added.message.text) == (
            "MESSAGE_ADDED",
            1042,
            "It works again, thank you.",
        )
        assert [row.verdict for row in await seen(2)] == [Verdict.NEW, Verdict.JOINS]
