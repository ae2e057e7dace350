"""Backup and restore of the built-in database, and the whole desk carried from one kind of database to the other."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desk.settings import Settings
from models import database
from tests.support.desk import TICKET, Desk, Person, running
from tests.support.history import a_day, pruned, sealed, told_to_resync, verdict
from tests.support.postgres import Postgres
from tests.support.processes import Server, command, serving, token

EVERYTHING = f"""{{ tickets(first: 10) {{ edges {{ node {{ {TICKET}
  events(first: 100) {{ edges {{ node {{ kind actor at changed ticket {{ {TICKET} }} message {{ id kind text }} }} }} }}
  messages(first: 100) {{ edges {{ node {{ id kind author text createdAt }} }} }} }} }} }}
  latestApprovedTicket(userId: "u-1") {{ {TICKET} }}
  found: tickets(filter: {{search: "seen before"}}) {{ edges {{ node {{ number }} }} }} }}"""


@pytest.fixture
async def busy(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Desk]:
    """A desk on SQLite."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    async with running(Settings(data=tmp_path / "data")) as desk:
        yield desk


# ---------------------------------------------------------------- backup and restore


async def test_a_backup_of_a_busy_desk_is_one_moment_of_it_and_restores_as_a_journal_of_its_own(
    busy: Desk, tmp_path: Path
) -> None:
    ann = await busy.agent()
    await a_day(busy)
    copy, elsewhere = tmp_path / "backup.db", Settings(data=tmp_path / "elsewhere")
    done = asyncio.Event()

    async def works() -> None:
        while not done.is_set():
            await ann.replies(await ann.creates(userId="u-9"))

    working = asyncio.create_task(works())
    before = await ann.as_of()
    code, said = await command(busy.settings, "backup", str(copy))
    done.set()
    await working
    assert code == 0, said
    after = await ann.as_of()
    code, said = await command(elsewhere, "restore", str(copy))
    assert code == 0, said
    code, said = await command(elsewhere, "verify")
    assert code == 0, said
    async with serving(elsewhere, tmp_path / "log") as desk:
        there = Person(desk, "ann", ann.token)
        for old in (before, after):
            await told_to_resync(there, old)
        async with there.follows(after=await there.as_of()) as stream:
            made = await there.creates(userId="u-3")
            assert (await stream.next()).ticketId == made.id


async def test_restoring_replaces_no_desk_unasked_and_none_that_is_running(busy: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "backup.db"
    await command(busy.settings, "backup", str(copy))
    assert await command(busy.settings, "backup", str(copy)) == (1, f"guichet: {copy} is there already.\n")
    code, said = await command(busy.settings, "restore", str(copy))
    assert (code, "say --replace to lose it" in said) == (1, True)
    assert await command(busy.settings, "restore", str(copy), "--replace") == (
        1,
        "guichet: Somebody uses this database: stop the desk first.\n",
    )
    assert (await (await busy.agent()).creates(userId="u-1"))["__typename"] == "Ticket"


async def test_a_restored_backup_replaces_the_desk_that_is_there_when_asked(
    tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copytree(sqlite_template, tmp_path / "data")
    settings, copy = Settings(data=tmp_path / "data"), tmp_path / "backup.db"
    async with running(settings) as desk:
        ann = await desk.agent()
        kept = await ann.creates(userId="u-1")
        await command(settings, "backup", str(copy))
        lost = await ann.creates(userId="u-1")
    code, said = await command(settings, "restore", str(copy), "--replace")
    assert (code, said) == (0, "restored up to event 3; clients read their snapshots again\n")
    async with running(settings) as desk:
        ann = Person(desk, "ann", ann.token)
        assert (await ann.reads(kept), await ann.reads(lost)) == (kept, None)


@pytest.mark.parametrize("what", ["moved away", "damaged"])
async def test_a_desk_that_died_and_is_damaged_or_half_gone_is_restored(
    tmp_path: Path, sqlite_template: Path, what: str
) -> None:
    """Its log is left beside it: SQLite would play that over the backup."""
    shutil.copytree(sqlite_template, tmp_path / "data")
    settings, copy, file = Settings(data=tmp_path / "data"), tmp_path / "backup.db", tmp_path / "data" / "guichet.db"
    secret = await token(settings, "ann")
    server = Server(settings, tmp_path / "log")
    try:
        await server.start()
        async with server.client() as desk:
            ann = Person(desk, "ann", secret)
            await ann.creates(userId="u-1")
            await command(settings, "backup", str(copy))
            for _ in range(5):
                await ann.creates(userId="u-1")
    finally:
        server.kill()
    if what == "damaged":
        file.write_bytes(b"no database " * 1_000)
        code, said = await command(settings, "verify")
        assert (code, said.count("\n"), "is damaged" in said) == (1, 1, True), said
    else:
        file.rename(tmp_path / "elsewhere")
    code, said = await command(settings, "restore", str(copy), *(["--replace"] if what == "damaged" else []))
    assert (code, said) == (0, "restored up to event 3; clients read their snapshots again\n")
    assert (await command(settings, "verify"))[0] == 0


@pytest.mark.parametrize("what", ["nothing", "a text", "another database", "half a backup"])
async def test_what_is_no_backup_is_refused_and_the_desk_stays(busy: Desk, tmp_path: Path, what: str) -> None:
    copy = tmp_path / "backup.db"
    if what == "half a backup":
        await a_day(busy)
        await command(busy.settings, "backup", str(copy))
        copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    elif what != "nothing":
        copy.write_bytes(b"" if what == "another database" else b"tickets\n" * 1_000)
    code, said = await command(Settings(data=tmp_path / "new"), "restore", str(copy))
    assert (code, said.count("\n")) == (1, 1), said
    assert "is no backup of a desk" in said or "is damaged" in said
    assert not (tmp_path / "new" / "guichet.db").exists()


async def test_these_are_for_the_built_in_database_and_say_so(postgres: Postgres, tmp_path: Path) -> None:
    settings = Settings(database_url=postgres.url("postgres"))
    for words in (["backup", str(tmp_path / "b")], ["restore", str(tmp_path / "b")]):
        code, said = await command(settings, *words)
        assert (code, "built-in database" in said) == (1, True)


# ---------------------------------------------------------------- export and import


@pytest.fixture
def other(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An empty desk in the other kind of database."""
    if settings.embedded:
        server: Postgres = request.getfixturevalue("postgres")
        asyncio.run(server.create_database("other", request.getfixturevalue("postgres_template")))
        yield Settings(database_url=server.url("other"), data=tmp_path / "other")
        asyncio.run(server.drop_database("other"))
    else:
        yield Settings(data=tmp_path / "other")


async def exported(settings: Settings, file: Path) -> None:
    code, said = await command(settings, "export", str(file))
    assert code == 0, said


async def test_a_desk_goes_over_to_the_other_database_and_back_with_all_its_history(
    settings: Settings, other: Settings, tmp_path: Path
) -> None:
    back = replace(settings, data=tmp_path / "back", database_url=None)
    async with running(settings) as desk:
        ann = await desk.agent()
        await a_day(desk)
        made = await ann.creates(userId="u-5", key="once")
        await pruned(desk)
        await ann.replies(made, "After the pruning.")
        everything, cursor = await ann.asks(EVERYTHING), await ann.as_of()
        chain = await sealed()
        await exported(settings, tmp_path / "desk.jsonl")
    places = [other, back] if settings.embedded else [other]
    for number, place in enumerate(places):
        code, said = await command(place, "import", str(tmp_path / ("desk.jsonl" if number == 0 else "again.jsonl")))
        assert code == 0, said
        code, said = await command(place, "verify", "--expect", f"{chain.position}:{chain.hash.hex()}")
        assert code == 0, said
        async with running(place) as desk:
            ann = Person(desk, "ann", ann.token)
            assert await ann.asks(EVERYTHING) == everything
            await told_to_resync(ann, cursor)
            assert (await ann.creates(userId="u-5", key="once")).id == made.id
        await exported(place, tmp_path / ("again.jsonl" if number == 0 else "last.jsonl"))
    if settings.embedded:
        assert (tmp_path / "desk.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    async with running(places[-1]) as desk:
        fresh = await Person(desk, "ann", ann.token).creates(userId="u-6")
        assert fresh.number == made.number + 1
        await sealed()
        assert (await verdict()).problems == []


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # the file is refused, whatever the database
async def test_half_an_export_and_a_desk_that_is_not_empty_are_refused_whole(
    settings: Settings, other: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "desk.jsonl"
    async with running(settings) as desk:
        await a_day(desk)
        await exported(settings, file)
    lines = file.read_bytes().splitlines(keepends=True)
    half = tmp_path / "half.jsonl"
    for wrong, why in (
        (lines[: len(lines) // 2], "ends too early"),
        (lines[:-1], "ends too early"),
        ([*lines[:-2], lines[-1]], "were lost or changed"),
        ([*lines[:3], lines[2], *lines[3:]], "is there twice"),
        ([*lines[:5], b'{"tickets": [1]}\n'], "Line 6 is none of an export"),
        ([b'{"guichet":{"format":3}}\n', *lines[1:]], "no export"),
        ([*lines[:5], b'{"accounts": \n'], "Line 6 is none of an export"),
        ([b'{"guichet":{"format":9}}\n'], "has format 9"),
    ):
        half.write_bytes(b"".join(wrong))
        code, said = await command(other, "import", str(half))
        assert (code, why in said) == (1, True), said
    assert (await command(other, "import", str(file)))[0] == 0
    code, said = await command(other, "import", str(file))
    assert (code, "into an empty one only" in said) == (1, True)


async def test_a_restored_postgresql_gets_a_new_journal_by_hand(desk: Desk) -> None:
    ann = await desk.agent()
    await a_day(desk)
    cursor = await ann.as_of()
    before = (await database.head()).journal_id
    code, said = await command(desk.settings, "journal", "renew")
    assert code == 0, said
    assert (await database.head()).journal_id != before
    await told_to_resync(ann, cursor)


async def test_an_export_never_overwrites_a_file(busy: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.jsonl"
    file.write_text("mine")
    assert await command(busy.settings, "export", str(file)) == (1, f"guichet: {file} is there already.\n")
    assert file.read_text() == "mine"
