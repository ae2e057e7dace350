"""How the databases read a list: along an index that holds it in order, from where the page begins."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from desk import keeper
from models import database
from tests.support.desk import GUARD_S, Desk, Person
from tests.support.sql import statements

TICKETS = 20_000
AT_ONCE = 50
"""Tickets that share an instant, as they do after an import of dates."""
MOST_READ = 700
"""Rows for a page of 50: PostgreSQL may walk the index of all where it reckons that one in ten fits, for these lie
together."""
DEEP = 900
FILL = """
INSERT INTO tickets (id, number, user_id, subject, body, status, status_before, priority, assignee, tags, extra,
  source, awaiting_reply, version, revision, content_revision, message_count, lock_token, created_at_ms, updated_at_ms,
  decided_at_ms, decided_by)
WITH RECURSIVE made (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM made WHERE n < {count})
SELECT {id}, n, 'u-' || (n % 20), 's', '',
  CASE n % 20 WHEN 0 THEN 'OPEN' WHEN 1 THEN 'PROCESSING' WHEN 2 THEN 'APPROVED' WHEN 3 THEN 'REJECTED'
    ELSE 'CLOSED' END,
  CASE WHEN n % 20 < 2 THEN NULL ELSE 'OPEN' END,
  CASE n % 3 WHEN 0 THEN 'LOW' WHEN 1 THEN 'NORMAL' ELSE 'HIGH' END,
  CASE WHEN n / 20 % 10 = 0 THEN NULL ELSE 'agent-' || (n / 20 % 10) END,
  {tags}, '{{}}', 'API', {awaits}, 1, 1, 1, 0, 0, 1000 * (n / {at_once}), 1000 * ((n * 7919 % {count}) / {at_once}),
  CASE WHEN n % 20 IN (2, 3) THEN 1000 * (n / {at_once}) END, CASE WHEN n % 20 IN (2, 3) THEN 'agent-' || (n % 7) END
FROM made
"""
TAG = """
INSERT INTO ticket_tags (ticket_id, tag, created_at_ms, updated_at_ms, number)
SELECT id, 'tag-' || (number / 20 % 10), created_at_ms, updated_at_ms, number FROM tickets
"""
SQLITE = {"id": "printf('00000000-0000-0000-0000-%012d', n)", "tags": "'[]'", "awaits": "n % 2"}
POSTGRES = {
    "id": "('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid",
    "tags": "'[]'::json",
    "awaits": "n % 2 = 0",
}

ORDERS = ["CREATED_DESC", "CREATED_ASC", "UPDATED_DESC", "UPDATED_ASC"]
OFFERED: dict[str, dict[str, Any]] = {
    "everything": {},
    "the page's queue": {"status": ["OPEN", "PROCESSING"]},
    "the page's queue of some days": {"status": ["OPEN", "PROCESSING"], "createdAfter": "1970-01-01T00:01:00Z"},
    "everything not closed": {"status": ["OPEN", "PROCESSING", "APPROVED", "REJECTED"]},
    "one status": {"status": ["REJECTED"]},
    "assignee": {"assignee": "agent-3"},
    "nobody's": {"assignee": None},
    "user": {"userId": "u-3"},
    "tag": {"tag": "tag-3"},
}
"""What has an index of its own: no row of another list is read."""
TOGETHER: dict[str, dict[str, Any]] = {
    "some days": {"createdAfter": "1970-01-01T00:01:00Z"},
    "until some day": {"createdBefore": "1970-01-01T00:05:00Z"},
    "a user's, of some days": {"userId": "u-3", "createdAfter": "1970-01-01T00:01:00Z"},
    "decided": {"status": ["APPROVED", "REJECTED"]},
    "odd statuses": {"status": ["OPEN", "CLOSED"]},
    "mine": {"status": ["OPEN", "PROCESSING"], "assignee": "agent-3"},
    "priority": {"priority": ["HIGH", "LOW"]},
    "awaiting": {"awaitingReply": True},
    "free": {"locked": False},
    "tag and status": {"tag": "tag-3", "status": ["CLOSED"]},
    "tag and user": {"tag": "tag-3", "userId": "u-3"},
    "decided on some days": {"decidedAfter": "1970-01-01T00:01:00Z"},
    "decided by somebody": {"decidedBy": "agent-3", "decidedBefore": "1970-01-02T00:00:00Z"},
    "approved": {"status": ["APPROVED"], "decidedAfter": "1970-01-01T00:01:00Z"},
    "tag of some days": {"tag": "tag-3", "createdAfter": "1970-01-01T00:01:00Z"},
}
"""What walks one of these, and leaves out on the way."""
LIST = """query($filter: TicketFilter, $orderBy: TicketOrder, $first: Int, $after: Cursor) {
  tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { edges { cursor node { number } } } }"""


@pytest.fixture(autouse=True)
def both_ways() -> None:
    """Each query is executed once: see conftest.py."""


@pytest.fixture(autouse=True)
def nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seal is made meanwhile: its statements are nobody's who asks."""
    monkeypatch.setattr(keeper, "ROUND_S", 60 * GUARD_S)


@pytest.fixture
async def ann(desk: Desk) -> Person:
    """An agent of a desk with many tickets, of which the database knows how they are spread."""
    write = database.primary().execute_query
    await write(FILL.format(count=TICKETS, at_once=AT_ONCE, **(POSTGRES if desk.on_postgres else SQLITE)))
    await write(TAG)
    if desk.on_postgres:  # SQLite plans without: nobody runs it there
        await write("ANALYZE")
    return await desk.agent()


async def sent(ann: Person, **given: Any) -> tuple[str, list[object]]:
    """The one statement that reads tickets when a list is asked for."""
    with statements() as heard:
        await ann.asks(LIST, **given)
    ((sql, values),) = [(sql, values) for sql, values in heard if 'FROM "tickets"' in sql]
    return sql, list(values)


async def explained(sql: str, values: list[object], *, in_order: bool = False) -> list[str]:
    """The steps of SQLite's plan, or the lines of PostgreSQL's; `in_order` keeps that from sorting where it need not.

    PostgreSQL gathers and sorts by itself where it reckons with a hundred rows in all, as here it often has to.
    """
    async with in_transaction(database.PRIMARY) as connection:
        if in_order and "?" not in sql:
            await connection.execute_query("SET LOCAL enable_sort = off")
        rows = await connection.execute_query_dict(f"EXPLAIN {'QUERY PLAN' if '?' in sql else ''} {sql}", values)
    return [str(row.get("detail") or row.get("QUERY PLAN")) for row in rows]


def wrong(plan: list[str]) -> Iterator[str]:
    """The steps that sort, or read a table from one end to the other."""
    for step in plan:
        sorts = "USE TEMP B-TREE" in step or "Sort" in step
        scans = step.startswith("SCAN tickets") and "INDEX" not in step
        if sorts or scans or "Seq Scan on ticket" in step:
            yield step


async def test_no_list_is_sorted_or_counted_and_no_table_is_scanned(ann: Person) -> None:
    found = {}
    for name, filter in (OFFERED | TOGETHER).items():
        for order in ORDERS:
            page = (await ann.asks(LIST, filter=filter, orderBy=order)).tickets.edges
            assert len(page) == 50, (name, order)
            for after in (None, page[-1].cursor):
                sql, values = await sent(ann, filter=filter, orderBy=order, after=after)
                assert "count(" not in sql.lower()
                assert "offset" not in sql.lower()
                plan = await explained(sql, values, in_order=name in TOGETHER)
                if list(wrong(plan)):
                    found[name, order, after is not None] = plan
    assert found == {}, json.dumps({str(key): plan for key, plan in found.items()}, indent=1)


DECIDED: dict[str, dict[str, Any]] = {
    "on some day": {"decidedAfter": "1970-01-01T00:06:30Z"},
    "by somebody": {"decidedAfter": "1970-01-01T00:06:30Z", "decidedBy": "agent-3"},
    "somehow": {"decidedAfter": "1970-01-01T00:06:30Z", "status": ["APPROVED"]},
}


async def test_what_was_decided_is_begun_with_the_decisions_of_its_days(ann: Person) -> None:
    for name, filter in DECIDED.items():
        with statements() as heard:
            (count,) = (await ann.asks("query($f: TicketFilter!) { counts(filters: [$f]) }", f=filter)).counts
        assert count
        ((sql, values),) = [(sql, values) for sql, values in heard if 'FROM "tickets"' in sql]
        plan = await explained(sql, list(values))
        assert any("idx_tickets_decided" in step for step in plan), (name, plan)


async def test_figures_are_begun_with_what_they_count(ann: Person) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
    with statements() as heard:
        assert (await ann.asks("query($s: DateTime!) { figures(since: $s) { open processing } }", s=since)).figures.open
    read = [(sql, values) for sql, values in heard if 'FROM "tickets"' in sql]
    plans = [await explained(sql, list(values)) for sql, values in read]
    assert len(plans) == 3  # the locks once more: those of the position that the counted tickets are of
    assert [list(wrong(plan)) for plan in plans] == [[], [], []], plans


async def deep(ann: Person, filter: dict[str, Any], order: str) -> str:
    """The cursor of a row deep in the list, and one of several of its instant."""
    after = None
    for _ in range(DEEP // 100):
        after = (await ann.asks(LIST, filter=filter, orderBy=order, first=100, after=after)).tickets.edges[-1].cursor
    return str(after)


async def test_a_deep_page_reads_no_more_than_the_first(desk: Desk, ann: Person) -> None:
    begins = {"CREATED_ASC": "(created_at_ms,number)>(?,?)", "UPDATED_DESC": "(updated_at_ms,number)<(?,?)"}
    for (name, filter), (order, begin) in itertools.product(OFFERED.items(), begins.items()):
        first = await sent(ann, filter=filter, orderBy=order)
        later = await sent(ann, filter=filter, orderBy=order, after=await deep(ann, filter, order))
        if desk.on_postgres:
            for statement in (first, later):
                assert (await rows_read(*statement))["tickets"] <= MOST_READ < DEEP, (name, order)
        else:
            assert any(begin in step for step in await explained(*later)), (name, order)


async def rows_read(sql: str, values: list[object]) -> dict[str, int]:
    """How many rows of each table PostgreSQL looked at, those included that it left out."""
    (row,) = await database.primary().execute_query_dict(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
    (answer,) = row["QUERY PLAN"] if isinstance(row["QUERY PLAN"], list) else json.loads(row["QUERY PLAN"])
    counts: dict[str, int] = {}

    def look(node: dict[str, Any]) -> None:
        if "Relation Name" in node:
            each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            counts[node["Relation Name"]] = round(each * node["Actual Loops"])
        for below in node.get("Plans", []):
            look(below)

    look(answer["Plan"])
    return counts
