"""Workers that die are replaced, and a crash loop is told and ended."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import psutil

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


async def test_workers_whose_parent_is_killed_end_and_leave_the_port_to_the_next_server(tmp_path: Path) -> None:
    server = Server(Settings(data=tmp_path, broadcast_url=NO_REDIS), tmp_path / "log", workers=WORKERS)
    orphans = []
    try:
        await server.start()
        orphans = server.workers()
        server.send(signal.SIGKILL)
        assert await server.ended() == -signal.SIGKILL
        await until(lambda: not any(worker.is_running() for worker in orphans), "the orphans to end")
        await server.start()
        assert await server.stop() == 0
    finally:
        server.kill()
        for worker in orphans:
            with suppress(psutil.NoSuchProcess):
                worker.kill()
