"""One run of the bench: how long, on what; servers side by side, taken in turn, round after round."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg

from bench import servers
from bench.material import KEPT, Material, guichet, multiplying, prepared
from bench.servers import Server
from tests.support.postgres import Postgres

Figures = dict[str, list[float]]
"""What was measured of each server, round by round."""
Work = Callable[[], Awaitable[float]]
"""What one server does in one round, and the figure that this comes to."""

SCRIPTS = {"yoga": "yoga.mjs", "yoga cached": "yoga.mjs", "mercurius": "mercurius.mjs"}

TAKEN, TRIES = 0.03, 5
"""Where the host took more of the machine the round is done again; of so many the one that it took least of counts."""


@dataclass
class Run:
    """How many rounds of how many seconds; everything that is begun ends with `stack`.

    `profiles` is a folder for what py-spy finds out about the desks of `row`.
    """

    rounds: int
    seconds: float
    stack: ExitStack
    profiles: Path | None = None
    row: str = ""
    material: Material = field(default_factory=prepared)
    _postgres: Postgres | None = None
    _names: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        # on the same disk as what is kept, which is not memory as a system's folder for such things may be
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="run-", dir=KEPT)))

    def fresh(self) -> Path:
        """A path that nobody has."""
        return self.folder / str(next(self._names))

    async def postgres(self) -> str:
        """The URL of a PostgreSQL database of its own, which holds what the SQLite file does."""
        if self._postgres is None:
            self._postgres = Postgres(durable=True)
            self.stack.callback(self._postgres.close)
            self._postgres.start()
            await self._fill(self._postgres)
        name = f"desk{next(self._names)}"
        await self._postgres.create_database(name, template="filled")
        return self._postgres.url(name)

    async def postgres_many(self) -> str:
        """The same with a million tickets, of which those beyond the others have no history."""
        url = await self.postgres()
        database = await asyncpg.connect(url.replace("asyncpg", "postgres", 1))
        found = await database.fetch("SELECT * FROM information_schema.columns WHERE table_name = 'tickets'")
        await database.execute(multiplying((row["column_name"] for row in found), "gen_random_uuid()"))
        await database.execute("VACUUM ANALYZE tickets")
        await database.close()
        return url

    async def _fill(self, postgres: Postgres) -> None:
        """Makes the database that others are copies of; what was made once is kept as PostgreSQL's own dump."""
        await postgres.create_database("filled")
        kept, dump = self.material.folder / "postgres.dump", postgres.folder / "dump"
        if kept.exists():
            shutil.copyfile(kept, dump)  # where PostgreSQL's own user may read
            postgres.run("pg_restore", "--dbname=filled", str(dump))
            return
        data, url = self.fresh(), postgres.url("filled")
        guichet("migrate", data=data, database_url=url)
        guichet("import", str(self.material.exported()), data=data, database_url=url)
        postgres.run("pg_dump", "--format=custom", f"--file={dump}", "filled")
        shutil.copyfile(dump, kept)

    def desk(self, stack: ExitStack | AsyncExitStack, data: Path, *options: str, name: str = "desk") -> Server:
        """A desk until the end of `stack`, looked at by py-spy if that is wanted."""
        server = stack.enter_context(servers.desk(data, *options, name=name))
        if self.profiles is not None:
            file = self.profiles / f"{self.row}-{name}-{server.port}.txt"
            stack.enter_context(servers.watched(server, file))
        return server

    async def begun(self, stack: ExitStack | AsyncExitStack, name: str) -> Server:
        """A server with a copy of the data for itself, until the end of `stack`."""
        if name == "desk":
            return self.desk(stack, self.material.copied(self.fresh()))
        if name == "postgres":
            return self.desk(stack, self.fresh(), "--database-url", await self.postgres(), name=name)
        cache = {"BENCH_CACHE": "1"} if name == "yoga cached" else {}
        file = self.material.copied(self.fresh()) / "guichet.db"
        return stack.enter_context(servers.peer(SCRIPTS[name], name, file, **cache))

    async def in_turn(self, works: Mapping[str, Work]) -> Figures:
        """Each work once to warm up, then all of them in turn, as many times as there are rounds."""
        for work in works.values():
            await work()
        figures: Figures = {name: [] for name in works}
        for _ in range(self.rounds):
            for name, work in works.items():
                figures[name].append(await undisturbed(work))
        return figures


async def undisturbed(work: Work) -> float:
    """What `work` comes to while the machine's host leaves it alone, or nearly: whatever it comes to."""
    tried: list[tuple[float, float]] = []
    while len(tried) < TRIES and (not tried or min(tried)[0] > TAKEN):
        taken, ticks = _ticks()
        figure = await work()
        taken_now, ticks_now = _ticks()
        tried.append(((taken_now - taken) / max(1, ticks_now - ticks), figure))
    return min(tried)[1]


def _ticks() -> tuple[int, int]:
    """What the host has taken of this machine (`steal` of proc_stat(5)), and all there was."""
    stat = Path("/proc/stat")
    ticks = [int(each) for each in stat.read_text().partition("\n")[0].split()[1:9]] if stat.exists() else [0]
    return ticks[-1], sum(ticks)
