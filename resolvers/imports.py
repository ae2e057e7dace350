"""Taking tickets over from a file: each as it ended up there, written down with one CREATED."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from models.bounds import Json, storable
from models.errors import InvalidInput
from models.ticket import DECIDED, Priority, Source, Status, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work

EXTERNAL_ID_CHARS = 200
REASON = "imported"
"""Why an imported ticket was rejected: a rejection has a reason, and a file seldom says it."""


class Taken(StrEnum):
    """What became of a ticket that was in order."""

    ADDED = "ADDED"
    KNOWN = "KNOWN"


@dataclass(frozen=True)
class ImportedTicket:
    """A ticket as a file tells it, not yet checked. Times in Unix ms; None is a time that the file does not tell.

    `external_id` says which ticket of which file or system this is: it is unique over all imports, so the same one
    is taken once, however often it comes.
    """

    external_id: str
    user_id: str
    subject: str
    body: str = ""
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    tags: Sequence[str] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)
    created_at_ms: int | None = None
    updated_at_ms: int | None = None
    decided_at_ms: int | None = None


@unit_of_work
async def take(work: Work, caller: Caller, batch: Sequence[ImportedTicket]) -> list[Taken | InvalidInput]:
    """Adds the tickets that are in order and not there yet; says of each, in order, what became of it.

    The batch is one transaction. A ticket that is out of bounds is answered with its refusal, and stops no other.
    """
    await work.hold_time()
    tickets = [_ticket_or_refusal(work, row) for row in batch]
    ids = [ticket.external_id for ticket in tickets if isinstance(ticket, Ticket)]
    found = Ticket.filter(external_id__in=ids).values_list("external_id", flat=True)
    known = set(cast("list[str | None]", await found))
    return [_take(work, ticket, known) for ticket in tickets]


def _take(work: Work, ticket: Ticket | InvalidInput, known: set[str | None]) -> Taken | InvalidInput:
    if isinstance(ticket, InvalidInput):
        return ticket
    if ticket.external_id in known:
        return Taken.KNOWN
    known.add(ticket.external_id)
    work.create(ticket)
    return Taken.ADDED


def _ticket_or_refusal(work: Work, row: ImportedTicket) -> Ticket | InvalidInput:
    try:
        return _ticket(work, row)
    except InvalidInput as refusal:
        return refusal


def _ticket(work: Work, row: ImportedTicket) -> Ticket:
    """The ticket in its final status. Its times are the file's, and the earliest and latest of them where one lacks."""
    bounds, decided, ended = work.bounds, row.status in DECIDED, row.status in DECIDED | {Status.CLOSED}
    times = [at for at in (row.created_at_ms, row.updated_at_ms, row.decided_at_ms) if at is not None]
    first, last = min(times, default=work.now_ms), max(times, default=work.now_ms)
    created_at_ms = first if row.created_at_ms is None else row.created_at_ms
    updated_at_ms = last if row.updated_at_ms is None else row.updated_at_ms
    decided_at_ms = updated_at_ms if row.decided_at_ms is None else row.decided_at_ms
    return Ticket(
        id=work.new_id(),
        external_id=_external_id(row.external_id),
        user_id=bounds.user_id(row.user_id),
        subject=bounds.subject(row.subject),
        body=bounds.body(row.body),
        status=row.status,
        status_before=Status.OPEN if ended else None,
        priority=row.priority,
        tags=bounds.tag_list(row.tags),
        extra=bounds.extra(dict(row.extra)),
        source=Source.IMPORT,
        awaiting_reply=not ended,
        decided_by=work.actor if decided else None,
        decided_at_ms=decided_at_ms if decided else None,
        reason=REASON if row.status is Status.REJECTED else None,
        created_at_ms=created_at_ms,
        updated_at_ms=updated_at_ms,
    )


def _external_id(value: str) -> str:
    if not value or len(value) > EXTERNAL_ID_CHARS or not storable(value):
        raise InvalidInput("externalId", f"The external id has 1 to {EXTERNAL_ID_CHARS} characters that can be kept.")
    return value
