"""SQL that Tortoise cannot say: the head, a snapshot with its position, full text, and PostgreSQL's own locks.

Written once with PostgreSQL's `$1`; SQLite reads the same numbers as `?1`. Each exception has its reason in
docs/decisions/0003-raw-sql.md.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient, Capabilities
from tortoise.expressions import RawSQL
from tortoise.models import Model
from tortoise.queryset import CountQuery, QuerySet, UpdateQuery, ValuesListQuery

Row = dict[str, Any]
M = TypeVar("M", bound=Model)

MESSAGES_PER_TICKET = 2**20
"""Room for the ordinals of one ticket in the id of a document: number * 2^20 + ordinal."""
LONGEST_WORD = 500
"""Characters of a word that count; PostgreSQL's lexemes end at 2,046 bytes."""


class HeadRead(NamedTuple):
    """The journal at one instant: its identity, last position, that event's nonce, and the database's time."""

    journal_id: bytes
    position: int
    nonce: bytes
    pruned: int
    """Events up to here were taken out; what came before cannot be replayed."""
    now_ms: int | None
    """Unix ms by PostgreSQL's clock; None on SQLite, where the process's clock is the clock."""


class Runs(Protocol):
    """What runs a statement: a connection of Tortoise's, or the one that reads at once."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]: ...


def on_postgres(connection: Runs) -> bool:
    return connection.capabilities.dialect == "postgres"


async def _query(connection: BaseDBAsyncClient, sql: str, values: Sequence[object] = ()) -> list[Row]:
    sql = sql if on_postgres(connection) else _of_sqlite(sql)
    return cast("list[Row]", await connection.execute_query_dict(sql, list(values)))


@cache
def _of_sqlite(sql: str) -> str:
    return re.sub(r"\$(\d+)", r"?\1", sql)


HOW_MANY = RawSQL("count(*) OVER ()")
"""The number of rows that a query finds without its limit, beside each row."""
POSTGRES_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


HEAD = "h.journal_id, h.position, h.nonce, h.pruned"
READ_HEAD = [f"SELECT {HEAD}, {now} FROM journal_head h" for now in ("NULL", POSTGRES_NOW)]


async def read_head(connection: Runs) -> HeadRead:
    _, (row,) = await connection.execute_query(READ_HEAD[on_postgres(connection)])
    return HeadRead(*row)


BETWEEN = "FROM events WHERE position >= $1 AND position <= $2 ORDER BY position"
MOVES = f"SELECT position, nonce, kind, ticket_id, user_id, account_id {BETWEEN}"
CONTENTS = f"SELECT position, nonce, kind, CASE WHEN ticket_id IS NOT NULL THEN content END {BETWEEN}"


async def moves(connection: Runs, first: int, last: int) -> list[Any]:
    """What the events of these positions were about: position, nonce, kind, ticket, user, account, as stored."""
    return await _between(connection, MOVES, first, last)


async def contents(connection: Runs, first: int, last: int) -> list[Any]:
    """What the events of these positions say of their tickets: position, nonce, kind, and the content where it changed.

    An event of the lease or of a note has none, and neither has one of an account.
    """
    return await _between(connection, CONTENTS, first, last)


def steps(events: Sequence[Any], before: HeadRead, head: HeadRead) -> Sequence[Any] | None:
    """Of `moves` or `contents` from one head to another the events behind the first one.

    None where these do not lead from there to here: another journal grew in the place of this one, or it was pruned.
    """
    if before.position:
        if not events or bytes(events[0][1]) != before.nonce:
            return None
        events = events[1:]
    return events if len(events) == head.position - before.position else None


async def _between(connection: Runs, sql: str, first: int, last: int) -> list[Any]:
    _, rows = await connection.execute_query(sql if on_postgres(connection) else _of_sqlite(sql), [first, last])
    return list(rows)


async def advance_head(connection: BaseDBAsyncClient, count: int, nonce: bytes) -> int:
    """Takes the next `count` positions and returns the first; the lock is held until the commit."""
    sql = "UPDATE journal_head SET position = position + $1, nonce = $2 RETURNING position"
    (row,) = await _query(connection, sql, [count, nonce])
    return cast("int", row["position"]) - count + 1


PRUNE = """
WITH last AS (
    SELECT max(position) AS position FROM events WHERE position <= $1 AND ticket_id IS NOT NULL GROUP BY ticket_id
    UNION
    SELECT max(position) FROM events WHERE position <= $1 AND ticket_id IS NOT NULL AND NOT note GROUP BY ticket_id
    UNION
    SELECT max(position) FROM events WHERE position <= $1 AND account_id IS NOT NULL GROUP BY account_id
), settled AS (
    SELECT max(position) AS position FROM events
    WHERE position <= $1 AND kind IN ('CREATED', 'APPROVED', 'REJECTED', 'REOPENED') GROUP BY ticket_id
), needed AS (
    SELECT position, ticket_id, content_revision FROM events
    WHERE position IN (SELECT position FROM last UNION SELECT position FROM settled)
    OR kind IN ('ERASED', 'ACCOUNT_ERASED')
    UNION
    SELECT e.position, e.ticket_id, e.content_revision FROM events e
    JOIN idempotency i ON i.ticket_id = e.ticket_id AND i.revision = e.revision
    UNION
    SELECT position, ticket_id, content_revision FROM events WHERE position > $1
)
DELETE FROM events WHERE position <= $1
AND position NOT IN (SELECT position FROM needed)
AND position NOT IN (
    SELECT e.position FROM events e
    JOIN needed n ON n.ticket_id = e.ticket_id AND n.content_revision = e.revision WHERE e.content IS NOT NULL
)
"""


async def prune(connection: BaseDBAsyncClient, through: int) -> int:
    """Deletes the events up to a position that nobody needs any more, and returns how many.

    Of each account and each ticket stay the last event and those that signed off an erasing; of a ticket also the last
    one that settled its status, those that a repeated request is answered with, and what holds the content of these.
    """
    count, _ = await connection.execute_query(PRUNE if on_postgres(connection) else _of_sqlite(PRUNE), [through])
    return count


async def database_now_ms(connection: BaseDBAsyncClient) -> int:
    """PostgreSQL's time of this statement, Unix ms (`now()` would stand still inside a transaction)."""
    (row,) = await _query(connection, f"SELECT {POSTGRES_NOW} AS now_ms")
    return cast("int", row["now_ms"])


async def next_numbers(connection: BaseDBAsyncClient, count: int) -> list[int]:
    """Fresh ticket numbers, ascending. PostgreSQL's sequence leaves holes where a transaction rolled back."""
    if on_postgres(connection):
        sql = "SELECT nextval('ticket_number')::int AS number FROM generate_series(1, $1::int)"
        return [row["number"] for row in await _query(connection, sql, [count])]
    (row,) = await _query(connection, "SELECT coalesce(max(number), 0) AS number FROM tickets")
    return list(range(row["number"] + 1, row["number"] + count + 1))


async def number_on(connection: BaseDBAsyncClient) -> None:
    """Lets PostgreSQL's sequence go on behind the largest number of a ticket; SQLite asks for that each time."""
    if on_postgres(connection):
        sql = "SELECT setval('ticket_number', coalesce(max(number), 0) + 1, false) FROM tickets"
        await connection.execute_query(sql)


async def hold_users(connection: BaseDBAsyncClient, user_ids: Iterable[str]) -> None:
    """Holds the users until the commit, always in the same order. SQLite has one writer: nothing to hold."""
    if on_postgres(connection):
        keys = {hashlib.blake2b(user_id.encode(), digest_size=7).digest() for user_id in user_ids}
        for key in sorted(int.from_bytes(key) for key in keys):
            await connection.execute_query("SELECT pg_advisory_xact_lock($1::bigint)", [key])


async def hold_schema(connection: BaseDBAsyncClient) -> None:
    """Lets one process at a time migrate. SQLite has one writer anyway."""
    if on_postgres(connection):
        await connection.execute_query("SELECT pg_advisory_xact_lock(0)")


def words_of(text: str) -> list[str]:
    """The words of a text as they are searched: without case and accents, letters and digits only."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [word[:LONGEST_WORD] for word in re.findall(r"[^\W_]+", plain)]


class Document(NamedTuple):
    """A text to be found: the ticket's own (ordinal 0) or that of a message; notes are found by the staff only."""

    number: int
    ordinal: int
    text: str
    note: bool = False

    @property
    def id(self) -> int:
        return self.number * MESSAGES_PER_TICKET + self.ordinal


async def index_words(connection: BaseDBAsyncClient, documents: Sequence[Document]) -> None:
    """Makes texts findable, in place of what their documents held before."""
    if not documents:
        return
    if on_postgres(connection):
        sql = (
            "INSERT INTO search (id, words, note) VALUES ($1, array_to_tsvector($2::text[]), $3)"
            " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
        )
        rows = [[each.id, sorted(set(words_of(each.text))), each.note] for each in documents]
    else:
        sql = "INSERT OR REPLACE INTO search (rowid, words, note) VALUES (?, ?, ?)"
        rows = [[each.id, " ".join(words_of(each.text)), int(each.note)] for each in documents]
    await connection.execute_many(sql, rows)


async def forget_words(connection: BaseDBAsyncClient, numbers: Iterable[int]) -> None:
    """Makes the tickets with these numbers findable by no word of theirs, their messages included."""
    id = "id" if on_postgres(connection) else "rowid"
    ranges = [[number * MESSAGES_PER_TICKET, (number + 1) * MESSAGES_PER_TICKET] for number in numbers]
    for first, behind in ranges:
        await _query(connection, f"DELETE FROM search WHERE {id} >= $1 AND {id} < $2", [first, behind])


def numbers_with(connection: BaseDBAsyncClient, word: str, *, notes: bool) -> RawSQL:
    """The numbers of the tickets with a word that begins with `word` (one of `words_of`: letters and digits only)."""
    hidden = "" if notes else " AND NOT note"
    if on_postgres(connection):
        return RawSQL(f"(SELECT (id >> 20)::int FROM search WHERE words @@ $${word}:*$$::tsquery{hidden})")
    return RawSQL(f"(SELECT rowid >> 20 FROM search WHERE search MATCH '\"{word}\"*'{hidden})")


async def first_of_each(rows: QuerySet[M], partition: str, order: str, count: int) -> list[M]:
    """The first `count` rows of each partition of a query, in one statement: a page of many threads at once."""
    window = RawSQL(f"row_number() OVER (PARTITION BY {partition} ORDER BY {order})")
    numbered = rows.annotate(nth=window)
    connection, sql, values = built(numbered)
    found = await connection.execute_query_dict(f"SELECT * FROM ({sql}) q WHERE nth <= {count:d}", values)
    return [rows.model._init_from_db(**row) for row in found]


Query: TypeAlias = QuerySet[Any] | ValuesListQuery[Any] | CountQuery | UpdateQuery


def built(query: Query) -> tuple[BaseDBAsyncClient, str, list[Any]]:
    """The statement that Tortoise would run, its values, and where."""
    query._db = query._choose_db()
    query._make_query()
    sql, values = query.query.get_parameterized_sql()
    return query._db, sql, values
