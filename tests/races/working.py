"""What a second process does in a race: units of work through models, without a server.

python -m tests.races.working DATABASE increments TICKET COUNT    add one to extra.n, COUNT times
python -m tests.races.working DATABASE writes NAME COUNT          create tickets, COUNT times
"""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from models import database
from models.ticket import Priority, Source, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, System, Work, World
from resolvers.guard import any_with_id


@unit_of_work
async def increment(work: Work, caller: Caller, id: UUID) -> None:
    """Reads, then writes: what fails at once where the transaction began as a reader."""
    ticket = await work.ticket(any_with_id(id))
    ticket.update(work, {"extra": {"n": int(str(ticket.extra["n"])) + 1}})


@unit_of_work
async def create(work: Work, caller: Caller, name: str) -> None:
    await work.hold_time()
    Ticket.open(
        work,
        user_id=name,
        subject="Card lost",
        body="",
        priority=Priority.NORMAL,
        tags=[],
        extra={},
        source=Source.IMPORT,
    )


async def main(url: str, what: str, of: str, count: str) -> None:
    process = System(World(now_ms=wall_clock_ms, new_id=uuid7))
    async with database.connected(url):
        await database.head()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for _ in range(int(count)):
            await (increment(process, UUID(of)) if what == "increments" else create(process, of))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
