"""A new ticket is acknowledged and a reply goes to who takes part, each once, by the built-in mailbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desk.settings import Settings
from models.errors import BadUserInput
from models.outgoing import OutgoingMail, State
from tests.mail.outgoing import body, comes, outbox, read, settled
from tests.support.desk import Desk, Person, running
from tests.support.mail import WORLD, with_mail

THREAD = """query($id: ID!) { ticket(id: $id) { acknowledgement { recipient delivery }
  messages(first: 9) { edges { node { id kind delivery
    deliveries { recipient delivery steps { delivery words } } } } } } }"""


async def raw(desk: Desk, person: Person, url: str) -> bytes:
    answer = await desk.http.get(url, headers=person.headers)
    assert answer.status_code == 200
    return answer.content


async def test_who_writes_first_is_told_so_once_and_an_answer_finds_back(settings: Settings) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        await settled(state=State.SENT)
        (told,) = await outbox(ann)
        assert (told.recipient, told.delivery, told.messageId) == ("ann@customer.example", "SENT", None)
        assert [step.delivery for step in told.steps] == ["QUEUED", "SENT"]
        mail = read(await raw(desk, ann, told.rawUrl))
        assert mail["To"] == "ann@customer.example"
        assert mail["Subject"] == f"[#{ticket.number}] Card lost"
        assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
        assert mail["In-Reply-To"] == mail["References"] is not None
        assert str(ticket.number) in body(mail)
        assert (await ann.asks(THREAD, id=ticket.id)).ticket.acknowledgement.delivery == "SENT"


async def test_a_reply_goes_to_who_takes_part_with_what_it_answers(settings: Settings) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        await settled(state=State.SENT)
        await ann.does("addParticipant", ticketId=ticket.id, address="Bob@Customer.example", name="Bob B.")
        async with ann.follows(after=await ann.as_of(), ticket_id=ticket.id) as stream:
            answer = await ann.does("reply", ticketId=ticket.id, text="Which <b>card</b>?")
            added = await stream.next()
            assert (added.kind, added.message.text) == ("MESSAGE_ADDED", "Which <b>card</b>?")
            moved = await stream.next()
            assert (moved.kind, moved.changed) == ("DELIVERY_CHANGED", ["messages", "revision"])
        await settled(3, state=State.SENT)
        thread = (await ann.asks(THREAD, id=ticket.id)).ticket.messages.edges
        assert [edge.node.delivery for edge in thread] == ["SENT"]
        assert {each.recipient for each in thread[0].node.deliveries} == {
            "ann@customer.example",
            "bob@customer.example",
        }
        mails = [each for each in await outbox(ann) if each.messageId == answer.id]
        assert len({each.mailId for each in mails}) == len({each.rawUrl for each in mails}) == 1
        mail = read(await raw(desk, ann, mails[0].rawUrl))
        assert (mail["To"], mail["Cc"]) == ("ann@customer.example", '"Bob B." <bob@customer.example>')
        assert len(mail["References"].split()) == 2
        assert mail["Auto-Submitted"] is None
        assert body(mail) == "Which <b>card</b>?\n\n> On the train.\n"
        html = body(mail, "html")
        assert "Which &lt;b&gt;card&lt;/b&gt;?" in html
        assert "<blockquote" in html


async def test_an_agent_chooses_whom_a_reply_goes_to(settings: Settings) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        await settled(state=State.SENT)
        nobody = await ann.does("reply", ticketId=ticket.id, text="For the file.", recipients=[])
        assert nobody["__typename"] == "Message"
        refused = await ann.does("reply", ticketId=ticket.id, text="Hello.", recipients=["eve@elsewhere.example"])
        assert refused["__typename"] == "InvalidInput"
        await ann.does("reply", ticketId=ticket.id, text="Hello.", recipients=["ann@customer.example"])
        await settled(2, state=State.SENT)
        thread = (await ann.asks(THREAD, id=ticket.id)).ticket.messages.edges
        assert [edge.node.delivery for edge in thread] == [None, "SENT"]


async def test_who_is_added_is_mailed_and_who_is_removed_is_not(settings: Settings) -> None:
    settings = with_mail(settings)
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        for address in ("no address", "two@a.example,b@b.example", "a@b\r\nBcc: c@d", "@x.example", "x@"):
            assert (await ann.does("addParticipant", ticketId=ticket.id, address=address))[
                "__typename"
            ] == "InvalidInput"
        added = await ann.does("addParticipant", ticketId=ticket.id, address="bob@customer.example")
        assert [each.address for each in added.participants] == ["ann@customer.example", "bob@customer.example"]
        again = await ann.does("addParticipant", ticketId=ticket.id, address="bob@customer.example")
        assert len(again.participants) == 2
        left = await ann.does("removeParticipant", ticketId=ticket.id, address="ann@customer.example")
        assert [each.address for each in left.participants] == ["bob@customer.example"]
        await ann.does("reply", ticketId=ticket.id, text="Hello.")
        await settled(2, state=State.SENT)
        assert {each.recipient async for each in OutgoingMail.exclude(message_id=None)} == {"bob@customer.example"}


async def test_the_house_writes_its_letters_as_it_likes(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "letters.toml"
    path.write_text('[acknowledgement]\nsubject = "Ticket $number"\ntext = "Dear $name,\\n$$ 5 for $subject."\n')
    settings = replace(with_mail(settings), mail_templates=path, mail_name="Übersee Desk")
    async with running(settings) as desk:
        ann = await desk.agent()
        ticket = await comes(settings, desk, ann)
        await settled(state=State.SENT)
        mail = read(await raw(desk, ann, (await outbox(ann))[0].rawUrl))
        assert mail["Subject"] == f"Ticket {ticket.number}"
        assert mail["From"] == f"Übersee Desk <{WORLD['desk_addresses'][0]}>"
        assert body(mail) == "Dear ann@customer.example,\n$ 5 for Card lost.\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[acknowledgment]\ntext = "x"', "there is no letter acknowledgment"),
        ('[reply]\nsubject = "x"', "[reply] has a text"),
        ('[reply]\ntext = "$secret"', "[reply] has $secret"),
        ('[reply]\ntext = "5 $"', "a $ that names nothing"),
        ('[reply]\ntext = "x"\nsubject = """a\nb"""', "is one line"),
        ("[reply", "Expected ']'"),
    ],
)
async def test_a_template_that_cannot_be_taken_is_named_at_the_start(
    settings: Settings, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "letters.toml"
    path.write_text(text)
    with pytest.raises(BadUserInput, match="mail_templates") as refused:
        async with running(replace(with_mail(settings), mail_templates=path)):
            raise AssertionError
    assert told in str(refused.value)
