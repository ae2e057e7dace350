"""Mail as it came in: the bytes, what became of each, who takes part in a ticket, and how far a mailbox was read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

import orjson
import zstandard
from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from models.attachment import Attachment, digest
from models.bounds import ADDRESS_CHARS, MESSAGE_ID_CHARS
from models.message import Message
from models.outgoing import OutgoingMail

LEVEL: Final = 3
"""How hard raw mail is packed: zstd's own default."""


class Verdict(StrEnum):
    """What became of a mail."""

    NEW = "NEW"
    JOINS = "JOINS"
    BOUNCE = "BOUNCE"
    IGNORED = "IGNORED"
    DUPLICATE = "DUPLICATE"
    DEAD = "DEAD"


class Check(StrEnum):
    """What our own mail server found (RFC 8601)."""

    PASS = "pass"
    FAIL = "fail"
    NONE = "none"


ENTERED: Final = (Verdict.NEW, Verdict.JOINS)
"""Verdicts of mail that is in a ticket."""


class RawMail(Model):
    """The bytes of a mail, by their SHA-256 in hexadecimal digits, packed by zstd."""

    sha256 = fields.CharField(max_length=64, primary_key=True)
    packed = fields.BinaryField()
    size = fields.IntField()

    class Meta:
        table = "mail_raw"

    @classmethod
    def of(cls, raw: bytes) -> RawMail:
        packed = zstandard.ZstdCompressor(level=LEVEL).compress(raw)
        return cls(sha256=hashlib.sha256(raw).hexdigest(), packed=packed, size=len(raw))

    @property
    def content(self) -> bytes:
        """The mail, byte for byte as it came. Raises ZstdError where the row was damaged."""
        content: bytes = zstandard.ZstdDecompressor().decompress(bytes(self.packed), max_output_size=self.size)
        return content

    @classmethod
    async def keep(cls, rows: Iterable[RawMail]) -> None:
        """Stores them, those that are not there yet."""
        await cls.bulk_create(rows, ignore_conflicts=True)


class SeenMail(Model):
    """A mail of a mailbox that was looked at, and what became of it. The database decides what is a duplicate:
    a mailbox has each key of an epoch once, and each fingerprint once. A duplicate and a dead letter have none.
    """

    id = fields.UUIDField(primary_key=True)
    mailbox = fields.CharField(max_length=200)
    epoch = fields.CharField(max_length=64)
    key = fields.CharField(max_length=200)
    fingerprint = fields.CharField(max_length=64, null=True)
    message_id = fields.CharField(max_length=MESSAGE_ID_CHARS, null=True, db_index=True)
    sender = fields.CharField(max_length=ADDRESS_CHARS, null=True)
    subject = fields.CharField(max_length=1_000, null=True)
    verdict = fields.CharEnumField(Verdict, max_length=16)
    reason = fields.TextField(null=True)
    """Why: a person reads it in `guichet mail why`, and on the page of a dead letter."""
    ticket_id: UUID | None = fields.UUIDField(null=True, db_index=True)
    automatic = fields.BooleanField(default=False)
    acknowledge_to = fields.CharField(max_length=ADDRESS_CHARS, null=True)
    """Who is to be told that the ticket is there, in small letters; None where nobody is."""
    raw_sha256 = fields.CharField(max_length=64, null=True, db_index=True)
    size = fields.IntField()
    retry = fields.BooleanField(default=False)
    """Whether a dead letter is to be tried once more."""
    at_ms = fields.BigIntField()

    class Meta:
        table = "mail_seen"
        unique_together = (("mailbox", "epoch", "key"), ("mailbox", "fingerprint"))
        indexes = (("sender", "at_ms"), ("verdict", "at_ms"), ("acknowledge_to", "at_ms"))


class MailPosition(Model):
    """How far a mailbox was read, which one process at a time does: its lease, and what stands in its way."""

    mailbox = fields.CharField(max_length=200, primary_key=True)
    epoch = fields.CharField(max_length=64, null=True)
    after = fields.CharField(max_length=200, null=True)
    holder = fields.CharField(max_length=40, null=True)
    until_ms = fields.BigIntField(default=0)
    failing = fields.CharField(max_length=200, null=True)
    """The key whose transaction failed last."""
    failures = fields.IntField(default=0)
    trouble: str | None = fields.TextField(null=True)
    """Why the mailbox cannot be read; None while it can."""

    class Meta:
        table = "mail_positions"

    @classmethod
    async def leased(cls, mailbox: str, holder: str, now_ms: int, until_ms: int) -> bool:
        """Takes or keeps the lease until `until_ms` (Unix ms); False where another process has it."""
        await cls.bulk_create([cls(mailbox=mailbox)], ignore_conflicts=True)
        free = cls.filter(Q(holder=holder) | Q(until_ms__lte=now_ms), mailbox=mailbox)
        return bool(await free.update(holder=holder, until_ms=until_ms))

    def moved_to(self, epoch: str, after: str) -> bool:
        """Goes on to a place in the mailbox; within an epoch only forward. False where it was there already."""
        if self.epoch == epoch and self.after is not None and int(after) <= int(self.after):
            return False
        self.epoch, self.after, self.failing, self.failures = epoch, after, None, 0
        return True


class Delivered(Model):
    """A mail that the built-in mailbox took and keeps until it was read; its id is its place there."""

    id = fields.BigIntField(primary_key=True)
    raw_sha256 = fields.CharField(max_length=64)
    size = fields.IntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "mail_delivered"


class ReceivedMail(Model):
    """A mail that is in a ticket: as the ticket itself (`message_id` is None) or as a message of its thread.

    What the ticket's body or the message's text shows of it may have quotes cut off: `text` is all of it.
    """

    id = fields.UUIDField(primary_key=True)
    ticket_id = fields.UUIDField(db_index=True)
    message_id: UUID | None = fields.UUIDField(null=True, unique=True)
    sender = fields.CharField(max_length=ADDRESS_CHARS)
    sender_name = fields.CharField(max_length=200, null=True)
    reply_to = fields.CharField(max_length=ADDRESS_CHARS, null=True)
    automatic = fields.BooleanField()
    unconfirmed = fields.BooleanField()
    """Whether the sender took part in the ticket by its token only: shown, and not mailed to."""
    text = fields.TextField()
    html: str | None = fields.TextField(null=True)
    """Of the ticket itself; that of a message is its own."""
    unread: str | None = fields.TextField(null=True)
    """Why only some of it could be read; None where all of it was."""
    spf = fields.CharEnumField(Check, max_length=16)
    dkim = fields.CharEnumField(Check, max_length=16)
    dmarc = fields.CharEnumField(Check, max_length=16)
    raw_sha256 = fields.CharField(max_length=64, db_index=True)
    received_at_ms = fields.BigIntField()

    class Meta:
        table = "mails"

    def digest(self, attachments: Sequence[Attachment]) -> str:
        """SHA-256 of what came, hexadecimal: what the event of its ticket or message vouches for."""
        who = [self.sender, self.sender_name, self.reply_to, self.automatic, self.unconfirmed]
        what = [self.text, self.html, self.unread, self.spf, self.dkim, self.dmarc, self.raw_sha256]
        files = [each.told for each in sorted(attachments, key=lambda each: each.ordinal)]
        told = [str(self.id), str(self.ticket_id), who, what, files, self.received_at_ms]
        return hashlib.sha256(orjson.dumps(told)).hexdigest()


class Participant(Model):
    """Somebody who takes part in a ticket by mail; addresses in small letters."""

    id = fields.UUIDField(primary_key=True)
    ticket_id = fields.UUIDField()
    address = fields.CharField(max_length=ADDRESS_CHARS, db_index=True)
    name = fields.CharField(max_length=200, null=True)
    requester = fields.BooleanField(default=False)
    confirmed = fields.BooleanField(default=True)
    """Whether mail goes to them: not to who holds a token only, until an agent says so."""
    added_at_ms = fields.BigIntField()

    class Meta:
        table = "participants"
        unique_together = (("ticket_id", "address"),)


async def digests(tickets: Sequence[UUID], messages: Sequence[UUID]) -> Mapping[UUID, str]:
    """The digests of the mails that these tickets and messages are, or of the files that go with a message, by the id
    of the ticket or message."""
    mails = await ReceivedMail.filter(Q(ticket_id__in=tickets, message_id=None) | Q(message_id__in=messages))
    files: dict[UUID, list[Attachment]] = {}
    for each in await Attachment.filter(mail_id__in=[*(mail.id for mail in mails), *messages]):
        files.setdefault(each.mail_id, []).append(each)
    sent = {id: digest(files[id]) for id in messages if id in files}
    return sent | {mail.message_id or mail.ticket_id: mail.digest(files.get(mail.id, [])) for mail in mails}


async def forget_mail(tickets: Sequence[UUID]) -> set[str]:
    """Takes out what came by mail with these tickets, and who wrote it, wherever else that is known.

    Of each mail stays that it was seen, so that it does not come in again. Returns the hashes of the files that no
    mail has any more.
    """
    mails = ReceivedMail.filter(ticket_id__in=tickets)
    messages = [message.id for message in await Message.filter(ticket_id__in=tickets).only("id")]
    files = Attachment.filter(mail_id__in=[*(mail.id for mail in await mails), *messages])
    hashes = {file.sha256 for file in await files}
    await files.delete()
    await mails.delete()
    people = Participant.filter(ticket_id__in=tickets)
    wrote = [person.address for person in await people.filter(requester=True)]
    await Participant.filter(Q(ticket_id__in=tickets) | Q(address__in=wrote)).delete()
    seen = SeenMail.filter(Q(ticket_id__in=tickets) | Q(ticket_id=None, sender__in=wrote))
    letters = OutgoingMail.filter(Q(ticket_id__in=tickets) | Q(recipient__in=wrote))
    raws = {row.raw_sha256 for row in await seen if row.raw_sha256} | {letter.raw_sha256 for letter in await letters}
    await letters.delete()
    await seen.update(**dict.fromkeys(["message_id", "sender", "subject", "reason", "acknowledge_to", "raw_sha256"]))
    for sha256 in raws:
        await forget_raw(sha256)
    return hashes - {file.sha256 for file in await Attachment.filter(sha256__in=hashes)}


async def forget_raw(sha256: str) -> None:
    """Removes the bytes of a mail, unless something still names them."""
    for kind in (SeenMail, ReceivedMail, Delivered, OutgoingMail):
        if await kind.exists(raw_sha256=sha256):
            return
    await RawMail.filter(sha256=sha256).delete()
