"""One transaction: the rows that change, the events that say so, the head last; the bell after the commit."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import asyncpg
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models.database import PRIMARY, is_outage
from models.errors import GuichetError, Unavailable
from models.idempotency import AlreadyDone
from models.work import Caller, Work

log = logging.getLogger("guichet.models")

ATTEMPTS = 3
"""A unit that lost the race for a unique key, or was chosen as the victim of a deadlock, runs again this often."""


C = TypeVar("C", bound=Caller)
P = ParamSpec("P")
T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()


def unit_of_work(
    verb: Callable[Concatenate[Work, C, P], Awaitable[T]],
) -> Callable[Concatenate[C, P], Coroutine[Any, Any, T]]:
    """Runs `verb(work, caller, …)` in a transaction and a task of its own: it happens whole or not at all.

    The task is shielded: a transaction that is cancelled while it begins would never free its connection. A caller
    that is cancelled leaves when the work is done. Raises what the verb raises, and Unavailable for an outage.
    """

    @functools.wraps(verb)
    async def run(caller: C, *args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.get_running_loop().create_task(
            _attempts(verb, caller, *args, **kwargs), context=contextvars.Context()
        )
        _running.add(task)
        task.add_done_callback(_running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_unheard)
            await asyncio.wait([task])
            raise

    return cast("Callable[Concatenate[C, P], Coroutine[Any, Any, T]]", run)


def _unheard(task: asyncio.Task[Any]) -> None:
    """Takes the outcome in place of a caller that left: a refusal is no news to anybody, a surprise is logged."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, GuichetError):
        log.error("unexpected error, its caller had left", exc_info=error)


async def finished() -> None:
    """Waits for the units of work that still run; called at a stop."""
    while _running:
        await asyncio.wait(set(_running))


async def _attempts(
    verb: Callable[Concatenate[Work, C, P], Awaitable[T]], caller: C, *args: P.args, **kwargs: P.kwargs
) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _attempt(verb, caller, *args, **kwargs)
        except (IntegrityError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            if attempt == ATTEMPTS:
                raise
        except Exception as error:
            if is_outage(error):
                raise Unavailable from error
            raise
    raise AssertionError("unreachable")


async def _attempt(
    verb: Callable[Concatenate[Work, C, P], Awaitable[T]], caller: C, *args: P.args, **kwargs: P.kwargs
) -> T:
    try:
        async with in_transaction(PRIMARY) as connection:
            work = Work(connection, caller)
            outcome = await verb(work, caller, *args, **kwargs)
            position = await work.write(outcome)
    except AlreadyDone as done:
        return done.outcome  # type: ignore[return-value]  # the first outcome of this same verb
    if position:
        caller.world.committed(position)
    return outcome
