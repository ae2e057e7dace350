"""Tickets: making and editing them, finding and listing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.expressions import Subquery

from models import database
from models.account import STAFF, Account, Role
from models.bounds import Bounds, findable
from models.decision import UserTicket
from models.errors import BadUserInput, Forbidden, InvalidInput
from models.idempotency import Once
from models.prepared import Prepared, kept
from models.ticket import Priority, Ticket
from models.unit_of_work import unit_of_work
from models.work import Work
from resolvers.context import Context
from resolvers.guard import Guard, permit, ticket_to_change
from resolvers.kinds import STAND_INS, somebody, ticket_with_id
from resolvers.policies import allow, visible
from resolvers.viewer import Viewer

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
                changes[name] = await agent(name, value)
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


async def agent(field: str, name: str) -> str:
    """The name of an active agent or admin. Raises InvalidInput for any other, naming the field where it was given."""
    if not findable(name) or not await Account.exists(name=name, active=True, role__in=STAFF):
        raise InvalidInput(field, "Name an active agent or admin.")
    return name


# ---------------------------------------------------------------- finding


@kept
def _with_numbers(role: Role, count: int) -> Prepared:
    numbers = {f"number{at}": at - 2**31 for at in range(count)}
    found = visible(somebody(role)).filter(number__in=list(numbers.values()))
    return Prepared(found.values_list(*Ticket.places()), STAND_INS | numbers)


@kept
def _latest_approved(role: Role, count: int) -> Prepared:
    users = {f"user{at}": f"\0user{at}" for at in range(count)}
    approved = UserTicket.filter(user_id__in=list(users.values())).values("ticket_id")
    found = visible(somebody(role)).filter(id__in=Subquery(approved))
    return Prepared(found.values_list(*Ticket.places()), STAND_INS | users)


async def one(context: Context, id: str | None, number: int | None) -> Ticket | None:
    """The ticket with this id or number, or None where there is none for this viewer."""
    viewer = context.viewer
    if (id is None) == (number is None):
        raise BadUserInput("Give either id or number.")
    if number is not None:
        (ticket,) = await by_number(context, [number])
        return ticket
    try:
        uuid = UUID(id)
    except ValueError:
        context.sources.saw()
        return None
    context.sources.saw(uuid)
    given = {"own": viewer.user_id, "id": str(uuid)}
    return next(iter(told(context, await ticket_with_id(viewer.role).rows(database.quick(), given))), None)


async def by_number(context: Context, numbers: Sequence[int]) -> list[Ticket | None]:
    """The tickets with these numbers, in their order, None where there is none."""
    viewer = context.viewer
    allow(viewer, "browse")
    context.world.bounds.many("numbers", numbers)
    context.sources.saw_all()
    wanted = set(numbers)
    given = {"own": viewer.user_id} | {f"number{at}": number for at, number in enumerate(wanted)}
    found = await _with_numbers(viewer.role, len(wanted)).rows(database.quick(), given)
    rows = {row.number: row for row in told(context, found)}
    return [rows.get(number) for number in numbers]


async def latest_approved(context: Context, user_ids: Sequence[str]) -> list[Ticket | None]:
    """Each user's latest ticket by decision time among those approved now, in order, None where there is none."""
    viewer = context.viewer
    context.world.bounds.many("userIds", user_ids)
    if not all(map(findable, user_ids)):
        raise BadUserInput("A user id is too long, or holds a character that cannot be stored.")
    wanted = set(user_ids)
    given = {"own": viewer.user_id} | {f"user{at}": user_id for at, user_id in enumerate(wanted)}
    found = await _latest_approved(viewer.role, len(wanted)).rows(database.quick(), given)
    rows = {row.user_id: row for row in told(context, found)}
    context.sources.saw(*wanted, *(row.id for row in rows.values()))
    return [rows.get(user_id) for user_id in user_ids]


def told(context: Context, records: Sequence[Sequence[Any]]) -> list[Ticket]:
    """Tickets as they go into an answer: counted, and their leases judged at the instant of this operation."""
    now_ms, places = context.now_ms, Ticket.places()
    body, expires = places["body"], places["lock_expires_at_ms"]
    context.loaders.hand_out(sum([len(record[body]) for record in records]))
    for expires_at_ms in [record[expires] for record in records if record[expires] is not None]:
        if expires_at_ms > now_ms:
            context.sources.ends(expires_at_ms)
    return [Ticket.of(record, judged_at_ms=now_ms) for record in records]
