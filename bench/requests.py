"""What is asked, the same of every server: documents, and the variables of the n-th request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bench.material import APART_S, NEWEST, TICKETS, USERS, user

Request = dict[str, object]

FIELDS: Final = "id number userId subject status priority tags version createdAt updatedAt"
LIST: Final = f"{{ tickets(first: 50, orderBy: CREATED_DESC) {{ edges {{ node {{ {FIELDS} }} }} }} }}"
LIST_BEFORE: Final = f"""query($before: DateTime!) {{
  tickets(first: 50, orderBy: CREATED_DESC, filter: {{ createdBefore: $before }}) {{ edges {{ node {{ {FIELDS} }} }} }}
}}"""
PAGE: Final = f"""query($after: Cursor) {{
  tickets(first: 50, orderBy: CREATED_DESC, after: $after) {{
    edges {{ node {{ {FIELDS} }} }} pageInfo {{ endCursor }}
  }}
}}"""
LATEST: Final = (
    "query Latest%s($user: ID!) { latestApprovedTicket(userId: $user) { id number status extra updatedAt } }"
)
UPDATE: Final = """mutation($id: ID!, $input: UpdateTicketInput!) {
  updateTicket(id: $id, input: $input) { ... on Ticket { id number subject status version } }
}"""
EVENT: Final = "cursor kind actor at ticket { id number userId subject status priority version }"
FOLLOW: Final = f"subscription {{ ticketEvents {{ {EVENT} }} }}"
FOLLOW_USER: Final = f"subscription($user: ID!) {{ ticketEvents(userId: $user) {{ {EVENT} }} }}"

HOT_USERS: Final = 5
SPAN_MS: Final = (TICKETS - 50) * APART_S * 1_000
STEP_MS: Final = 86_413
"""A prime that does not divide the span: `n` steps around it come to an instant where no other `n` did."""


def list_same(n: int) -> Request:
    """Fifty tickets of ten fields, whatever `n`."""
    return {"query": LIST}


def list_never_same(n: int) -> Request:
    """The same of tickets before an instant that is another for each `n`."""
    before = NEWEST - timedelta(milliseconds=n * STEP_MS % SPAN_MS)
    return {"query": LIST_BEFORE, "variables": {"before": before.isoformat(timespec="milliseconds")}}


def latest_hot(n: int) -> Request:
    """A handful of users again and again."""
    return {"query": LATEST % "", "variables": {"user": user(n % HOT_USERS)}}


def latest_each_once(n: int) -> Request:
    """Every user once; then all again under another name of the operation, for which no answer can be kept."""
    return {"query": LATEST % (n // USERS), "variables": {"user": user(n % USERS)}}


def update(n: int, ids: Sequence[str]) -> Request:
    """A new subject for one ticket after another."""
    return {"query": UPDATE, "variables": {"id": ids[n % len(ids)], "input": {"subject": f"Changed, time {n:07}"}}}


def mixed(n: int, ids: Sequence[str]) -> Request:
    """Of ten requests one update, one list, and for the rest somebody's latest approved ticket."""
    return update(n, ids) if n % 10 == 0 else list_never_same(n) if n % 10 == 5 else latest_each_once(n)


def page_after(cursor: str | None) -> Request:
    """The page behind a cursor, or the first one."""
    return {"query": PAGE, "variables": {"after": cursor}}


def follow(user: str | None = None) -> Request:
    """All events, or those of one user's tickets."""
    return {"query": FOLLOW} if user is None else {"query": FOLLOW_USER, "variables": {"user": user}}
