"""`guichet` in a process forked from one that has read the program already, which takes half a second of a core."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from desk.cli import main

_reader = multiprocessing.get_context("forkserver")
_reader.set_forkserver_preload(["tests.support.warm", "desk.mail.command"])


def guichet(
    *words: str, folder: Path, variables: Mapping[str, str], apart: bool = True, timeout: float | None = None
) -> tuple[int, str, str]:
    """Runs `guichet WORDS` in a folder to its end: the exit code, and what it said on stdout and on stderr.

    `variables` are its whole environment. Not `apart`, all that it said is in the first.
    """
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err" if apart else "out")
        process = _reader.Process(target=_run, args=(words, folder, dict(variables), out, err))
        process.start()
        try:
            process.join(timeout)
            code = process.exitcode
            assert code is not None, f"guichet {' '.join(words)} goes on after {timeout} s"
            return code, out.read_text(), err.read_text() if apart else ""
        finally:
            process.kill()
            process.join()
            process.close()


def _run(words: tuple[str, ...], folder: Path, variables: dict[str, str], out: Path, err: Path) -> None:
    for stream, path in enumerate((Path(os.devnull), out, err)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, stream)
        os.close(opened)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["guichet", *words]
    main()
