"""What is sent to the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from models import statements as ours


def is_look(sql: object) -> bool:
    """Whether this is part of a look at the head, which one statement may do for many who ask."""
    return isinstance(sql, str) and (sql in ours.READ_HEAD or sql.replace("?", "$") == ours.MOVES)


class Statements(logging.Handler):
    """Keeps what is sent to the database, but for what the desk's own tasks read in the background."""

    def __init__(self, looks: bool) -> None:
        super().__init__(logging.DEBUG)
        self._looks = looks
        self.sent: list[tuple[str, Sequence[object]]] = []
        self.background = asyncio.all_tasks()

    def emit(self, record: logging.LogRecord) -> None:
        if asyncio.current_task() not in self.background:
            told = record.args if isinstance(record.args, tuple) and len(record.args) == 2 else (record.msg, ())
            sql, values = cast("tuple[str, Sequence[object]]", told)
            if self._looks or not is_look(sql):
                self.sent.append((sql, values))


@contextmanager
def statements(*, looks: bool = False) -> Iterator[list[tuple[str, Sequence[object]]]]:
    """Listens until the end of the block: each statement and its values, with the looks where these are wanted."""
    log, handler = logging.getLogger("tortoise.db_client"), Statements(looks)
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield handler.sent
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
