"""Tickets: making and editing them, finding and listing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from models import database, lists, statements
from models.account import STAFF, Account, Role
from models.bounds import COLUMN_CHARS, NAME_CHARS, Bounds, findable
from models.decision import UserTicket
from models.errors import BadUserInput, Forbidden, InvalidInput, NotFound
from models.idempotency import Once
from models.ticket import UNDECIDED, Priority, Status, Ticket
from models.unit_of_work import unit_of_work
from models.work import Work
from resolvers.context import Context
from resolvers.cursors import JournalCursor, ListCursor, list_id
from resolvers.guard import Guard, permit, ticket_to_change, with_id
from resolvers.orders import Order
from resolvers.pages import Page
from resolvers.policies import allow, visible
from resolvers.viewer import Viewer

LONGEST_QUEUE = 20_000
SEARCH_CHARS = 200


# ---------------------------------------------------------------- writing


@dataclass(frozen=True)
class NewTicket:
    """What a caller gives for a new ticket; a customer's own `user_id` is implied."""

    user_id: str | None
    subject: str
    body: str
    priority: Priority
    tags: Sequence[str]
    extra: object


@unit_of_work
async def create(work: Work, viewer: Viewer, new: NewTicket, once: Once | None) -> Ticket:
    if viewer.role is Role.CUSTOMER and new.user_id not in (None, viewer.user_id):
        raise Forbidden("A customer opens tickets of their own only.")
    permit(viewer, "create", once)
    bounds = work.bounds
    checked = {
        "user_id": bounds.user_id(_requester(viewer, new.user_id)),
        "subject": bounds.subject(new.subject),
        "body": bounds.body(new.body),
    }
    tags, extra = bounds.tag_list(new.tags), bounds.extra(new.extra)
    await work.once(once)
    await work.hold_time()
    return Ticket.open(work, **checked, priority=new.priority, tags=tags, extra=extra, source=viewer.source)


def _requester(viewer: Viewer, user_id: str | None) -> str:
    user_id = viewer.user_id if viewer.role is Role.CUSTOMER else user_id
    if user_id is None:
        raise InvalidInput("userId", "Say whose ticket it is.")
    return user_id


@unit_of_work
async def update(work: Work, viewer: Viewer, id: str, given: Mapping[str, object], guard: Guard) -> Ticket:
    permit(viewer, "update", guard.once)
    changes = await _checked(work.bounds, given)
    ticket = await ticket_to_change(work, viewer, id, guard)
    ticket.update(work, changes)
    return ticket


async def _checked(bounds: Bounds, given: Mapping[str, object]) -> dict[str, object]:
    """The changes as they may be written; null means something for the assignee only."""
    changes: dict[str, object] = {}
    for name, value in given.items():
        match name, value:
            case "assignee", None:
                changes[name] = None
            case _, None:
                raise InvalidInput(name, f"{name} cannot be null; leave it out to keep it.")
            case "assignee", str():
                changes[name] = await _assignable(value)
            case "subject", str():
                changes[name] = bounds.subject(value)
            case "body", str():
                changes[name] = bounds.body(value)
            case "tags", list():
                changes[name] = bounds.tag_list(value)
            case "extra", _:
                changes[name] = bounds.extra(value)
            case _:
                changes[name] = value
    return changes


async def _assignable(name: str) -> str:
    if not findable(name) or not await Account.exists(name=name, active=True, role__in=STAFF):
        raise InvalidInput("assignee", "The assignee is an active agent or admin.")
    return name


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class TicketFilter:
    """What a list is narrowed to; None where it is not. Times in Unix ms, both ends exclusive."""

    status: Sequence[Status] | None = None
    priority: Sequence[Priority] | None = None
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

    def along(self, viewer: Viewer) -> str:
        """Whose columns order the list: the tag's rows, unless it is one user's, who has few tickets."""
        return "" if self.tag is None or self.user_id is not None or viewer.role is Role.CUSTOMER else "tagged__"

    def check(self, bounds: Bounds) -> None:
        """Raises BadUserInput for too many values, for texts that no row can hold, or a search that is too long."""
        bounds.many("status", self.status or ())
        bounds.many("priority", self.priority or ())
        for name, chars in self.texts.items():
            value = getattr(self, name)
            if value is not None and not findable(value, chars):
                raise BadUserInput(f"The filter's {name} has at most {chars} characters, all of which can be stored.")


def _filtered(context: Context, wanted: TicketFilter, order: Order, *, begun: bool = False) -> QuerySet[Ticket]:
    """The tickets that the viewer may list and the filter lets through, in order; `begun` where a cursor follows.

    Each list is read along one index, without sorting: docs/decisions/0015-lists-in-order.md says along which.
    """
    viewer, bounds = context.viewer, context.world.bounds
    if wanted.user_id is None:
        allow(viewer, "browse")
        if viewer.is_staff:
            bounds.window(wanted.created_after_ms, context.now_ms)
    wanted.check(bounds)
    exact = {
        "priority__in": wanted.priority,
        "assignee": wanted.assignee,
        "user_id": wanted.user_id,
        "awaiting_reply": wanted.awaiting_reply,
    }
    found = visible(viewer).filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.status is not None:
        found = _among(found, set(wanted.status))
    if wanted.assignee is not None and viewer.reads(wanted.assignee) != wanted.assignee:
        found = found.filter(number__in=[])  # a name that is not shown cannot be asked for either
    if wanted.unassigned:
        found = found.filter(assignee=None)
    if wanted.locked is not None:
        held = Q(lock_expires_at_ms__gt=context.now_ms)
        found = found.filter(held if wanted.locked else Q(lock_expires_at_ms=None) | ~held)
    for word in dict.fromkeys(statements.words_of(wanted.search or "")):
        found = found.filter(number__in=statements.numbers_with(database.reader(), word, notes=viewer.is_staff))
    of = wanted.along(viewer)
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


async def one(context: Context, id: str | None, number: int | None) -> Ticket | None:
    """The ticket with this id or number, or None where there is none for this viewer."""
    if (id is None) == (number is None):
        raise BadUserInput("Give either id or number.")
    if id is not None:
        try:
            found = with_id(context.viewer, id)
        except NotFound:
            return None
    else:
        allow(context.viewer, "browse")
        found = visible(context.viewer).filter(number=number)
    return _judged(context, await found.first())


async def by_number(context: Context, numbers: Sequence[int]) -> list[Ticket | None]:
    """The tickets with these numbers, in their order, None where there is none."""
    allow(context.viewer, "browse")
    context.world.bounds.many("numbers", numbers)
    found = await visible(context.viewer).filter(number__in=set(numbers))
    rows = {row.number: row for row in found}
    return [_judged(context, rows.get(number)) for number in numbers]


async def latest_approved(context: Context, user_ids: Sequence[str]) -> list[Ticket | None]:
    """Each user's latest ticket by decision time among those approved now, in order, None where there is none."""
    viewer = context.viewer
    context.world.bounds.many("userIds", user_ids)
    if not all(map(findable, user_ids)):
        raise BadUserInput("A user id is too long, or holds a character that cannot be stored.")
    approved = UserTicket.filter(user_id__in=set(user_ids)).values("ticket_id")
    rows = {row.user_id: row for row in await visible(viewer).filter(id__in=Subquery(approved))}
    return [_judged(context, rows.get(user_id)) for user_id in user_ids]


async def page(context: Context, wanted: TicketFilter, order: Order, first: int, after: str | None) -> Page[Ticket]:
    """One page of a list, with the journal position at which all its rows were read."""
    found = _filtered(context, wanted, order, begun=after is not None)
    size, this = context.world.bounds.page(first), list_id("tickets", wanted, order.name)
    if after is not None:
        found = found.filter(order.after(ListCursor.parse(after, this), wanted.along(context.viewer)))
    head, rows = await statements.snapshot(found.limit(size + 1))
    tickets = [Ticket._init_from_db(**row) for row in rows[:size]]
    for ticket in tickets:
        _judged(context, ticket)
    cursors = [str(ListCursor(this, getattr(row, order.column), row.number)) for row in tickets]
    return Page(tickets, cursors, len(rows) > size, after is not None, str(JournalCursor.at(head)))


@dataclass(frozen=True)
class Queue:
    """The numbers of a whole list in its order, how many there are, and the position of both."""

    numbers: list[int]
    total: int
    as_of: str


async def queue(context: Context, wanted: TicketFilter, order: Order) -> Queue:
    """The first `LONGEST_QUEUE` numbers of a list, and how many there are in all."""
    found = _filtered(context, wanted, order).annotate(every=statements.HOW_MANY).limit(LONGEST_QUEUE)
    head, rows = await statements.snapshot(found.values("number", "every"))
    return Queue([row["number"] for row in rows], rows[0]["every"] if rows else 0, str(JournalCursor.at(head)))


def _judged(context: Context, ticket: Ticket | None) -> Ticket | None:
    """Marks when a row was read, so that its lease is judged at that instant, and counts it as handed out."""
    if ticket is not None:
        ticket.judged_at_ms = context.now_ms
        context.loaders.hand_out(len(ticket.body))
    return ticket
