"""`guichet` in processes forked from one that has read the program: to read it takes up to a second of a core."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from desk.cli import main

_reader = multiprocessing.get_context("forkserver")
_reader.set_forkserver_preload(["tests.support.warm", "desk.app", "desk.mail.command"])


class Process:
    """`guichet WORDS` in a folder, in a group of its own; `variables` are its whole environment."""

    def __init__(self, *words: str, folder: Path, variables: Mapping[str, str], out: Path, err: Path) -> None:
        self._words = words
        self._process = _reader.Process(target=_run, args=(words, folder, dict(variables), out, err))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, or minus the signal that ended it, if it has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end; raises subprocess.TimeoutExpired where that does not come."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._words, timeout or 0)
        return code

    def send_signal(self, sign: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, sign)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def guichet(
    *words: str, folder: Path, variables: Mapping[str, str], apart: bool = True, timeout: float | None = None
) -> tuple[int, str, str]:
    """Runs `guichet WORDS` to its end: the exit code, and what it said on stdout and on stderr.

    Not `apart`, all that it said is in the first.
    """
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err" if apart else "out")
        process = Process(*words, folder=folder, variables=variables, out=out, err=err)
        try:
            code = process.wait(timeout)
            return code, out.read_text(), err.read_text() if apart else ""
        finally:
            process.kill()


def _run(words: tuple[str, ...], folder: Path, variables: dict[str, str], out: Path, err: Path) -> None:
    os.setpgid(0, 0)
    for stream, path in enumerate((Path(os.devnull), out, err)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, stream)
        os.close(opened)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    os.environ.pop("PYTEST_VERSION", None)  # it is no part of the tests, as far as its libraries know
    sys.path[:0] = filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = ["guichet", *words]
    main()
