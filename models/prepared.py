"""Statements that Tortoise built once: building one costs ten times what running it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVarTuple

from models import database, statements
from models.quick import Quick
from models.statements import HeadRead, Query, Runs

Kind = TypeVarTuple("Kind")

WITH_HEAD: Final = (
    f"SELECT {statements.HEAD}, %s, q.* FROM journal_head h LEFT JOIN (SELECT 1, r.* FROM (%s) r) q ON true"
)
HEAD_COLUMNS: Final = len(HeadRead._fields)


KINDS_KEPT: Final = 1_000
"""Statements of each kind that are kept; a filter with other fields is another one."""


class Found(NamedTuple):
    """One run of a statement that is still to be made."""

    statement: Prepared
    given: Mapping[str, object]


class Prepared:
    """The SQL of a query, and where among its values those belong that differ from run to run.

    The query is built with stand-ins in their places: values that stand nowhere else in it.
    """

    def __init__(self, query: Query, stand_ins: Mapping[str, object]) -> None:
        connection, self.sql, self._values = statements.built(query)
        now = statements.POSTGRES_NOW if statements.on_postgres(connection) else "NULL"
        self._with_head = WITH_HEAD % (now, self.sql)
        places = {form: name for name, value in stand_ins.items() for form in (value, str(value))}
        self._places = [(at, places[value]) for at, value in enumerate(self._values) if value in places]

    async def run(self, connection: Runs, given: Mapping[str, object]) -> None:
        """Runs a statement that changes rows."""
        await connection.execute_query(self.sql, self._filled(given))

    async def rows(self, connection: Runs, given: Mapping[str, object], *, hold: bool = False) -> Sequence[Any]:
        """The rows of one run, columns by their place; held until the end of the transaction, if wanted."""
        sql = f"{self.sql} FOR UPDATE" if hold and statements.on_postgres(connection) else self.sql
        _, rows = await connection.execute_query(sql, self._filled(given))
        return rows

    async def snapshot(self, connection: Runs, given: Mapping[str, object]) -> tuple[HeadRead, Sequence[Any]]:
        """The rows and the head, read at one instant, so that the position is exactly that of the rows."""
        if isinstance(connection, Quick):
            return connection.snapshot(self.sql, self._filled(given))
        _, found = await connection.execute_query(self._with_head, self._filled(given))
        rows = [row[HEAD_COLUMNS + 1 :] for row in found if row[HEAD_COLUMNS]]
        return HeadRead(*found[0][:HEAD_COLUMNS]), rows

    def _filled(self, given: Mapping[str, object]) -> list[Any]:
        values = self._values.copy()
        for at, name in self._places:
            values[at] = given[name]
        return values


def kept(build: Callable[[*Kind], Prepared]) -> Callable[[*Kind], Prepared]:
    """Keeps what `build` makes of the same arguments, all of which are hashable, for each kind of database."""

    @lru_cache(KINDS_KEPT)
    def built(postgres: bool, kind: tuple[*Kind]) -> Prepared:
        return build(*kind)

    return lambda *kind: built(statements.on_postgres(database.quick()), kind)
