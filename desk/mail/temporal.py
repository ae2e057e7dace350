"""A worker of Temporal: what has the workflows started, and does what they ask for."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError
from temporalio.worker import Worker
from uuid_utils.compat import uuid7

from desk.clock import wall_clock_ms
from desk.live.channel import Channel
from desk.mail.activities import Activities
from desk.mail.door import MailDoor
from desk.mail.outbox import AT_ONCE, Outbox
from desk.mail.watch import Watch
from desk.mail.workflows import IngestMail, SendMail, WatchMailbox
from desk.settings import TEMPORALS, Settings
from desk.terminal import existing
from models.errors import BadUserInput
from models.unit_of_work import finished
from models.work import World

log = logging.getLogger("guichet.mail")

QUEUE: Final = "guichet-mail"
WORKFLOWS: Final = [WatchMailbox, IngestMail, SendMail]
AGAIN_S: Final = 60.0
"""How often it is seen to that somebody watches the mailbox, seconds."""


async def work(settings: Settings) -> int:
    """Works until the process is told to stop. Raises BadUserInput for settings that do not do."""
    if settings.temporal_url is None or settings.mailbox_url is None:
        raise BadUserInput("A worker needs temporal_url (GUICHET_TEMPORAL_URL) and mailbox_url (GUICHET_MAILBOX_URL).")
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows: there a KeyboardInterrupt ends it
            loop.add_signal_handler(sign, stop.set)
    client = await connected(settings.temporal_url)
    channel = Channel(settings.broadcast_url)
    async with existing(settings, patient=False):
        world = World(now_ms=wall_clock_ms, new_id=uuid7, committed=channel.ring, bounds=settings.bounds)
        door, ringing = MailDoor(settings, world), asyncio.create_task(channel.run())
        try:
            async with working(client, door.watch, door.outbox, settings.stop_seconds):
                print(f"working for {settings.temporal_url}", flush=True)
                await stop.wait()
        finally:
            await door.mailbox.close()
            await door.close()
            await finished()
            ringing.cancel()
            await asyncio.gather(ringing, return_exceptions=True)
    return 0


async def connected(temporal_url: str) -> Client:
    """A client of the server, and the namespace, that a URL names. Raises BadUserInput where they are not there."""
    url = urlsplit(temporal_url)
    place, namespace = f"{url.hostname}:{url.port or TEMPORALS[url.scheme]}", url.path.strip("/") or "default"
    try:
        client = await Client.connect(place, namespace=namespace)
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    except (RuntimeError, RPCError) as error:
        raise BadUserInput(f"No Temporal server at {place} has the namespace {namespace}: {error}") from error
    return client


@asynccontextmanager
async def working(client: Client, watch: Watch, outbox: Outbox | None, grace_s: float) -> AsyncIterator[None]:
    """Has a mailbox read and an outbox sent by workflows, and does what they ask for, until the end of the block;
    then what is going on has `grace_s` to end. Any number of processes may."""
    activities = Activities(watch, outbox)
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=WORKFLOWS,
        activities=[activities.arrived, activities.take, activities.send],
        max_concurrent_activities=AT_ONCE + 2,
        graceful_shutdown_timeout=timedelta(seconds=grace_s),
    )

    async def send(id: UUID) -> None:
        await _start(client, "SendMail", id, f"mail-out/{id}")

    async def read() -> None:
        while True:
            await _start(client, "WatchMailbox", watch.mailbox.name, f"mail-watch/{watch.mailbox.name}")
            await asyncio.sleep(AGAIN_S)

    async with worker:
        jobs = [read(), watch.retry(), *([outbox.run(send), outbox.ask()] if outbox else [])]
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _start(client: Client, workflow: str, arg: object, id: str) -> None:
    """Starts a workflow that nobody needs to wait for, unless it runs."""
    try:
        await client.start_workflow(
            workflow, arg, id=id, task_queue=QUEUE, id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
        )
    except RPCError as error:
        log.warning("Temporal does not start %s: %s", id, error.message)
