"""A real Temporal server for the tests, mail for it to send, and who takes that.

`python -m tests.support.temporal FOLDER` records histories of this version's workflows (tests/mail/histories).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from desk.mail.post import Envelope, Receipt
from models.outbox import Letter, OutgoingMail, queue
from models.ticket import Source, Ticket
from models.unit_of_work import unit_of_work
from models.work import Caller, Work
from tests.support.mail import plain, somebody
from tests.support.ports import free_port

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


async def runs(client: Client, id: str) -> bool:
    """Whether a workflow was started; of one that was, whether it is there still does not matter."""
    try:
        await client.get_workflow_handle(id).describe()
    except RPCError:
        return False
    return True


# ---------------------------------------------------------------- mail that goes out


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
