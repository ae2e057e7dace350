"""Lists of tickets: what narrows them, how they are ordered, a page at a time or the whole order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models import database, lists, statements
from models.account import Role
from models.errors import BadUserInput
from models.prepared import Prepared, kept
from models.replica import Read
from models.statements import Runs
from models.ticket import UNDECIDED, Status, Ticket
from resolvers import queues
from resolvers.context import Context
from resolvers.cursors import JournalCursor, ListCursor, list_id
from resolvers.filters import TicketFilter
from resolvers.kinds import STAND_INS, somebody
from resolvers.orders import Order, days
from resolvers.pages import Page
from resolvers.policies import allow, visible
from resolvers.rows import Rows
from resolvers.tickets import told
from resolvers.viewer import Sight

LONGEST_QUEUE = 20_000
MOST_COUNTED_FILTERS = 10
"""Filters whose tickets are counted at once."""


def _filtered(sight: Sight, wanted: TicketFilter, order: Order, *, begun: bool = False) -> QuerySet[Ticket]:
    """The tickets that exist for a viewer and that the filter lets through, in order; `begun` where a cursor follows.

    Each list is read along one index, without sorting: docs/decisions/0015-lists-in-order.md says along which.
    """
    of = wanted.along(sight)
    found = _narrowed(sight, wanted, of)
    if wanted.status is not None:
        found = _among(found, set(wanted.status))
    made = order.made(wanted.created_after_ms, wanted.created_before_ms, of, begun=begun)
    decided = days("decided_at_ms", wanted.decided_after_ms, wanted.decided_before_ms)
    return found.filter(made, decided).order_by(*order.terms(of))


def _narrowed(sight: Sight, wanted: TicketFilter, of: str) -> QuerySet[Ticket]:
    """The tickets that fit in all but their status and their days."""
    exact = {
        "priority__in": wanted.priority,
        "assignee": wanted.assignee,
        "user_id": wanted.user_id,
        "awaiting_reply": wanted.awaiting_reply,
        "decided_by": wanted.decided_by,
    }
    found = visible(sight).filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.unassigned:
        found = found.filter(assignee=None)
    if wanted.locked is not None:
        held = Q(lock_expires_at_ms__gt=STAND_INS["now"])
        found = found.filter(held if wanted.locked else Q(lock_expires_at_ms=None) | ~held)
    for word in dict.fromkeys(statements.words_of(wanted.search or "")):
        found = found.filter(number__in=statements.numbers_with(database.reader(), word, notes=sight.is_staff))
    if wanted.tag is not None:
        found = found.filter(tagged__tag=wanted.tag) if of else found.exclude(tagged__tag__not=wanted.tag)
    return found


def _among(found: QuerySet[Ticket], wanted: set[Status], *, told_as: int = 1) -> QuerySet[Ticket]:
    """Narrows to some statuses. Several are told by what they are not: no index has the union of them in order."""
    if len(wanted) <= told_as:
        return found.filter(status__in=wanted)
    if wanted == UNDECIDED:
        return found.filter(status_before=None)
    if Status.CLOSED not in wanted:
        found = found.exclude(status__in=lists.CLOSED)
    others = [status for status in Status if status not in wanted | {Status.CLOSED}]
    return found.exclude(status__in=others) if others else found


def _page(role: Role, kind: TicketFilter, order: Order, size: int, behind: bool) -> Prepared:
    found = _filtered(somebody(role), kind, order, begun=behind)
    if behind:
        cursor = ListCursor(b"", STAND_INS["major"], STAND_INS["minor"])
        found = found.filter(order.after(cursor, kind.along(somebody(role))))
    return Prepared(found.limit(size).values_list(*Ticket.places()), STAND_INS)


_kept_page = kept(_page)


async def page(context: Context, wanted: TicketFilter, order: Order, first: int, after: str | None) -> Page[Ticket]:
    """One page of a list, with the journal position at which all its rows were read."""
    wanted = _admitted(context, wanted)
    size = context.world.bounds.page(first)
    behind = ListCursor.parse(after, _id_of(wanted, order)) if after is not None else None
    statement = _kept_page if wanted.search is None else _page
    prepared = statement(context.viewer.role, wanted.kind, order, size + 1, behind is not None)
    given = _given(context, wanted) | ({"major": behind.major, "minor": behind.minor} if behind else {})
    connection = database.quick() if wanted.by_index(order) else database.reader()
    head, records = await _read(context, wanted, prepared, given, connection)

    def cursor_of(ticket: Ticket) -> ListCursor:
        return ListCursor(_id_of(wanted, order), getattr(ticket, order.column), ticket.number)

    return Page.of(told(context, records), size, cursor_of, after, str(JournalCursor.at(head)))


def _admitted(context: Context, wanted: TicketFilter) -> TicketFilter:
    """The filter of a find as this viewer may use it; raises Forbidden, BadUserInput."""
    context.sources.saw_all()
    return _allowed(context, wanted)


def _allowed(context: Context, wanted: TicketFilter) -> TicketFilter:
    viewer = context.viewer
    if wanted.user_id is None:
        allow(viewer, "browse")
        if viewer.is_staff:
            until_ms = context.world.bounds.window(wanted.created_after_ms, context.now_ms)
            context.sources.ends(until_ms)
    wanted.check(context.world.bounds)
    if wanted.locked is not None:
        context.sources.ends(context.now_ms)  # any lock may end, and none of them need be among the rows
    if any(name is not None and viewer.reads(name) != name for name in (wanted.assignee, wanted.decided_by)):
        return replace(wanted, status=())  # a name that is not shown cannot be asked for either
    return wanted


async def _read(
    context: Context, wanted: TicketFilter, prepared: Prepared, given: Mapping[str, object], otherwise: Runs
) -> Read[Sequence[Any]]:
    """The rows and their head; an agents' list comes from the replica, where that has come as far as this request."""

    async def read(connection: Runs) -> Read[Sequence[Any]]:
        return await prepared.snapshot(connection, given)

    replica = database.replica()
    found = None
    if replica is not None and context.viewer.is_staff and wanted.user_id is None:
        found = await replica.read(context.head, read)
    return found or await read(otherwise)


def _given(context: Context, wanted: TicketFilter) -> dict[str, object]:
    return vars(wanted) | {"own": context.viewer.user_id, "now": context.now_ms}


@lru_cache(1_000)
def _id_of(wanted: TicketFilter, order: Order) -> bytes:
    return list_id("tickets", wanted, order.name)


@dataclass(frozen=True)
class Queue:
    """The numbers of a whole list in its order, how many there are, and the position of both."""

    numbers: list[int]
    total: int
    as_of: str


async def queue(context: Context, wanted: TicketFilter, order: Order) -> Queue:
    """The first `LONGEST_QUEUE` numbers of a list, and how many there are in all."""
    wanted = _admitted(context, wanted)
    return await _queue_kept(context, wanted, order) or await _queue_read(context, wanted, order)


async def _queue_kept(context: Context, wanted: TicketFilter, order: Order) -> Queue | None:
    """The queue out of memory; None where it is not one of those that are kept."""
    found = await _kept_rows(context, wanted) if order.by_making else None
    if found is None:
        return None
    head, rows = found
    numbers = rows.between(wanted.created_after_ms, wanted.created_before_ms)
    first = numbers[: -LONGEST_QUEUE - 1 : -1] if order.descending else numbers[:LONGEST_QUEUE]
    return Queue(first.tolist(), len(numbers), str(JournalCursor.at(head)))


async def _kept_rows(context: Context, wanted: TicketFilter) -> Read[Rows] | None:
    """The list of any day that is kept for this filter: to be looked at before anything else is waited for."""
    belongs, whole = wanted.belongs, wanted.any_day
    if context.queues is None or belongs is None or not context.viewer.is_staff:
        return None
    statement = _kept_whole(context.viewer.role, whole.kind)

    async def begin() -> Read[Sequence[Any]]:
        head, rows = await _read(context, whole, statement, _given(context, whole), database.reader())
        return head, sorted(rows, key=itemgetter(0, 1))

    return await context.queues.get(belongs, context.head, begin)


async def counts(context: Context, filters: Sequence[TicketFilter]) -> list[int]:
    """How many tickets each filter lets through."""
    if len(filters) > MOST_COUNTED_FILTERS:
        raise BadUserInput(f"filters holds at most {MOST_COUNTED_FILTERS} filters.")
    context.sources.saw_all()
    return [await _count(context, _allowed(context, wanted)) for wanted in filters]


async def _count(context: Context, wanted: TicketFilter) -> int:
    if found := await _kept_rows(context, wanted):
        return len(found[1].between(wanted.created_after_ms, wanted.created_before_ms))
    statement = _kept_number if wanted.search is None else _number
    prepared = statement(context.viewer.role, wanted.kind)
    _, ((count,),) = await _read(context, wanted, prepared, _given(context, wanted), database.reader())
    return int(count)


async def _queue_read(context: Context, wanted: TicketFilter, order: Order) -> Queue:
    statement = _kept_numbers if wanted.search is None else _numbers
    prepared = statement(context.viewer.role, wanted.kind, order)
    head, records = await _read(context, wanted, prepared, _given(context, wanted), database.reader())
    numbers = [record[0] for record in records]
    return Queue(numbers, records[0][1] if records else 0, str(JournalCursor.at(head)))


def _numbers(role: Role, kind: TicketFilter, order: Order) -> Prepared:
    found = _filtered(somebody(role), kind, order).annotate(every=statements.HOW_MANY)
    return Prepared(found.limit(LONGEST_QUEUE).values_list("number", "every"), STAND_INS)


def _number(role: Role, kind: TicketFilter) -> Prepared:
    return Prepared(_filtered(somebody(role), kind, Order.CREATED_ASC).count(), STAND_INS)


def _whole(role: Role, kind: TicketFilter) -> Prepared:
    """A list that is to be kept. Along the index of the decisions, where these say what it is: it is sorted later."""
    if kind.by_decision:
        found = _narrowed(somebody(role), kind, "").filter(decided_at_ms__isnull=False)
        if kind.status is not None:
            found = _among(found, set(kind.status), told_as=0)
        found = found.filter(days("decided_at_ms", kind.decided_after_ms, kind.decided_before_ms, frozenset()))
    else:
        found = _filtered(somebody(role), kind, Order.CREATED_ASC)
    return Prepared(found.limit(queues.LONGEST_KEPT + 1).values_list("created_at_ms", "number"), STAND_INS)


_kept_numbers, _kept_number, _kept_whole = kept(_numbers), kept(_number), kept(_whole)
