"""What is sent to the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast


class Statements(logging.Handler):
    """Keeps what Tortoise sends to the database, but for what the desk's own tasks read in the background."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.sent: list[tuple[str, Sequence[object]]] = []
        self.background = asyncio.all_tasks()

    def emit(self, record: logging.LogRecord) -> None:
        if asyncio.current_task() not in self.background:
            told = record.args if isinstance(record.args, tuple) and len(record.args) == 2 else (record.msg, ())
            self.sent.append(cast("tuple[str, Sequence[object]]", told))


@contextmanager
def statements() -> Iterator[list[tuple[str, Sequence[object]]]]:
    """Listens until the end of the block: each statement, and its values."""
    log, handler = logging.getLogger("tortoise.db_client"), Statements()
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield handler.sent
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
