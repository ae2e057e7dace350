"""Mail by workflows, on a real Temporal server: the same counts as without, whoever is killed or started twice."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from tortoise.queryset import QuerySet

from desk.mail import outbox
from desk.mail.door import TEMPORAL
from desk.mail.local import deliver
from desk.mail.mailbox import Mailbox
from desk.mail.outbox import Outbox
from desk.mail.post import Later, Refused
from desk.mail.temporal import QUEUE, connected, working
from desk.mail.watch import Watch
from desk.mail.workflows import IngestMail, SendMail
from desk.settings import Settings
from models import database
from models.event import Event
from models.mail import Verdict
from models.outgoing import OutgoingMail, State
from models.ticket import Source, Ticket
from tests.mail.conftest import Watches
from tests.support.crashing_temporal import STEPS, hurry, work
from tests.support.desk import GUARD_S, running
from tests.support.history import verdict
from tests.support.mail import Heap, listening, plain, seen, send, somebody, true, with_mail
from tests.support.processes import health
from tests.support.temporal import (
    Carrier,
    Rung,
    Temporal,
    forget_reading,
    is_over,
    queued,
    rewritten,
    temporal_server,
    worker,
)

children = multiprocessing.get_context("forkserver")
children.set_forkserver_preload(["tests.support.crashing_temporal"])


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Temporal]:
    async with temporal_server(tmp_path) as server:
        yield server


@pytest.fixture
async def watches(watches: Watches) -> Watches:
    """As workers watch: as one holder of the lease, and with connections that the first look at the schema made."""

    def watched(mailbox: Mailbox) -> Watch:
        watch = watches(mailbox)
        watch._holder = TEMPORAL
        return watch

    await queued()
    return watched


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker has its turn at once where one is gone."""
    hurry(monkeypatch)


async def became(mail: OutgoingMail, state: State) -> None:
    await true(lambda: OutgoingMail.filter(id=mail.id, state=state).exists())


async def reaches(rows: QuerySet[OutgoingMail], count: int) -> bool:
    return await rows.count() >= count


def on(kind: str) -> pytest.MarkDecorator:
    """One kind of database is enough where it is Temporal that is tried."""
    return pytest.mark.parametrize("settings", [kind], indirect=True)


async def test_a_worker_reads_and_sends_for_a_desk_that_does_not(settings: Settings, server: Temporal) -> None:
    settings = replace(with_mail(settings), temporal_url=server.url)
    async with running(settings) as desk:
        await listening(settings)
        await asyncio.to_thread(send, settings, plain("Card lost"))
        await asyncio.to_thread(send, settings, plain("Lock broken", sender="bob@customer.example"))
        assert (await health(desk))["mailbox"] == "down"
        async with worker(settings) as working_:
            assert [row.verdict for row in await seen(2)] == [Verdict.NEW, Verdict.NEW]
            assert (await health(desk))["mailbox"] == "up"
            await true(lambda: reaches(OutgoingMail.filter(state=State.SENT), 2))
            assert await working_.stop() == 0
        assert await Ticket.all().count() == 2


@on("sqlite")
async def test_however_often_a_workflow_is_started_it_is_done_once(watches: Watches, server: Temporal) -> None:
    heap, carrier, client = Heap([plain("One"), plain("Two")]), Carrier(), server.client
    outbox_, (mail,) = Outbox(somebody(), carrier), await queued("eve@elsewhere.example")
    (arrival,) = await heap.arrivals(await heap.end(), 1)

    async def ingest() -> None:
        await client.execute_workflow(
            IngestMail.run,
            args=["heap", arrival],
            id="mail-in/heap/1/1",
            task_queue=QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def hand_over() -> str:
        return await client.execute_workflow(
            SendMail.run,
            mail.id,
            id=f"mail-out/{mail.id}",
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    starts = asyncio.gather(*(ingest() for _ in range(5)), *(hand_over() for _ in range(5)))
    another = await connected(server.url)
    async with working(client, watches(heap), outbox_, 1), working(another, watches(heap), outbox_, 1):
        await starts
        with pytest.raises(WorkflowAlreadyStartedError):
            await ingest()
        await seen(2)
    assert await Ticket.filter(source=Source.MAIL).count() == 2
    assert Counter(carrier.took)["eve@elsewhere.example"] == 1


@on("sqlite")
async def test_a_mail_whose_workflow_was_there_before_the_database_knew_is_taken_in(
    watches: Watches, server: Temporal
) -> None:
    """As after a backup was restored: the ids only save work."""
    async with working(server.client, watches(Heap([plain("One")])), None, 1):
        await seen(1)
        await true(lambda: is_over(server.client, "mail-in/heap/1/1"))
    await forget_reading(somebody())
    async with working(server.client, watches(Heap([plain("One")])), None, 1):
        await seen(1)
    assert await Ticket.filter(source=Source.MAIL).count() == 2


@on("sqlite")
async def test_what_was_not_taken_is_tried_again_and_what_was_refused_when_somebody_says(
    watches: Watches, server: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PAUSES_S", (0.1,))
    carrier = Carrier([Later("450 grey"), Refused("550 nobody")])
    (mail,) = await queued("eve@elsewhere.example")
    async with working(server.client, watches(Heap([])), Outbox(somebody(), carrier), 1):
        await became(mail, State.FAILED)
        with pytest.raises(WorkflowFailureError):
            await server.client.get_workflow_handle(f"mail-out/{mail.id}").result()
        await rewritten(mail.id, state=State.QUEUED)
        await became(mail, State.SENT)
    assert (carrier.tries, carrier.took) == (3, ["eve@elsewhere.example"])


@on("sqlite")
async def test_the_server_is_restarted_in_the_middle(watches: Watches, server: Temporal) -> None:
    heap, carrier = Rung([plain("One")]), Carrier(opens=asyncio.Event())
    (mail,) = await queued("eve@elsewhere.example")
    async with working(server.client, watches(heap), Outbox(somebody(), carrier), 1):
        await seen(1)
        await true(lambda: was_tried(carrier))
        await server.stop()
        heap.mails = [plain("One"), plain("Two")]
        assert carrier.opens is not None
        carrier.opens.set()
        await became(mail, State.SENT)
        (later,) = await queued("max@elsewhere.example")
        await server.start()
        await became(later, State.SENT)
        heap.rings.set()
        await seen(2)
    assert await Ticket.filter(source=Source.MAIL).count() == 2
    assert Counter(carrier.took)["eve@elsewhere.example"] == Counter(carrier.took)["max@elsewhere.example"] == 1


async def was_tried(carrier: Carrier) -> bool:
    return carrier.tries > 0


@on("postgres")
async def test_a_worker_that_is_killed_anywhere_takes_in_once_and_sends_at_most_once(
    settings: Settings, server: Temporal, tmp_path: Path
) -> None:
    settings, ledger = replace(with_mail(settings), temporal_url=server.url), tmp_path / "ledger"
    ledger.touch()
    async with database.connected(settings.database):
        for point in STEPS:
            await deliver(somebody(), [plain(point, sender=f"{point.replace(' ', '-')}@customer.example")])
            await queued(f"{point.replace(' ', '-')}@customer.example")
            child = children.Process(target=work, args=(settings, ledger, point))
            child.start()
            await asyncio.to_thread(child.join, GUARD_S)
            assert child.exitcode == -signal.SIGKILL, point
        child = children.Process(target=work, args=(settings, ledger, None))
        child.start()
        settled = OutgoingMail.filter(state__in=[State.SENT, State.UNCERTAIN])
        await true(lambda: reaches(settled, len(STEPS)))
        rows = await seen(len(STEPS))
        child.kill()
        child.join()
        assert {row.verdict for row in rows} == {Verdict.NEW}
        assert await Ticket.filter(source=Source.MAIL).count() == len(STEPS) == len(rows)
        assert await Event.filter(kind="CREATED").count() == 2 * len(STEPS)
        took = Counter(ledger.read_text().split())
        assert set(took.values()) == {1}
        for mail in await OutgoingMail.all():
            assert mail.state is State.UNCERTAIN or took[mail.recipient] == 1
        assert 2 <= await OutgoingMail.filter(state=State.UNCERTAIN).count() < len(STEPS)
        assert (await verdict()).problems == []
