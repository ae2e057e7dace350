"""SQLite's disk is full: writes are refused in plain words and reads go on; with room again, writes go on as well."""

from __future__ import annotations

import resource
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from desk.settings import Settings
from tests.support.desk import Person
from tests.support.drills import drawn, verified
from tests.support.live import answered_on, position
from tests.support.processes import Server, health, token
from tests.support.writers import Found, Load, reckoned, rounds, under_load

WRITERS = 4
AT_LEAST, AT_MOST = 15, 45
"""Acknowledgements before the disk is full."""
REFUSED = 4 * WRITERS
"""Answers of UNAVAILABLE before there is room again."""
LARGE = "x" * 90_000
"""A body for which there is no room where there was none for a subject."""
DISK_BYTES = 8 * 2**20
MOUNT = f'mount -t tmpfs -o size={DISK_BYTES} tmpfs "$0" && cp -a "$1/." "$0" && shift && exec "$@"'


class Disk(Server, ABC):
    """A desk whose disk may be full."""

    @abstractmethod
    def fill(self) -> None: ...

    @abstractmethod
    def free(self) -> None: ...

    @abstractmethod
    def rows(self) -> Settings:
        """Where the test finds the desk's rows, once nobody writes."""


class NoFileGrows(Disk):
    """Works wherever Linux does: no file of the process may become larger than its largest is now (RLIMIT_FSIZE)."""

    def fill(self) -> None:
        largest = max(file.stat().st_size for file in self.settings.data.iterdir())
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (largest + 1, resource.RLIM_INFINITY))

    def free(self) -> None:
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def rows(self) -> Settings:
        return self.settings


class SmallDisk(Disk):
    """A real disk of 8 MB that the desk alone has, in a mount namespace, filled from outside."""

    def __init__(self, settings: Settings, log: Path) -> None:
        disk = settings.data.with_name("disk")
        disk.mkdir()
        super().__init__(replace(settings, data=disk), log, module="desk")
        assert self._command is not None
        self._command = [*UNSHARED, "sh", "-c", MOUNT, str(disk), str(settings.data), *self._command]

    @property
    def seen(self) -> Path:
        """The disk, as it is seen from outside the namespace."""
        return Path(f"/proc/{self.pid}/root{self.settings.data}")

    def fill(self) -> None:
        with suppress(OSError), (self.seen / "ballast").open("ab", buffering=0) as ballast:
            while ballast.write(bytes(2**12)):
                pass

    def free(self) -> None:
        (self.seen / "ballast").unlink()

    def rows(self) -> Settings:
        copy = self.settings.data.with_name("copy")
        shutil.copytree(self.seen, copy)
        return replace(self.settings, data=copy)


UNSHARED = ("unshare", "--mount", "--map-root-user")


def permitted() -> bool:
    """Whether this system lets us have a mount namespace of our own."""
    mount = [*UNSHARED, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]
    return shutil.which("unshare") is not None and subprocess.run(mount, capture_output=True).returncode == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", [NoFileGrows, SmallDisk], ids=["no file grows", "a small disk"])
async def test_a_full_disk_refuses_writes_and_nothing_else(
    kind: Callable[[Settings, Path], Disk], settings: Settings, tmp_path: Path, told: Callable[..., None]
) -> None:
    if kind is SmallDisk and not permitted():
        pytest.skip("no mount namespace for us here; the other form runs everywhere")
    random, secret = drawn(), await token(settings, "ann")
    server = kind(settings, tmp_path / "log")
    try:
        await server.start()
        times = 0
        async with under_load(server, secret, random, writers=WRITERS) as load:
            for times in rounds(1):  # noqa: B007
                await load.oracle.grows(random.randint(AT_LEAST, AT_MOST))
                await full(server, load)
                await load.oracle.grows(AT_LEAST)
        rows = server.rows()
        found = await reckoned(load, random, rows)
        await server.stop()
    finally:
        server.kill()
    unhinted = load.oracle.unhinted
    told(f"a full disk ({kind.__name__}), SQLite", kills=0, times_full=times, **load.figures, **found.counted)
    assert found == Found(), found.counted
    assert load.reconnects == 0, "a subscription did not outlive it"
    assert unhinted == 0
    await verified(rows)


async def full(server: Disk, load: Load) -> None:
    """For a while there is no room: every write is refused, and whoever reads is answered as ever."""
    async with server.client() as desk:
        ann = Person(desk, "ann", load.secret)
        async with ann.follows(after=await ann.as_of(), selection="cursor") as open_before:
            server.fill()
            try:
                await load.oracle.refuses(REFUSED)
                assert await ann.outcome("createTicket", input={"userId": "u", "subject": "s", "body": LARGE}) == (
                    "UNAVAILABLE"
                )
                assert (await health(desk))["status"] == "ok"
                assert (await ann.asks("{ tickets { edges { node { number events { edges { cursor } } } } } }")).tickets
                await answered_on(open_before.socket)
                async with ann.follows(after=load.start, selection="cursor") as replayed:
                    assert position(await replayed.next()) == load.began + 1
            finally:
                server.free()
