"""Lists of tickets: what narrows them, how they are ordered, a page at a time or the whole order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Final

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models import database, lists, statements
from models.account import Role
from models.bounds import COLUMN_CHARS, NAME_CHARS, Bounds, findable
from models.errors import BadUserInput
from models.prepared import Prepared, kept
from models.replica import Read
from models.statements import Runs
from models.ticket import UNDECIDED, Priority, Status, Ticket
from resolvers import queues
from resolvers.context import Context
from resolvers.cursors import JournalCursor, ListCursor, list_id
from resolvers.kinds import STAND_INS, somebody
from resolvers.orders import Order
from resolvers.pages import Page
from resolvers.policies import allow, visible
from resolvers.queues import Belongs
from resolvers.tickets import told
from resolvers.viewer import Sight, Viewer

LONGEST_QUEUE = 20_000
SEARCH_CHARS = 200
FREE: Final = ("assignee", "user_id", "tag", "created_after_ms", "created_before_ms")
"""What is narrowed to one value, whatever it is."""
ONCE: Final = ("status", "priority")
WINDOW: Final = ("created_after_ms", "created_before_ms")


@dataclass(frozen=True)
class TicketFilter:
    """What a list is narrowed to; None where it is not. Times in Unix ms, both ends exclusive."""

    status: tuple[Status, ...] | None = None
    priority: tuple[Priority, ...] | None = None
    assignee: str | None = None
    unassigned: bool = False
    user_id: str | None = None
    tag: str | None = None
    search: str | None = None
    locked: bool | None = None
    awaiting_reply: bool | None = None
    created_after_ms: int | None = None
    created_before_ms: int | None = None

    texts: ClassVar[dict[str, int]] = {
        "assignee": NAME_CHARS,
        "user_id": COLUMN_CHARS,
        "tag": COLUMN_CHARS,
        "search": SEARCH_CHARS,
    }

    def along(self, sight: Sight | Viewer) -> str:
        """Whose columns order the list: the tag's rows, unless it is one user's, who has few tickets."""
        return "" if self.tag is None or self.user_id is not None or sight.role is Role.CUSTOMER else "tagged__"

    @property
    def kind(self) -> TicketFilter:
        """The filter with stand-ins for what callers give: all that decides about the statement."""
        free = {name: STAND_INS[name] for name in FREE if getattr(self, name) is not None}
        once: dict[str, Any] = {
            name: tuple(sorted(set(getattr(self, name)))) for name in ONCE if getattr(self, name) is not None
        }
        return replace(self, **free, **once)

    def by_index(self, order: Order) -> bool:
        """Whether an index holds just the rows of this list, in its order."""
        free = {"unassigned", *(WINDOW if order.by_making else ())}
        narrowed = [name for name, value in vars(self).items() if value is not None and name not in free]
        if self.unassigned:
            narrowed.append("unassigned")
        return not narrowed or narrowed in (["assignee"], ["user_id"], ["tag"]) or self._one_status(narrowed)

    def _one_status(self, narrowed: list[str]) -> bool:
        statuses = frozenset(self.status or ())
        return narrowed == ["status"] and (len(statuses) == 1 or statuses == UNDECIDED)

    @property
    def belongs(self) -> Belongs | None:
        """What decides about each ticket, where that is nothing but its status, priority and assignee."""
        if replace(self, status=None, priority=None, assignee=None, unassigned=False) != TicketFilter():
            return None
        status, priority = (None if given is None else frozenset(given) for given in (self.status, self.priority))
        return Belongs(status, priority, self.assignee, self.unassigned)

    def check(self, bounds: Bounds) -> None:
        """Raises BadUserInput for too many values, for texts that no row can hold, or a search that is too long."""
        bounds.many("status", self.status or ())
        bounds.many("priority", self.priority or ())
        for name, chars in self.texts.items():
            value = getattr(self, name)
            if value is not None and not findable(value, chars):
                raise BadUserInput(f"The filter's {name} has at most {chars} characters, all of which can be stored.")


def _filtered(sight: Sight, wanted: TicketFilter, order: Order, *, begun: bool = False) -> QuerySet[Ticket]:
    """The tickets that exist for a viewer and that the filter lets through, in order; `begun` where a cursor follows.

    Each list is read along one index, without sorting: docs/decisions/0015-lists-in-order.md says along which.
    """
    exact = {
        "priority__in": wanted.priority,
        "assignee": wanted.assignee,
        "user_id": wanted.user_id,
        "awaiting_reply": wanted.awaiting_reply,
    }
    found = visible(sight).filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.status is not None:
        found = _among(found, set(wanted.status))
    if wanted.unassigned:
        found = found.filter(assignee=None)
    if wanted.locked is not None:
        held = Q(lock_expires_at_ms__gt=STAND_INS["now"])
        found = found.filter(held if wanted.locked else Q(lock_expires_at_ms=None) | ~held)
    for word in dict.fromkeys(statements.words_of(wanted.search or "")):
        found = found.filter(number__in=statements.numbers_with(database.reader(), word, notes=sight.is_staff))
    of = wanted.along(sight)
    if wanted.tag is not None:
        found = found.filter(tagged__tag=wanted.tag) if of else found.exclude(tagged__tag__not=wanted.tag)
    made = order.made(wanted.created_after_ms, wanted.created_before_ms, of, begun=begun)
    return found.filter(made).order_by(*order.terms(of))


def _among(found: QuerySet[Ticket], wanted: set[Status]) -> QuerySet[Ticket]:
    """Narrows to some statuses. Several are told by what they are not: no index has the union of them in order."""
    if len(wanted) < 2:
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
    """The filter as this viewer may use it; raises Forbidden, BadUserInput."""
    viewer = context.viewer
    if wanted.user_id is None:
        allow(viewer, "browse")
        if viewer.is_staff:
            until_ms = context.world.bounds.window(wanted.created_after_ms, context.now_ms)
            context.sources.ends(until_ms)
    wanted.check(context.world.bounds)
    context.sources.saw_all()
    if wanted.locked is not None:
        context.sources.ends(context.now_ms)  # any lock may end, and none of them need be among the rows
    if wanted.assignee is not None and viewer.reads(wanted.assignee) != wanted.assignee:
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
    belongs = wanted.belongs
    if context.queues is None or belongs is None or not order.by_making or not context.viewer.is_staff:
        return None
    statement = _kept_whole(context.viewer.role, wanted.kind)

    async def begin() -> Read[Sequence[Any]]:
        return await _read(context, wanted, statement, _given(context, wanted), database.reader())

    found = await context.queues.get(belongs, context.head, begin)
    if found is None:
        return None
    head, rows = found
    numbers = rows.first(LONGEST_QUEUE, descending=order.descending)
    return Queue(numbers, len(rows), str(JournalCursor.at(head)))


async def _queue_read(context: Context, wanted: TicketFilter, order: Order) -> Queue:
    statement = _kept_numbers if wanted.search is None else _numbers
    prepared = statement(context.viewer.role, wanted.kind, order)
    head, records = await _read(context, wanted, prepared, _given(context, wanted), database.reader())
    numbers = [record[0] for record in records]
    return Queue(numbers, records[0][1] if records else 0, str(JournalCursor.at(head)))


def _numbers(role: Role, kind: TicketFilter, order: Order) -> Prepared:
    found = _filtered(somebody(role), kind, order).annotate(every=statements.HOW_MANY)
    return Prepared(found.limit(LONGEST_QUEUE).values_list("number", "every"), STAND_INS)


def _whole(role: Role, kind: TicketFilter) -> Prepared:
    found = _filtered(somebody(role), kind, Order.CREATED_ASC)
    return Prepared(found.limit(queues.LONGEST_KEPT + 1).values_list("created_at_ms", "number"), STAND_INS)


_kept_numbers, _kept_whole = kept(_numbers), kept(_whole)
