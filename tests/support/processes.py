"""Processes of the tests: servers as they are deployed, and workers that share a database."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil
from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from desk.settings import Settings
from models import database
from models.account import Role
from models.work import System, World
from resolvers import tokens
from tests.support import warm
from tests.support.desk import GUARD_S, Clock, Desk, client_of
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_S = 120.0
POLL_S = 0.01


async def token(settings: Settings, name: str, role: Role = Role.AGENT) -> str:
    """A token made by this process, for servers that are others."""
    async with database.connected(settings.database):
        operator = System(World(now_ms=wall_clock_ms, new_id=uuid7))
        return await tokens.issue(operator, name, role, None)


class Server:
    """`guichet serve` in a process group of its own, which may be killed and started again, always on one port.

    `module` is what a Python of its own runs as `python -m`: "desk", or one of the tests that serves a desk which
    crashes. Without one, it is forked from a process that has read the desk.
    """

    def __init__(
        self, settings: Settings, log: Path, port: int | None = None, *, workers: int = 1, module: str | None = None
    ) -> None:
        self.settings, self.port, self._log = settings, port or free_port(), log
        self._words = ["serve", "--port", str(self.port), "--workers", str(workers)]
        anew = module or ("desk" if workers > 1 else None)
        self._command = [sys.executable, "-m", anew, *self._words] if anew else None
        self._process: subprocess.Popen[bytes] | warm.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    async def start(self, **variables: str) -> None:
        """Runs it, with these variables on top of its settings, and returns once it is ready to serve."""
        given = os.environ | self.settings.variables() | variables
        self._process = await asyncio.to_thread(self._started, given)
        async with client_of(self.port) as http, asyncio.timeout(START_S):
            while not await _ready(http):
                assert self._process.poll() is None, self.log
                await asyncio.sleep(POLL_S)

    def _started(self, variables: dict[str, str]) -> subprocess.Popen[bytes] | warm.Process:
        if self._command is None:
            return warm.Process(*self._words, folder=ROOT, variables=variables, out=self._log, err=self._log)
        with self._log.open("ab") as output:
            return subprocess.Popen(
                self._command, cwd=ROOT, env=variables, stdout=output, stderr=output, process_group=0
            )

    def workers(self) -> list[psutil.Process]:
        """The processes that answer, where there are several; the parent has another child that keeps its books."""
        found: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.pid).children():
                with suppress(psutil.NoSuchProcess):
                    if any("spawn_main" in word for word in child.cmdline()):
                        found.append(child)
        return found

    def send(self, sign: signal.Signals) -> None:
        """Sends a signal to the process that was started, not to its workers."""
        if self._process is not None:
            self._process.send_signal(sign)

    async def ended(self) -> int:
        """Waits until it has ended by itself; the exit code, or minus the signal that killed it."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, START_S)

    def kill(self) -> None:
        """kill -9 of the process and all its workers; nothing happens where they are gone already."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()  # if it had no group yet
            self._process.wait()
            self._process = None

    async def stop(self) -> int:
        """SIGTERM, then its exit code."""
        self.send(signal.SIGTERM)
        return await self.ended()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Desk]:
        """The desk as its clients reach it."""
        async with client_of(self.port) as http:
            yield Desk(self.port, http, Clock(), self.settings)


@asynccontextmanager
async def serving(settings: Settings, log: Path, port: int | None = None) -> AsyncIterator[Desk]:
    """`guichet serve` in a process of its own, on a free port or the one given, until the end of the block."""
    server = Server(settings, log, port)
    try:
        await server.start()
        async with server.client() as desk:
            yield desk
        with suppress(subprocess.TimeoutExpired):
            await server.stop()
    finally:
        server.kill()


async def _ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/health")).status_code == 200
    except httpx.TransportError:
        return False


async def health(desk: Desk) -> dict[str, object]:
    """What the desk says of itself."""
    answer: dict[str, object] = (await desk.http.get("/health")).json()
    return answer


async def broadcast_is(desk: Desk, state: str) -> None:
    """Waits until the desk says so of its broadcast."""
    async with asyncio.timeout(2 * GUARD_S):
        while (await health(desk)).get("broadcast") != state:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


async def command(settings: Settings, *words: str) -> tuple[int, str]:
    """`guichet WORDS` in a process of its own: its exit code and all that it says."""
    variables = os.environ | settings.variables()
    code, said, _ = await asyncio.to_thread(lambda: warm.guichet(*words, folder=ROOT, variables=variables, apart=False))
    return code, said


class Worker:
    """`python -m module arguments…` that says a line when it is ready and goes when it is told to."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str, *arguments: str) -> Worker:
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", module, *arguments),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )

    async def ready(self) -> None:
        assert self._process.stdout
        async with asyncio.timeout(START_S):
            line = await self._process.stdout.readline()
        assert line == b"ready\n", (line, await self.end(check=False))

    async def end(self, *, check: bool = True) -> str:
        """Lets it go and waits for its end; returns what it printed, with its errors if it failed."""
        async with asyncio.timeout(START_S):
            out, err = await self._process.communicate(b"go\n")
        if check:
            assert self._process.returncode == 0, err.decode()
        return (out + err).decode()
