"""What a mail leaves in a ticket: its text, its people, its files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from desk.mail.mail import Mail, Part
from desk.mail.route import is_own, requester_of, sender_of, takes_part
from models.attachment import Attachment
from models.bounds import ADDRESS_CHARS
from models.mail import Check, Participant, ReceivedMail
from models.ticket import Source, Ticket
from models.work import Work
from resolvers.guard import any_with_id

NO_SUBJECT: Final = "(no subject)"
NO_TEXT: Final = "(no text)"
CUT: Final = "\n[…]"
CID: Final = re.compile(r"\bcid:([^\s\"'<>)]+)")
MOST_PEOPLE: Final = 50
"""Participants of a ticket that mail adds."""


@dataclass
class Entry:
    """A mail on its way into a ticket."""

    work: Work
    mail: Mail
    raw_sha256: str
    own: Set[str]
    automatic: bool

    async def opens(self, tags: list[str]) -> Ticket:
        """A new ticket; who sent the mail is its requester, and all whom it was sent to take part."""
        bounds, mail = self.work.bounds, self.mail
        ticket = Ticket.open(
            self.work,
            user_id=await requester_of(self._sender, bounds),
            subject=_line(mail.subject, bounds.subject_chars),
            body=_cut(mail.shown or mail.text, bounds.body_bytes),
            tags=tags,
            source=Source.MAIL,
        )
        await self._write(self._received(ticket.id, html=self._html), ticket.id)
        people = {each.address: each.name for each in (*mail.to, *mail.cc) if not is_own(each.address, self.own)}
        people.pop(self._sender, None)
        others = [self._participant(ticket.id, *each) for each in people.items()]
        requester = self._participant(ticket.id, self._sender, self._name, requester=True)
        await Participant.bulk_create([requester, *others][:MOST_PEOPLE])
        return ticket

    async def joins(self, ticket_id: UUID) -> Ticket:
        """Another message of a ticket. Who holds no more than its token becomes known as unconfirmed."""
        ticket = await self.work.ticket(any_with_id(ticket_id))
        is_member = await takes_part(ticket, self._sender)
        text = _cut(self.mail.shown or self.mail.text, self.work.bounds.body_bytes)
        message = ticket.receive_mail(
            self.work, text if text.strip() else NO_TEXT, self._html, by_machine=self.automatic, by_member=is_member
        )
        await self._write(self._received(ticket.id, message_id=message.id, unconfirmed=not is_member), message.id)
        people = Participant.filter(ticket_id=ticket.id)
        is_known = is_member or self.automatic or await people.filter(address=self._sender).exists()
        if not is_known and await people.count() < MOST_PEOPLE:
            await self._participant(ticket.id, self._sender, self._name, confirmed=False).save()
        return ticket

    # ---------------------------------------------------------------- its rows

    @property
    def _sender(self) -> str:
        return sender_of(self.mail)

    @property
    def _name(self) -> str:
        return self.mail.sender.name if self.mail.sender else ""

    @cached_property
    def _files(self) -> list[Attachment]:
        return [self._file(ordinal, part) for ordinal, part in enumerate(self.mail.parts, 1)]

    def _file(self, ordinal: int, part: Part) -> Attachment:
        return Attachment(
            id=self.work.new_id(),
            ordinal=ordinal,
            name=part.filename,
            content_type=part.content_type[:200],
            content_id=part.content_id and part.content_id[:1_000],
            inline=part.inline,
            size=len(part.data),
            sha256=hashlib.sha256(part.data).hexdigest(),
        )

    @cached_property
    def _html(self) -> str | None:
        """The HTML with its pictures where the desk serves them."""
        if self.mail.html is None:
            return None
        places = {row.content_id: f"/attachments/{row.id}" for row in self._files if row.content_id}
        return CID.sub(lambda found: places.get(found[1], "about:blank"), self.mail.html)

    def _received(
        self, ticket_id: UUID, *, message_id: UUID | None = None, html: str | None = None, unconfirmed: bool = False
    ) -> ReceivedMail:
        answers = [each.as_written for each in self.mail.reply_to if not is_own(each.address, self.own)]
        return ReceivedMail(
            id=self.work.new_id(),
            ticket_id=ticket_id,
            message_id=message_id,
            sender=self._sender[:ADDRESS_CHARS],
            sender_name=self._name or None,
            reply_to=answers[0][:ADDRESS_CHARS] if answers else None,
            automatic=self.automatic,
            unconfirmed=unconfirmed,
            text=self.mail.text,
            html=html,
            unread=self.mail.unparsed,
            spf=Check(self.mail.authentication.spf),
            dkim=Check(self.mail.authentication.dkim),
            dmarc=Check(self.mail.authentication.dmarc),
            raw_sha256=self.raw_sha256,
            received_at_ms=self.work.now_ms,
        )

    async def _write(self, received: ReceivedMail, of: UUID) -> None:
        for row in self._files:
            row.mail_id = received.id
        self.work.mails[of] = received.digest(self._files)
        await received.save()
        await Attachment.bulk_create(self._files)

    def _participant(
        self, ticket_id: UUID, address: str, name: str, *, requester: bool = False, confirmed: bool = True
    ) -> Participant:
        return Participant(
            id=self.work.new_id(),
            ticket_id=ticket_id,
            address=address[:ADDRESS_CHARS],
            name=name or None,
            requester=requester,
            confirmed=confirmed,
            added_at_ms=self.work.now_ms,
        )


def contents(mail: Mail) -> Sequence[bytes]:
    """The bytes of a mail's files, which are stored before its rows are."""
    return [part.data for part in mail.parts]


def _line(subject: str, most: int) -> str:
    line = " ".join(subject.split())
    return (line if len(line) <= most else f"{line[: most - 1]}…") or NO_SUBJECT


def _cut(text: str, most_bytes: int) -> str:
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - len(CUT.encode())].decode(errors="ignore") + CUT
