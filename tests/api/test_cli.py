"""`guichet` as an operator meets it: real processes, exit codes, and one clear sentence when something is wrong."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desk.demo import ASKED, SAMPLES
from tests.support import warm
from tests.support.postgres import Postgres

HERE = Path(__file__).resolve().parents[2]
GUARD_S = 60.0
"""Only against hanging: a command takes a second or two."""
TOKEN = re.compile(r"gd_[0-9a-f]{8}_[\w-]{43}")
ENDED_BY = {signal.SIGINT: {0, -signal.SIGINT, 130}, signal.SIGTERM: {0, -signal.SIGTERM, 143}}
NOWHERE = "postgres://somebody:something@127.0.0.1:1/desk"

_databases = itertools.count()


def environment(given: dict[str, str]) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    return bare | {"COLUMNS": "200", "PYTHONPATH": str(HERE)} | given


def guichet(*arguments: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, in a folder of its own."""
    code, out, err = warm.guichet(*arguments, folder=folder, variables=environment(given), timeout=GUARD_S)
    return subprocess.CompletedProcess(arguments, code, out, err)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """What a command said when it refused: one sentence on stderr, nothing else anywhere."""
    assert done.returncode in {1, 2}, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    said = " ".join(line.strip("│╭╮╰╯─ ") for line in done.stderr.splitlines())
    assert said.strip()
    return said


class Running:
    """A command that serves, and what it said so far."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port
        self.said: list[str] = []
        self._heard = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._heard:
                self.said.append(line)
                self._heard.notify_all()

    @property
    def text(self) -> str:
        return "".join(self.said)

    def says(self, pattern: str) -> re.Match[str]:
        """Waits until it says something."""
        with self._heard:
            found = self._heard.wait_for(lambda: re.search(pattern, self.text), GUARD_S)
        assert found, self.text
        return found

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=GUARD_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def becomes_ready(self) -> None:
        deadline = time.monotonic() + GUARD_S
        while self.get("/health")[0] != 200:
            assert time.monotonic() < deadline, self.text

    def asks(self, query: str, token: str | None = None) -> Any:
        """The data of an answer; None where there is none."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=GUARD_S) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error).get("data")

    def ends(self, by: signal.Signals) -> None:
        """Tells it to stop, and asserts that it stops well."""
        self.process.send_signal(by)
        assert self.process.wait(GUARD_S) in ENDED_BY[by], self.text
        self._listener.join(GUARD_S)
        assert "Traceback" not in self.text


@contextmanager
def serving(*arguments: str, folder: Path, port: int, **given: str) -> Iterator[Running]:
    """Runs a command that serves; yields once it listens, ends it afterwards whatever happened."""
    command = [sys.executable, "-m", "desk", *arguments, "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(given), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        running = Running(process, port)
        running.port = int(running.says(r"running on http://\S+:(\d+)")[1])
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(GUARD_S)
        running._listener.join(GUARD_S)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def migrated(sqlite_template: Path, tmp_path: Path) -> Path:
    """A folder with an empty desk in it: to make one takes a command a second."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.fixture
def empty_database(postgres: Postgres) -> Iterator[str]:
    name = f"cli_{next(_databases)}"
    asyncio.run(postgres.create_database(name))
    yield postgres.url(name)
    asyncio.run(postgres.drop_database(name))


# ---------------------------------------------------------------- token create


def test_token_create_prints_the_token_alone_and_keeps_only_its_hash(tmp_path: Path) -> None:
    done = guichet("token", "create", "--name", "ann", "--role", "AGENT", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert TOKEN.fullmatch(done.stdout.removesuffix("\n"))
    secret = done.stdout.strip().split("_", 2)[2].encode()
    kept = list((tmp_path / "data").iterdir())
    assert kept
    assert not any(secret in file.read_bytes() for file in kept)


def test_each_token_is_another_and_the_old_one_goes_on(migrated: Path, free_port: int) -> None:
    command = ("token", "create", "--name", "ann", "--role", "AGENT")
    first, second = (guichet(*command, folder=migrated).stdout.strip() for _ in range(2))
    assert first != second
    with serving("serve", folder=migrated, port=free_port) as desk:
        for token in (first, second):
            assert desk.asks("{ viewer { name role } }", token) == {"viewer": {"name": "ann", "role": "AGENT"}}


def test_token_create_refuses_another_role_than_the_account_has(migrated: Path) -> None:
    guichet("token", "create", "--name", "ann", "--role", "AGENT", folder=migrated)
    done = guichet("token", "create", "--name", "ann", "--role", "ADMIN", folder=migrated)
    assert refusal(done) == "guichet: ann exists and is AGENT, not ADMIN."


@pytest.mark.parametrize(
    "wrong", [["CUSTOMER"], ["AGENT", "--user-id", "u-1"], ["PARTNER", "--user-id", "u-1"]], ids=str
)
def test_a_user_id_belongs_to_a_customer_and_to_nobody_else(migrated: Path, wrong: list[str]) -> None:
    done = guichet("token", "create", "--name", "carla", "--role", *wrong, folder=migrated)
    assert refusal(done) == "guichet: A customer has a user id, and nobody else has one."


def test_a_customer_is_made_with_a_user_id_and_keeps_it(migrated: Path) -> None:
    command = ("token", "create", "--name", "carla", "--role", "CUSTOMER", "--user-id")
    assert TOKEN.fullmatch(guichet(*command, "u-1", folder=migrated).stdout.strip())
    assert "u-1" in refusal(guichet(*command, "u-2", folder=migrated))


def test_an_unreachable_database_is_told_in_one_sentence_without_its_password(tmp_path: Path) -> None:
    command = ("token", "create", "--name", "ann", "--role", "AGENT", "--database-url", NOWHERE)
    said = refusal(guichet(*command, folder=tmp_path))
    assert "database does not answer" in said
    assert "something" not in said


# ---------------------------------------------------------------- settings


def test_several_workers_need_a_redis(tmp_path: Path) -> None:
    said = refusal(guichet("serve", "--workers", "2", folder=tmp_path))
    assert said == "guichet: 2 workers cannot hear each other over memory://: give --broadcast-url redis://…"


def test_settings_come_from_the_environment_and_an_option_goes_first(tmp_path: Path) -> None:
    command = ("token", "create", "--name", "ann", "--role", "AGENT")
    guichet(*command, folder=tmp_path, GUICHET_DATA="named")
    assert (tmp_path / "named" / "guichet.db").exists()
    guichet(*command, "--data", "given", folder=tmp_path, GUICHET_DATA="other")
    assert (tmp_path / "given" / "guichet.db").exists()
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        "GUICHET_PAGE_ROWS=0",
        "GUICHET_PAGE_ROWS=many",
        "GUICHET_LOG_LEVEL=loud",
        "GUICHET_OPERATIONS=-1",
        "GUICHET_DATABASE_URL=mysql://somebody@127.0.0.1/desk",
        "GUICHET_DATABASE_URL=postgres://[",
        "GUICHET_PUBLIC_URL=https://",
        "GUICHET_BROADCAST_URL=redis://h:bad",
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_named(tmp_path: Path, wrong: str) -> None:
    variable, _, value = wrong.partition("=")
    said = refusal(guichet("migrate", folder=tmp_path, **{variable: value})).lower()
    assert variable.lower().removeprefix("guichet_").replace("_", "") in re.sub("[^a-z]", "", said)


@pytest.mark.parametrize("wrong", ["--workers=0", "--port=99999"])
def test_serve_refuses_numbers_that_make_no_sense(tmp_path: Path, wrong: str) -> None:
    assert wrong.split("=")[0].strip("-") in refusal(guichet("serve", wrong, folder=tmp_path))


def test_a_data_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "file" in refusal(guichet("migrate", "--data", "file", folder=tmp_path))


def test_a_data_folder_may_have_any_name(tmp_path: Path) -> None:
    guichet("migrate", "--data", "a?b#c d", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a?b#c d"]
    assert (tmp_path / "a?b#c d" / "guichet.db").exists()


# ---------------------------------------------------------------- serve


@pytest.mark.parametrize("by", ENDED_BY)
def test_a_desk_is_healthy_and_ends_well_when_told_to(tmp_path: Path, free_port: int, by: signal.Signals) -> None:
    with serving("serve", folder=tmp_path, port=free_port) as desk:
        status, told = desk.get("/health")
        assert (status, told["status"], told["position"]) == (200, "ok", 0)
        desk.ends(by)


def test_serve_on_a_taken_port_says_so_and_ends(migrated: Path, taken_port: int) -> None:
    guichet("migrate", folder=migrated)
    told = refusal(guichet("serve", "--port", str(taken_port), folder=migrated))
    assert f"port {taken_port} of 127.0.0.1 is taken" in told


def test_a_postgresql_without_migrations_is_not_ready_until_migrate_ran(
    tmp_path: Path, free_port: int, empty_database: str
) -> None:
    with serving("serve", folder=tmp_path, port=free_port, GUICHET_DATABASE_URL=empty_database) as desk:
        status, told = desk.get("/health")
        assert (status, told["status"]) == (503, "unavailable")
        assert "0001_initial" in told["reason"]
        assert "guichet migrate" in told["reason"]
        done = guichet("migrate", folder=tmp_path, GUICHET_DATABASE_URL=empty_database)
        assert (done.returncode, done.stderr) == (0, "")
        desk.becomes_ready()
        desk.ends(signal.SIGTERM)


def test_a_desk_without_its_database_says_so_on_health(tmp_path: Path, free_port: int) -> None:
    with serving("serve", folder=tmp_path, port=free_port, GUICHET_DATABASE_URL=NOWHERE) as desk:
        assert desk.get("/health") == (503, {"status": "unavailable", "reason": "the database does not answer"})
        desk.ends(signal.SIGTERM)


def test_migrate_says_what_it_did_and_does_it_once(tmp_path: Path) -> None:
    assert re.fullmatch(r"applied 0001_\w+(, \d{4}_\w+)*\n", guichet("migrate", folder=tmp_path).stdout)
    assert guichet("migrate", folder=tmp_path).stdout == "the database is up to date\n"


# ---------------------------------------------------------------- account

SIGN_IN = 'mutation { signIn(secret: "%s") { ... on SignedIn { viewer { name role } } } }'


def test_an_account_begins_with_a_link_that_signs_in_once(migrated: Path, free_port: int) -> None:
    made = guichet("account", "create", "--name", "ada", "--role", "ADMIN", folder=migrated)
    assert (made.returncode, made.stderr) == (0, "")
    link, said = made.stdout.splitlines()
    url, _, code = link.partition("/#code=")
    assert (url, said.split()[:5]) == ("http://127.0.0.1:8000", ["The", "link", "signs", "ada", "in"])
    assert "There is an account" in refusal(
        guichet("account", "create", "--name", "ada", "--role", "AGENT", folder=migrated)
    )
    with serving("serve", folder=migrated, port=free_port) as desk:
        told = [desk.asks(SIGN_IN % code)["signIn"] for _ in range(2)]
        assert told == [{"viewer": {"name": "ada", "role": "ADMIN"}}, {}]
        again = guichet("account", "link", "--name", "ada", folder=migrated).stdout.splitlines()[0]
        assert desk.asks(SIGN_IN % again.partition("=")[2])["signIn"] == told[0]
        desk.ends(signal.SIGTERM)


def test_the_link_names_the_desks_public_url(migrated: Path) -> None:
    words = ("account", "create", "--name", "ada", "--role", "ADMIN", "--public-url", "https://desk.example.org/")
    assert guichet(*words, folder=migrated).stdout.startswith("https://desk.example.org/#code=gc_")


def test_what_a_command_takes_away_is_gone_from_a_running_desk_too(migrated: Path, free_port: int) -> None:
    token = guichet("token", "create", "--name", "ann", "--role", "AGENT", folder=migrated).stdout.strip()
    with serving("serve", folder=migrated, port=free_port) as desk:
        for words, role in ((("role", "--role", "PARTNER"), "PARTNER"), (("disable",), None), (("enable",), "PARTNER")):
            verb, *more = words
            done = guichet("account", verb, "--name", "ann", *more, folder=migrated)
            assert (done.returncode, done.stderr) == (0, "")
            assert (desk.asks("{ viewer { role } }", token) or {}).get("viewer") == (role and {"role": role})
        id = token[: len("gd_12345678")]
        assert guichet("token", "revoke", "--id", id, folder=migrated).stdout == f"{id} is revoked\n"
        assert desk.asks("{ viewer { role } }", token) is None
        desk.ends(signal.SIGTERM)


@pytest.mark.parametrize(
    "words",
    [
        ("account", "link", "--name", "nobody"),
        ("account", "disable", "--name", "nobody"),
        ("account", "create", "--name", "import", "--role", "AGENT"),
        ("account", "create", "--name", "carla", "--role", "CUSTOMER"),
        ("token", "revoke", "--id", "gd_00000000"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_one_sentence(migrated: Path, words: tuple[str, ...]) -> None:
    assert refusal(guichet(*words, folder=migrated)).count("\n") <= 1


# ---------------------------------------------------------------- demo


def test_demo_takes_the_next_free_port_and_says_so(tmp_path: Path, taken_port: int) -> None:
    with serving("demo", folder=tmp_path, port=taken_port) as desk:
        assert desk.port > taken_port
        assert f"Port {taken_port} is taken; using {desk.port}." in desk.text
        assert f"http://127.0.0.1:{desk.port}/graphql" in desk.text
        token = desk.says(TOKEN.pattern)[0]
        assert (
            len(desk.asks("{ tickets { edges { node { number } } } }", token)["tickets"]["edges"])
            == len(SAMPLES) + ASKED
        )
        desk.ends(signal.SIGINT)


def test_a_second_demo_keeps_what_was_made_in_the_first(tmp_path: Path, free_port: int) -> None:
    create = 'mutation { createTicket(input: {userId: "u-1", subject: "Kept"}) { ... on Ticket { number } } }'
    with serving("demo", folder=tmp_path, port=free_port) as desk:
        made = desk.asks(create, desk.says(TOKEN.pattern)[0])["createTicket"]
        desk.ends(signal.SIGTERM)
    with serving("demo", folder=tmp_path, port=free_port) as desk:
        found = desk.asks("{ tickets { edges { node { number subject } } } }", desk.says(TOKEN.pattern)[0])
        tickets = [edge["node"] for edge in found["tickets"]["edges"]]
        assert len(tickets) == len(SAMPLES) + ASKED + 1
        assert tickets[0] == made | {"subject": "Kept"}
        desk.ends(signal.SIGTERM)


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("command", ["", "serve", "token create"])
def test_commands_explain_themselves(tmp_path: Path, command: str) -> None:
    done = guichet(*command.split(), "--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: guichet {command}".rstrip() in done.stdout


def test_a_command_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    assert "serve" in refusal(guichet("tokn", folder=tmp_path))
