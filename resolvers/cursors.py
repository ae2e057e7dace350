"""Cursors: opaque on the outside, strictly checked when they come back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import struct
from typing import Any, NamedTuple
from uuid import UUID

from models.bounds import findable
from models.errors import BadUserInput, Resync
from models.event import Event
from models.statements import HeadRead

JOURNAL = struct.Struct(">c8sq4s")
LIST = struct.Struct(">c8sqq")


class JournalCursor(NamedTuple):
    """A position of one journal, with the random bytes that were stored with the event there."""

    journal_id: bytes
    position: int
    nonce: bytes

    def __str__(self) -> str:
        return _encode(JOURNAL.pack(b"J", self.journal_id, self.position, self.nonce))

    @classmethod
    def parse(cls, text: str) -> JournalCursor:
        """Raises BadUserInput for anything but a journal cursor."""
        _, journal_id, position, nonce = _decode(JOURNAL, b"J", text)
        return cls(journal_id, position, nonce)

    async def position_in(self, head: HeadRead) -> int:
        """Its position, if this very journal gave it out and still has the event there; else raises Resync."""
        if self.journal_id != head.journal_id or self.position > head.position:
            raise Resync
        if self.position == head.pruned == 0:
            return 0
        event = await Event.get_or_none(position=self.position).only("position", "nonce", "ticket_id")
        if event is None or bytes(event.nonce) != self.nonce:
            raise Resync
        if event.ticket_id is None and self.position <= head.pruned:
            raise Resync  # kept for its account: of the tickets nothing is known there
        return self.position

    @classmethod
    def at(cls, head: HeadRead) -> JournalCursor:
        return cls(head.journal_id, head.position, head.nonce)

    @classmethod
    def of(cls, event: Event, journal_id: bytes) -> JournalCursor:
        return cls(journal_id, event.position, bytes(event.nonce))


class ListCursor(NamedTuple):
    """A row of one list: a fingerprint of the list's filter and order, the instant (Unix ms) and number of the row."""

    list_id: bytes
    major: int
    minor: int

    def __str__(self) -> str:
        return _encode(LIST.pack(b"L", *self))

    @classmethod
    def parse(cls, text: str, list_id: bytes) -> ListCursor:
        """Raises BadUserInput for anything but a cursor of this very list."""
        _, found, major, minor = _decode(LIST, b"L", text)
        if found != list_id:
            raise BadUserInput("This cursor belongs to a list with another filter or order.")
        if not (0 <= major < 2**53 and 0 <= minor < 2**31):
            raise BadUserInput("This is not a cursor that was given out here.")
        return cls(found, major, minor)


class NameCursor(NamedTuple):
    """An account in the list by name."""

    name: str

    def __str__(self) -> str:
        return _encode(b"N" + self.name.encode())

    @property
    def id(self) -> UUID:
        """Where it is of a list by id. Raises BadUserInput for one of names."""
        try:
            return UUID(self.name)
        except ValueError as error:
            raise BadUserInput("This is not a cursor that was given out here.") from error

    @classmethod
    def parse(cls, text: str) -> NameCursor:
        """Raises BadUserInput for anything but a cursor of that list."""
        _, name = _decode(struct.Struct(f">c{max(0, len(text) * 3 // 4 - 1)}s"), b"N", text)
        text = name.decode(errors="replace")
        if not text or not findable(text):
            raise BadUserInput("This is not a cursor that was given out here.")
        return cls(text)


def list_id(*what: object) -> bytes:
    """The fingerprint of a list: eight bytes of the hash of what selects and orders it."""
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=repr).encode()).digest()[:8]


def _encode(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decode(form: struct.Struct, kind: bytes, text: str) -> tuple[Any, ...]:
    try:
        packed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        values = form.unpack(packed)
    except (UnicodeEncodeError, binascii.Error, struct.error) as error:
        raise BadUserInput("This is not a cursor that was given out here.") from error
    if values[0] != kind or _encode(packed) != text:
        raise BadUserInput("This cursor belongs to another kind of list.")
    return values
