"""What the README shows is true: its examples run, in order, against a fresh desk, and print what it promises."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parents[1]
GUARD_S = 60
"""Only against hanging."""
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUNNERS = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
CREATE = 'mutation($s: String!) { createTicket(input: {userId: "u-1", subject: $s}) { __typename } }'


class Example(NamedTuple):
    """A block that runs, and the block after it, which it promises to print."""

    language: str
    code: str
    form: str
    promise: str


def examples() -> list[Example]:
    blocks = [block for block in FENCE.findall((HERE / "README.md").read_text()) if block[0] != "sh"]
    runs, promises = blocks[::2], blocks[1::2]
    return [Example(*run, *promise) for run, promise in zip(runs, promises, strict=True)]


@contextmanager
def demo(folder: Path, port: int) -> Iterator[dict[str, str]]:
    """`guichet demo` in a folder with a .venv, as `make run` starts it; yields what a newcomer has copied from it."""
    command = [".venv/bin/guichet", "demo", "--port", str(port)]
    bare = environment({})
    process = subprocess.Popen(command, cwd=folder, env=bare, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    guard = threading.Timer(GUARD_S, process.kill)
    guard.start()
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        told = ""
        for line in process.stdout:
            told += line
            if "Ctrl-C" in line:
                break
        for line in process.stderr:
            if "running on" in line:
                break
        url, token = re.search(r"http://\S+/graphql", told), re.search(r"Bearer (gd_[\w-]+)", told)
        assert url, told
        assert token, told
        yield {"URL": url[0], "TOKEN": token[1]}
    finally:
        guard.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=GUARD_S)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    return tmp_path


def environment(given: dict[str, str]) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    return bare | given


def run(example: Example, folder: Path, given: dict[str, str]) -> str:
    command = [*RUNNERS[example.language], example.code]
    done = subprocess.run(
        command, cwd=folder, env=environment(given), capture_output=True, text=True, timeout=GUARD_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def create(subject: str, folder: Path, given: dict[str, str]) -> None:
    body = json.dumps({"query": CREATE, "variables": {"s": subject}})
    call = 'curl -s "$URL" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d "$BODY"'
    answer = run(Example("bash", call, "", ""), folder, given | {"BODY": body})
    assert json.loads(answer)["data"] == {"createTicket": {"__typename": "Ticket"}}


def test_the_examples_print_what_is_promised(folder: Path, free_port: int) -> None:
    with demo(folder, free_port) as given:
        for example in examples():
            if "asyncio.run(follow())" in example.code:
                continue
            printed = run(example, folder, given)
            if example.form == "json":
                assert json.loads(printed) == json.loads(example.promise)
            else:
                assert printed == example.promise


def test_the_live_example_follows_over_a_restart_of_the_desk(folder: Path, free_port: int) -> None:
    (live,) = [example for example in examples() if "asyncio.run(follow())" in example.code]
    promised = iter(live.promise.splitlines(keepends=True))
    with demo(folder, free_port) as first:
        soon = {"WEBSOCKETS_BACKOFF_INITIAL_DELAY": "0.05", "WEBSOCKETS_BACKOFF_MIN_DELAY": "0.05"}
        follower = subprocess.Popen(
            [*RUNNERS[live.language], live.code],
            cwd=folder,
            env=environment(first | soon),
            stdout=subprocess.PIPE,
            text=True,
        )
        guard = threading.Timer(GUARD_S, follower.kill)
        guard.start()
        assert follower.stdout is not None
        assert follower.stdout.readline() == next(promised)
        create("Before the restart", folder, first)
        assert follower.stdout.readline() == next(promised)
    try:
        with demo(folder, free_port) as second:
            assert second["URL"] == first["URL"]
            create("After the restart", folder, second)
            assert follower.stdout.readline() == next(promised)
    finally:
        guard.cancel()
        follower.kill()
        follower.communicate(timeout=GUARD_S)
    assert next(promised, None) is None
