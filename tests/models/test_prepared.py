"""A statement that was built once returns what its queryset returns, attribute by attribute, on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from models import database
from models.account import Role
from models.decision import UserTicket
from models.ticket import Priority, Source, Status, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, System, Work
from resolvers import lists, tickets
from resolvers.context import Context
from resolvers.filters import TicketFilter
from resolvers.guard import any_with_id
from resolvers.orders import Order
from resolvers.viewer import Viewer
from tests.models.conftest import DAWN, House

COUNT = 60
SIZE = 7
LEASE_MS = 10**10
"""Longer than any clock of the tests goes wrong."""

FILTERS: dict[str, TicketFilter] = {
    "everything": TicketFilter(),
    "one status": TicketFilter(status=(Status.APPROVED,)),
    "the queue": TicketFilter(status=(Status.PROCESSING, Status.OPEN)),
    "two statuses": TicketFilter(status=(Status.REJECTED, Status.OPEN)),
    "some with closed": TicketFilter(status=(Status.CLOSED, Status.REJECTED, Status.CLOSED)),
    "no status": TicketFilter(status=()),
    "every status": TicketFilter(status=tuple(Status)),
    "priorities": TicketFilter(priority=(Priority.URGENT, Priority.LOW)),
    "assignee": TicketFilter(assignee="ann"),
    "nobody's": TicketFilter(unassigned=True),
    "a user": TicketFilter(user_id="u-1"),
    "a tag": TicketFilter(tag="kyc"),
    "a user's tag": TicketFilter(user_id="u-1", tag="kyc"),
    "awaiting": TicketFilter(awaiting_reply=True),
    "answered": TicketFilter(awaiting_reply=False),
    "locked": TicketFilter(locked=True),
    "free": TicketFilter(locked=False),
    "found": TicketFilter(search="card lost"),
    "since": TicketFilter(created_after_ms=DAWN + 4),
    "until": TicketFilter(created_before_ms=DAWN + 9),
    "some days": TicketFilter(created_after_ms=DAWN + 2, created_before_ms=DAWN + 11),
    "a tag since": TicketFilter(tag="kyc", created_after_ms=DAWN + 2, created_before_ms=DAWN + 11),
    "decided since": TicketFilter(decided_after_ms=DAWN - 1),
    "decided until": TicketFilter(status=(Status.APPROVED,), decided_before_ms=2**52),
    "decided by": TicketFilter(decided_by="system"),
    "several": TicketFilter(
        status=(Status.OPEN, Status.APPROVED), unassigned=True, locked=False, created_after_ms=DAWN, search="card"
    ),
}


@unit_of_work
async def _fill(work: Work, caller: Caller) -> None:
    await work.hold_time()
    for n in range(COUNT):
        ticket = Ticket.open(
            work,
            user_id=f"u-{n % 3}",
            subject="Card lost" if n % 4 else "Größe é \U0001f600",
            body="b" * (n % 5),
            priority=list(Priority)[n % len(Priority)],
            tags=[["kyc"], [], ["b", "kyc"], ["kyc"]][n % 4],
            extra=[{}, {"n": 1e16, "z": None, "a": [1, {"b": "é"}]}][n % 2],
            source=list(Source)[n % len(Source)],
        )
        ticket.assignee = [None, "ann", "bob"][n % 3]


@unit_of_work
async def _live(work: Work, caller: Caller, id: UUID, n: int) -> None:
    ticket = await work.ticket(any_with_id(id))
    match n % 6:
        case 1:
            ticket.start(work)
        case 2:
            ticket.approve(work, "Fine.")
        case 3:
            ticket.reject(work, "No.")
        case 4:
            ticket.close(work)
        case 5:
            ticket.answer(work, "We look into it.")
    if n % 5 == 0 and ticket.status in (Status.OPEN, Status.PROCESSING):
        ticket.lock(work, LEASE_MS)


async def _made(house: House) -> list[Ticket]:
    """Tickets in every state, several of each instant, of which the second order differs from the first."""
    if not await Ticket.exists():
        await _fill(System(house.world))
        for n, ticket in enumerate(await Ticket.all().order_by("number")):
            await _live(System(house.world), ticket.id, n)
        for ticket in await Ticket.all():
            n = ticket.number
            ticket.created_at_ms, ticket.updated_at_ms = DAWN + n // 5, DAWN + n * 37 % COUNT // 4
            await ticket.save(update_fields=["created_at_ms", "updated_at_ms"])
            await ticket.tagged.all().update(created_at_ms=ticket.created_at_ms, updated_at_ms=ticket.updated_at_ms)
        lapsed = await Ticket.filter(lock_holder__not=None).order_by("number").first()
        await Ticket.filter(id=lapsed.id).update(lock_expires_at_ms=DAWN - 1)
    return await Ticket.all().order_by("number")


async def _context(house: House, role: Role) -> Context:
    user_id = "u-1" if role is Role.CUSTOMER else None
    viewer = Viewer(uuid7(), "ann", role, user_id, house.world)
    return Context(house.world, viewer, await database.head(), cast("Any", None))


def same(read: Sequence[Ticket | None], expected: Sequence[Ticket | None]) -> None:
    """They are equal in every column, to the type."""
    assert [row and row.number for row in read] == [row and row.number for row in expected]
    for row, other in zip(read, expected, strict=True):
        if row is not None and other is not None:
            whole = Ticket.whole(row.stored)
            for name in Ticket.places():
                value, wanted = getattr(row, name), getattr(other, name)
                assert (value, type(value)) == (wanted, type(wanted)), name
                assert getattr(whole, name) == wanted, name


@pytest.fixture(autouse=True)
def filled(house: House) -> list[Ticket]:
    return house.run(_made(house))


def test_a_ticket_by_id_by_number_and_by_approval_is_its_row(house: House, filled: list[Ticket]) -> None:
    async def compare(role: Role) -> None:
        context = await _context(house, role)
        rows = {row.number: row for row in filled if role is not Role.CUSTOMER or row.user_id == "u-1"}
        same(
            [await tickets.one(context, str(row.id), None) for row in filled], [rows.get(row.number) for row in filled]
        )
        numbers = [row.number for row in filled]
        for asked in (numbers[:1], numbers[::-1], [5, 5, 999, -1], []):
            same(await tickets.by_number(context, asked), [rows.get(number) for number in asked])
        latest = {row.user_id: await Ticket.get(id=row.ticket_id) for row in await UserTicket.all()}
        assert latest
        for users in (["u-0"], ["u-1"], ["u-2", "u-0", "u-1", "nobody", "u-1"], []):
            told = [latest.get(user) for user in users]
            same(await tickets.latest_approved(context, users), [row and rows.get(row.number) for row in told])

    for role in (Role.AGENT, Role.CUSTOMER):
        house.run(compare(role))


@pytest.mark.parametrize("name", FILTERS)
def test_each_page_of_a_list_is_what_its_queryset_returns(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """In every order, from the beginning and behind each page, for all and for a customer."""
    wanted, told = FILTERS[name], 0

    async def compare(role: Role, order: Order) -> None:
        nonlocal told
        context = await _context(house, role)
        after: str | None = None
        with monkeypatch.context() as patched:
            patched.setitem(lists.STAND_INS, "now", context.now_ms)
            everything = await lists._filtered(context.viewer.sight, wanted, order)
        for begin in itertools.count(0, SIZE):
            page = await lists.page(context, wanted, order, SIZE, after)
            same(page.rows, everything[begin : begin + SIZE])
            told += len(page.rows)
            assert page.has_next_page == (len(everything) > begin + SIZE)
            if not page.has_next_page:
                return
            after = page.end_cursor

    for role, order in itertools.product((Role.AGENT, Role.CUSTOMER), Order):
        house.run(compare(role, order))
    assert bool(told) == (name != "no status")


def test_a_stored_row_has_no_attribute_that_it_does_not_have(filled: list[Ticket], house: House) -> None:
    async def read() -> Ticket:
        (row,) = await tickets.by_number(await _context(house, Role.AGENT), [filled[0].number])
        assert row is not None
        return row

    row = house.run(read())
    for name in ("nothing", "_nothing", "ticket"):
        with pytest.raises(AttributeError):
            getattr(row, name)
