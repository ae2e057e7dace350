"""Workers that die are replaced, and a crash loop is told and ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

from desk.serving import CRASHES_PER_WORKER
from desk.settings import Settings
from tests.support.live import until
from tests.support.processes import Server

WORKERS = 2
NO_REDIS = "redis://127.0.0.1:1"


async def test_a_worker_that_dies_is_replaced_and_one_crash_after_the_other_ends_the_server_with_3(
    tmp_path: Path,
) -> None:
    server = Server(Settings(data=tmp_path, broadcast_url=NO_REDIS), tmp_path / "log", workers=WORKERS)
    killed: set[int] = set()
    try:
        await server.start()
        ending = asyncio.create_task(server.ended())
        await until(lambda: len(server.workers()) == WORKERS, "the workers")
        await until(lambda: ending.done() or _killed(server, killed), "the server to give up")
        assert await ending == 3
    finally:
        server.kill()
    assert len(killed) > CRASHES_PER_WORKER * WORKERS
    assert "workers died within 60 s: giving up" in server.log


def _killed(server: Server, killed: set[int]) -> bool:
    """Kills the workers that were not killed yet; there are always more to come."""
    for worker in server.workers():
        if worker.pid not in killed:
            killed.add(worker.pid)
            worker.kill()
    return False
