"""What the commands share: who acts, how a command ends, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from desk.settings import Settings
from models import database
from models.errors import BadUserInput, GuichetError, Unavailable
from models.work import System, World


def operator(settings: Settings, actor: str = "system") -> System:
    """Whoever runs a command, as the cause of what it does."""
    return System(World(now_ms=wall_clock_ms, new_id=uuid7, bounds=settings.bounds), actor)


@asynccontextmanager
async def opened(settings: Settings, *, patient: bool = True) -> AsyncIterator[None]:
    """The desk's database, for a command: of this version, if it is the desk's own."""
    async with database.connected(settings.database, patient=patient):
        if settings.embedded:
            await database.migrate()
        elif missing := await database.pending():
            raise BadUserInput(f"The database lacks {', '.join(missing)}: run guichet migrate first.")
        yield


@asynccontextmanager
async def existing(settings: Settings, *, patient: bool = True) -> AsyncIterator[None]:
    """The database of a desk that is there already; raises BadUserInput where there is none, and makes none."""
    if settings.embedded and not database.file_of(settings.database).exists():
        raise BadUserInput(f"There is no desk in {settings.data}.")
    async with opened(settings, patient=patient):
        yield


def run(job: Coroutine[Any, Any, int]) -> int:
    """Runs a command to its exit code; what is expected to go wrong is one sentence and 1."""
    try:
        return asyncio.run(job)
    except GuichetError as error:
        cause = error.__cause__ if isinstance(error, Unavailable) else None
        return sorry(f"the database does not answer: {cause}" if cause else error.message)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            return sorry(f"{error.filename}: {error.strerror}")
        if database.is_outage(error):
            return sorry(f"the database does not answer: {error}")
        if database.is_damaged(error):
            return sorry(f"the database is damaged: {error}. Put a backup in its place: guichet restore FILE --replace")
        raise


def sorry(message: str, code: int = 1) -> int:
    """Says on stderr why not, and returns the exit code."""
    print(f"guichet: {message}", file=sys.stderr)
    return code
