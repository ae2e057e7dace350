"""A real Temporal server for the tests, mail for it to send, and who takes that.

`python -m tests.support.temporal FOLDER` records histories of this version's workflows (tests/mail/histories).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from desk.mail import outbox
from desk.mail.door import house_of
from desk.mail.outbox import Outbox
from desk.mail.post import Envelope, Later, Receipt, Refused
from desk.mail.temporal import working
from desk.mail.watch import Intake, Watch
from desk.settings import Settings
from models import database
from models.attachment import Files
from models.mail import MailPosition, SeenMail
from models.outbox import Letter, queue
from models.outgoing import OutgoingMail
from models.ticket import Source, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from tests.support.crashing_mail import Here
from tests.support.crashing_temporal import hurry
from tests.support.desk import GUARD_S
from tests.support.mail import Heap, plain, somebody, true, with_mail
from tests.support.ports import free_port
from tests.support.processes import ROOT

START: Final = timedelta(seconds=30)
PROVIDED: Final = "TEMPORAL_IS_BUILT"
"""Set by whoever built the server: then its absence is a failure."""


def find_temporal() -> str | None:
    """The server's program: from PATH, else where `make temporal` puts it."""
    return shutil.which("temporal") or shutil.which("temporal", path=Path(sys.executable).parent)


class Temporal:
    """A development server on one port and one file; after `stop`, `start` goes on with what it knew."""

    def __init__(self, folder: Path) -> None:
        self.port, self._file = free_port(), folder / "temporal.db"
        self.url = f"temporal://127.0.0.1:{self.port}/default"
        self._environment: WorkflowEnvironment | None = None

    async def start(self, *options: str) -> None:
        self._environment = await WorkflowEnvironment.start_local(
            port=self.port,
            dev_server_existing_path=find_temporal(),
            dev_server_database_filename=str(self._file),
            dev_server_startup_timeout=START,
            dev_server_log_level="never",
            dev_server_extra_args=options,
        )

    @property
    def client(self) -> Client:
        assert self._environment is not None
        return self._environment.client

    async def stop(self) -> None:
        if self._environment is not None:
            await self._environment.shutdown()
            self._environment = None


@asynccontextmanager
async def temporal_server(folder: Path, *options: str) -> AsyncIterator[Temporal]:
    """A server of the test's own; skips the test where there is none."""
    if find_temporal() is None:
        if PROVIDED in os.environ:
            pytest.fail("the job says that it provides Temporal, and it is not there")
        pytest.skip("no `temporal` on PATH: `make temporal` builds it where Go is")
    server = Temporal(folder)
    await server.start(*options)
    try:
        yield server
    finally:
        await server.stop()


async def is_over(client: Client, id: str) -> bool:
    """Whether a workflow was started and ended."""
    try:
        return (await client.get_workflow_handle(id).describe()).close_time is not None
    except RPCError:
        return False


class Working:
    """`guichet mail worker` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ready(self) -> None:
        """Waits until it works."""
        assert self._process.stdout is not None
        async with asyncio.timeout(GUARD_S):
            line = await self._process.stdout.readline()
        assert line.startswith(b"working for temporal://"), line

    async def stop(self) -> int:
        """SIGTERM, then its exit code."""
        self._process.terminate()
        async with asyncio.timeout(GUARD_S):
            return await self._process.wait()


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Working]:
    """A worker that works, until the end of the block at the latest."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "desk", "mail", "worker"),
        cwd=ROOT,
        env=os.environ | settings.variables(),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        working = Working(process)
        await working.ready()
        yield working
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


# ---------------------------------------------------------------- mail


@dataclass
class Rung(Heap):
    """A heap with a bell."""

    rings: asyncio.Event = field(default_factory=asyncio.Event)

    async def bell(self) -> AsyncIterator[None]:
        while True:
            await self.rings.wait()
            self.rings.clear()
            yield


@dataclass
class Carrier:
    """Carries mail, and remembers what it took; its `answers` come first, in their order."""

    answers: list[Exception] = field(default_factory=list)
    took: list[str] = field(default_factory=list)
    tries: int = 0
    name: str = "carrier"
    opens: asyncio.Event | None = None
    """Until it is set, nobody is answered."""

    async def send(self, mail: bytes, envelope: Envelope, key: str) -> Receipt:
        self.tries += 1
        if self.answers:
            raise self.answers.pop(0)
        self.took.append(envelope.recipient)
        if self.opens is not None:
            await self.opens.wait()
        return Receipt("250 OK")

    async def was_sent(self, mail_id: str) -> bool | None:
        return None

    async def check(self) -> str:
        return "takes everything"


async def queued(*recipients: str) -> list[OutgoingMail]:
    """Mails of one ticket that wait to be sent, one to each."""
    return await _queued(somebody(), recipients)


@unit_of_work
async def _queued(work: Work, caller: Caller, recipients: Sequence[str]) -> list[OutgoingMail]:
    await work.hold_time()
    ticket = Ticket.open(work, user_id="ann@customer.example", subject="Card lost", source=Source.API)
    letter = Letter(f"<{work.new_id().hex}@desk.example>", "desk@desk.example", plain("Re: Card lost"))
    await queue(work, letter, ticket, recipients)
    return await OutgoingMail.filter(ticket_id=ticket.id).order_by("id")


async def rewritten(id: UUID, **columns: object) -> None:
    """Says something else of a mail that goes out."""
    await _rewritten(somebody(), id, columns)


@unit_of_work
async def _rewritten(work: Work, caller: Caller, id: UUID, columns: dict[str, object]) -> None:
    await OutgoingMail.filter(id=id).update(**columns)


@unit_of_work
async def forget_reading(work: Work, caller: Caller) -> None:
    """Makes the database one that never heard of a mailbox, as an older backup."""
    await SeenMail.all().delete()
    await MailPosition.all().delete()


# ---------------------------------------------------------------- histories


async def _record(folder: Path) -> None:
    """Runs every workflow of this version, and keeps what the server wrote down."""
    hurry(pytest.MonkeyPatch())
    outbox.PAUSES_S = (0.1,)  # type: ignore[misc,assignment]
    with tempfile.TemporaryDirectory() as place:
        server, settings = Temporal(Path(place)), with_mail(Settings(data=Path(place)))
        await server.start("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=20")
        heap, carrier = Rung([plain("One"), plain("Two")]), Carrier([Later("450 grey"), Refused("550 nobody")])
        async with database.connected(settings.database):
            await database.migrate()
            reader: Any = Here()
            intake = Intake(somebody(), house_of(settings), reader, Files(settings.data), 1_000_000)
            async with working(server.client, Watch(heap, intake), Outbox(somebody(), carrier), 1):
                first, second = await queued("ann@customer.example", "bob@customer.example")
                await true(lambda: is_over(server.client, "mail-in/heap/1/2"))
                heap.mails = [*heap.mails, plain("Three")]
                heap.rings.set()
                for id in (f"mail-out/{first.id}", f"mail-out/{second.id}", "mail-in/heap/1/3"):
                    await true(lambda id=id: is_over(server.client, id))  # type: ignore[misc]
            async for each in server.client.list_workflows():
                history = await server.client.get_workflow_handle(each.id, run_id=each.run_id).fetch_history()
                told = history.to_json().replace(socket.gethostname(), "worker").replace(str(ROOT), "")
                assert each.status is not None
                (folder / f"{each.workflow_type}-1-{each.status.name.lower()}.json").write_text(f"{told}\n")
        await server.stop()


if __name__ == "__main__":
    asyncio.run(_record(Path(sys.argv[1])))
