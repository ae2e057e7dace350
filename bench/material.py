"""What all servers are given: one desk's file, made by the desk's own commands and kept in bench/.data."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = HERE / ".data"
TICKETS, USERS = 20_000, 10_000
"""Each user has one approved ticket and another one."""
MANY = 1_000_000
NEWEST, APART_S = datetime(2026, 10, 31, tzinfo=UTC), 90
"""When the last ticket came in, and how long after the one before it, in seconds."""

SUBJECTS = (
    "Card lost",
    "Wrong address on the statement",
    "Identity check",
    "Parcel is late",
    "Refund for a cancelled order",
)
BODY = "Dear team, I wrote to you last week and have heard nothing since. Could somebody please look into it? " * 2
OTHERS = ("OPEN", "OPEN", "PROCESSING", "CLOSED")
PRIORITIES = ("NORMAL", "NORMAL", "LOW", "HIGH", "URGENT")
COLUMNS = {
    "--subject": "subject",
    "--body": "body",
    "--user-id": "user",
    "--status": "status",
    "--priority": "priority",
    "--tags": "tags",
    "--tag-separator": " ",
    "--extra": "form",
    "--created-at": "created",
    "--external-id": "id",
}


@dataclass(frozen=True)
class Material:
    """A folder with the desk's file, `guichet.db`, and the tokens of an agent and of a partner."""

    folder: Path
    agent: str
    partner: str

    @property
    def file(self) -> Path:
        return self.folder / "guichet.db"

    def copied(self, to: Path) -> Path:
        """A folder of its own with the same file."""
        to.mkdir(parents=True)
        shutil.copy(self.file, to)
        return to

    def exported(self) -> Path:
        """The whole desk as lines of JSON, as it goes into PostgreSQL."""
        file = self.folder / "desk.jsonl"
        if not file.exists():
            guichet("export", str(file), data=self.folder)
        return file

    def ids(self) -> list[str]:
        """The ids of all tickets, oldest first."""
        with closing(sqlite3.connect(self.file)) as database:
            return [id for (id,) in database.execute("SELECT id FROM tickets ORDER BY number")]


def guichet(*command: str, data: Path, **settings: str) -> str:
    """Runs a command of the desk and returns what it prints. Raises CalledProcessError."""
    options = [word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", value)]
    whole = [sys.executable, "-m", "desk", *command, "--data", str(data), *options]
    return subprocess.run(whole, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parent).stdout.strip()


def prepared() -> Material:
    """The desk of 20,000 tickets; made anew only where this file or a migration is another than it was."""
    folder = KEPT / _fingerprint()
    if not folder.exists():
        print(f"making a desk of {TICKETS:,} tickets", file=sys.stderr)
        shutil.rmtree(KEPT, ignore_errors=True)
        part = KEPT / "part"
        part.mkdir(parents=True)
        rows = part / "tickets.jsonl"
        rows.write_text("".join(json.dumps(row) + "\n" for row in _rows()))
        guichet("import", str(rows), *(word for option in COLUMNS.items() for word in option), data=part)
        tokens = {
            role: guichet("token", "create", "--name", name, "--role", role.upper(), data=part)
            for role, name in (("agent", "bench"), ("partner", "bank"))
        }
        (part / "tokens.json").write_text(json.dumps(tokens))
        guichet("verify", data=part)
        _settle(part / "guichet.db")
        part.rename(folder)
    return Material(folder, **json.loads((folder / "tokens.json").read_text()))


def prepared_many(few: Material) -> Material:
    """The same desk with a million tickets. Those beyond 20,000 are rows without a history: lists read no more."""
    folder = few.folder / "many"
    if not folder.exists():
        print(f"making a desk of {MANY:,} tickets", file=sys.stderr)
        part = few.copied(few.folder / "part")
        with closing(sqlite3.connect(part / "guichet.db")) as database, database:
            _multiply(database)
        _settle(part / "guichet.db")
        part.rename(folder)
    return Material(folder, few.agent, few.partner)


def user(number: int) -> str:
    """The id of a user, counted from 0."""
    return f"u-{number:05}"


def _rows() -> Iterator[dict[str, object]]:
    for number in range(TICKETS):
        approved = (number + number // USERS) % 2 == 0
        created = NEWEST - timedelta(seconds=APART_S) * (TICKETS - 1 - number)
        yield {
            "id": str(number),
            "user": user(number % USERS),
            "subject": f"{SUBJECTS[number % len(SUBJECTS)]}, case {number}",
            "body": BODY,
            "status": "APPROVED" if approved else OTHERS[number // 2 % len(OTHERS)],
            "priority": PRIORITIES[number % len(PRIORITIES)],
            "tags": f"team-{number % 7} region-{number % 23}",
            "form": {"document": "passport", "score": number % 100 / 100, "checks": ["face", "name", "address"]},
            "created": created.isoformat(),
        }


def _multiply(database: sqlite3.Connection) -> None:
    names = [row[1] for row in database.execute("PRAGMA table_info(tickets)")]
    digits = "lower(hex(randomblob({})))"
    database.execute(multiplying(names, "||'-'||".join(digits.format(size) for size in (4, 2, 2, 2, 6))))
    database.execute("ANALYZE")


def multiplying(columns: Iterable[str], new_id: str) -> str:
    """The statement that repeats the tickets, each copy in an earlier time with another id and number."""
    copy, span_ms = "CAST(copy.n AS bigint)", TICKETS * APART_S * 1_000
    new = {
        "id": new_id,
        "number": f"t.number + copy.n * {TICKETS}",
        "external_id": "NULL",
        "created_at_ms": f"t.created_at_ms - {copy} * {span_ms}",
        "updated_at_ms": f"t.updated_at_ms - {copy} * {span_ms}",
    }
    names = list(columns)
    return (
        f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {MANY // TICKETS - 1})"
        f" INSERT INTO tickets ({', '.join(names)}) SELECT {', '.join(new.get(name, f't.{name}') for name in names)}"
        " FROM copy CROSS JOIN tickets t ORDER BY copy.n DESC, t.number"
    )


def place_of(rank: int) -> tuple[int, int]:
    """When the ticket at a rank came in (Unix ms), counted from the newest as 0, and its number."""
    copy, older = divmod(rank, TICKETS)
    return int(NEWEST.timestamp() - rank * APART_S) * 1_000, copy * TICKETS + TICKETS - older


def _settle(file: Path) -> None:
    """Moves what the write-ahead log holds into the file, so that a copy of the file is whole."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fingerprint() -> str:
    sources = [Path(__file__), *sorted((HERE.parent / "models" / "migrations").glob("*.py"))]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
