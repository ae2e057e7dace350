"""The whole desk as lines of JSON, with its history: out of one database and into another, of either kind."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, cast

import orjson
from tortoise.exceptions import FieldError, IntegrityError, ValidationError
from tortoise.fields import BinaryField
from tortoise.models import Model

from models import statements
from models.account import Account
from models.attachment import Attachment
from models.credential import Token
from models.decision import Decision, UserTicket
from models.errors import BadUserInput
from models.event import Event, Head
from models.idempotency import Idempotency
from models.mail import MailPosition, Participant, RawMail, ReceivedMail, SeenMail
from models.message import Message, MessageKind
from models.outgoing import OutgoingMail
from models.paging import PAGE, pages
from models.seal import Seal
from models.statements import Document, HeadRead
from models.tag import TicketTag
from models.ticket import Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work

FORMAT: Final = 3
KINDS: Final[list[type[Model]]] = [
    Account,
    Token,
    Ticket,
    TicketTag,
    Decision,
    UserTicket,
    Message,
    Event,
    Seal,
    Idempotency,
    RawMail,
    ReceivedMail,
    Attachment,
    Participant,
    SeenMail,
    MailPosition,
    OutgoingMail,
]
"""What goes over, each after what it refers to. Sessions and sign-in codes stay: people sign in anew. Files of mails
are made again out of these; what the built-in mailbox took and nobody read stays behind."""
LARGE: Final = 2
"""Rows that are read or written at once of those that may be 25 MB each."""
END: Final = "end"
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, FieldError, ValidationError)
"""What a line raises that is no row of any table."""


def is_export(first_line: bytes) -> bool:
    """Whether a file that begins so is a whole desk, and not a list of tickets."""
    return first_line.startswith(b'{"guichet":')


async def export(head: HeadRead) -> AsyncIterator[bytes]:
    """The lines, inside a snapshot whose head this is: what it is, then a row each."""
    told, count = hashlib.sha256(), 0
    about = {"format": FORMAT, "position": head.position, "nonce": head.nonce.hex(), "pruned": head.pruned}
    yield orjson.dumps({"guichet": about}) + b"\n"
    for kind in KINDS:
        binary = _binary(kind)
        async for row in _rows(kind):
            values = {name: bytes(value).hex() if name in binary and value else value for name, value in row.items()}
            line = orjson.dumps({kind._meta.db_table: values}, default=str) + b"\n"
            told.update(line)
            count += 1
            yield line
    yield orjson.dumps({END: {"rows": count, "sha256": told.hexdigest()}}) + b"\n"


async def _rows(kind: type[Model]) -> AsyncIterator[dict[str, Any]]:
    """The rows of a kind. A key that the database counts by itself is no part of them."""
    names = [
        name for name in kind._meta.fields_db_projection if not (kind._meta.pk.generated and name == kind._meta.pk_attr)
    ]
    async for rows in pages(kind.all(), kind._meta.pk_attr, _at_once(kind)):
        for row in rows:
            yield {name: getattr(row, name) for name in names}


def _at_once(kind: type[Model]) -> int:
    return LARGE if kind is RawMail else PAGE


@unit_of_work
async def take_over(work: Work, caller: Caller, file: Path) -> int:
    """Fills an empty desk with an export, whole or not at all; returns how many rows there were.

    The journal gets no new event, and keeps this desk's own identity: cursors of the other one are RESYNC here.
    Raises BadUserInput for a desk that is not empty, and for a file that is no export or not a whole one.
    """
    await work.hold_time()
    for first in (Account, Ticket, Event):
        if await first.exists():
            raise BadUserInput("A whole desk goes into an empty one only, and here there is something already.")
    with file.open("rb") as lines:
        head = _head(next(lines, b""))
        rows = Rows(lines)
        for model, some in groupby(rows, type):
            kind = cast("type[Model]", model)
            while batch := list(islice(some, _at_once(kind))):
                try:
                    await kind.bulk_create(batch)
                except IntegrityError as error:
                    raise BadUserInput(f"Something up to line {rows.number} is there twice.") from error
    await Head.all().update(**head)
    await _make_findable(work)
    await statements.number_on(work.connection)
    return rows.count


class Rows:
    """The rows of an export's lines, up to its end; raises BadUserInput where that does not come or does not fit."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self._told = hashlib.sha256()
        self.count = 0
        self.number = 1

    def __iter__(self) -> Iterator[Model]:
        kinds = {kind._meta.db_table: kind for kind in KINDS}
        for line in self._lines:
            self.number += 1
            try:
                ((table, values),) = orjson.loads(line).items()
                if table == END:
                    if values != {"rows": self.count, "sha256": self._told.hexdigest()}:
                        raise BadUserInput("Lines of this export were lost or changed.")
                    return
                row = _row(kinds[table], values)
            except UNREADABLE as error:
                raise BadUserInput(f"Line {self.number} is none of an export.") from error
            self._told.update(line)
            self.count += 1
            yield row
        raise BadUserInput("The file ends too early: it does not hold the whole desk.")


async def _make_findable(work: Work) -> None:
    numbers: dict[Any, int] = {}
    documents: list[Document] = []
    async for row in _rows(Ticket):
        numbers[row["id"]] = row["number"]
        documents.append(Document(row["number"], 0, f"{row['subject']}\n{row['body']}"))
        documents = await _indexed(work, documents, PAGE)
    async for row in _rows(Message):
        note = row["kind"] is MessageKind.NOTE
        documents.append(Document(numbers[row["ticket_id"]], row["ordinal"], row["text"], note))
        documents = await _indexed(work, documents, PAGE)
    await _indexed(work, documents, 1)


async def _indexed(work: Work, documents: list[Document], enough: int) -> list[Document]:
    """What is left of the documents: nothing, once there are enough to write."""
    if len(documents) < enough:
        return documents
    await statements.index_words(work.connection, documents)
    return []


def _head(line: bytes) -> dict[str, Any]:
    """The columns of the journal's head, as the first line tells them."""
    try:
        about = orjson.loads(line)["guichet"]
        if about["format"] != FORMAT:
            raise BadUserInput(f"This export has format {about['format']}; this version reads {FORMAT}.")
        return {"position": about["position"], "nonce": bytes.fromhex(about["nonce"]), "pruned": about["pruned"]}
    except UNREADABLE as error:
        raise BadUserInput("This is no export of a desk.") from error


def _row(kind: type[Model], told: dict[str, Any]) -> Model:
    binary = _binary(kind)
    values = {name: bytes.fromhex(value) if name in binary and value else value for name, value in told.items()}
    return kind(**values)


def _binary(kind: type[Model]) -> set[str]:
    return {name for name, column in kind._meta.fields_map.items() if isinstance(column, BinaryField)}
