"""The rows of size: a page deep in a million tickets, and two workers beside one."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from bench import requests
from bench.load import encoded, requests_per_second
from bench.material import place_of, prepared_many
from bench.running import Figures, Run
from bench.servers import Server
from resolvers.cursors import LIST, ListCursor
from tests.support.redis import Redis

PAGE = 50
DEEP = 10_000 * PAGE
"""The rank of the row behind which the deep pages begin: ten thousand pages down."""


@dataclass
class Pages:
    """One page after another of a desk's list, each behind another row: no two cursors are the same."""

    server: Server
    token: str
    ranks: count[int]

    def __post_init__(self) -> None:
        pages = self.server.ask(requests.page_after(None), self.token)["tickets"]
        end = pages["pageInfo"]["endCursor"]
        _, self._list, *_ = LIST.unpack(urlsafe_b64decode(end + "=" * (-len(end) % 4)))
        if self._cursor(PAGE - 1) != end:
            raise RuntimeError(f"the cursor of a list is made otherwise by now: {end} and not {self._cursor(PAGE - 1)}")

    async def ms(self, seconds: float) -> float:
        """Time of a page, by how many a second there are."""
        return 1_000 / await requests_per_second(self.server.port, self._next, seconds)

    def _next(self) -> bytes:
        return encoded(requests.page_after(self._cursor(next(self.ranks))), self.token)

    def _cursor(self, rank: int) -> str:
        return str(ListCursor(self._list, *place_of(rank)))


async def deep_page(run: Run) -> Figures:
    """Milliseconds of a page 10,000 pages down, and of one among the first."""
    many, token = prepared_many(run.material), run.material.agent
    with ExitStack() as stack:
        sqlite = run.desk(stack, many.copied(run.fresh()))
        postgres = run.desk(stack, run.fresh(), "--database-url", await run.postgres_many(), name="postgres")
        pages = {
            "desk": Pages(sqlite, token, count(DEEP)),
            "a first page": Pages(sqlite, token, count()),
            "postgres": Pages(postgres, token, count(DEEP)),
            "a first page on PostgreSQL": Pages(postgres, token, count()),
        }
        return await run.in_turn({name: partial(each.ms, run.seconds) for name, each in pages.items()})


@dataclass
class Worked:
    """A desk of one worker or more: what a second of their processors' time comes to, and a second of everybody's."""

    server: Server
    token: str
    ids: list[str]
    by_the_clock: dict[float, float] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)

    async def requests_per_cpu_second(self, seconds: float) -> float:
        before = self.server.cpu_seconds()
        rate = await requests_per_second(self.server.port, self._next, seconds)
        figure = rate * seconds / (self.server.cpu_seconds() - before)
        self.by_the_clock[figure] = rate
        return figure

    def _next(self) -> bytes:
        return encoded(requests.mixed(next(self.numbers), self.ids), self.token)


async def workers(run: Run) -> Figures:
    """Requests per second of the workers' own processor time: two on PostgreSQL and Redis, and one."""
    ids, token = run.material.ids(), run.material.agent
    with ExitStack() as stack:
        found = {}
        for number, name in ((2, "desk"), (1, "1 worker")):
            redis = stack.enter_context(Redis())
            options = ["--database-url", await run.postgres(), "--broadcast-url", redis.url, "--workers", str(number)]
            found[name] = Worked(run.desk(stack, run.fresh(), *options), token, ids)
        figures = await run.in_turn(
            {name: partial(each.requests_per_cpu_second, run.seconds) for name, each in found.items()}
        )
        for name, told in (("desk", "2 workers, by the clock"), ("1 worker", "1 worker, by the clock")):
            figures[told] = [found[name].by_the_clock[figure] for figure in figures[name]]
        return figures
