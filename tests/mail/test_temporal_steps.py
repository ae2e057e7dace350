"""What workflows have done, called without a server: the same steps, and how they are told to Temporal."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from uuid_utils.compat import uuid7

from desk.mail import activities, outbox
from desk.mail.activities import Activities
from desk.mail.door import MailDoor
from desk.mail.mailbox import Arrival, Unreachable
from desk.mail.outbox import Outbox
from desk.mail.post import Closed, Later, Refused, Uncertain
from desk.settings import Settings
from models.errors import BadUserInput
from models.mail import MailPosition, SeenMail, Verdict
from models.outgoing import OutgoingMail, State
from models.ticket import Source, Ticket
from tests.mail.conftest import Watches
from tests.support.desk import GUARD_S
from tests.support.mail import Heap, begun, plain, somebody, with_mail
from tests.support.processes import command
from tests.support.temporal import Carrier, Rung, queued, rewritten


@pytest.fixture
async def watches(watches: Watches) -> Watches:
    """The connections are there, as they are behind a desk's first look at its schema."""
    await queued()
    return watches


@pytest.fixture
def steps(watches: Watches) -> Activities:
    return Activities(watches(Heap([plain("One"), plain("Two")])), None)


@pytest.fixture
async def carrier(opened: Settings) -> Carrier:
    return Carrier()


@pytest.fixture
async def sends(opened: Settings, watches: Watches, carrier: Carrier) -> Activities:
    return Activities(watches(Heap([])), Outbox(somebody(), carrier))


async def run(step: Any, *arguments: Any) -> Any:
    async with asyncio.timeout(GUARD_S):
        return await ActivityEnvironment().run(step, *arguments)


# ---------------------------------------------------------------- mail that comes in


async def test_arrivals_are_told_by_their_keys_and_each_is_taken_in_once(steps: Activities) -> None:
    first, second = await run(steps.arrived, "heap")
    (payload,) = await DataConverter.default.encode([first])
    assert len(payload.data) < 200
    assert await DataConverter.default.decode([payload], [Arrival]) == [first]
    for arrival in (first, first, second, first):
        await run(steps.take, "heap", arrival)
    assert [row.verdict for row in await SeenMail.all()] == [Verdict.NEW, Verdict.NEW]
    assert await Ticket.filter(source=Source.MAIL).count() == 2
    assert (await MailPosition.get(mailbox="heap")).after == "2"


async def test_where_nothing_comes_it_waits_for_the_bell(watches: Watches) -> None:
    heap = Rung([])
    waiting = asyncio.create_task(run(Activities(watches(heap), None).arrived, "heap"))
    await begun()
    assert not waiting.done()
    heap.mails = [plain("One")]
    heap.rings.set()
    (arrival,) = await waiting
    assert arrival.key == "1"


async def test_it_waits_no_longer_than_so_and_not_for_a_worker_that_stops(
    watches: Watches, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, environment = Activities(watches(Heap([])), None), ActivityEnvironment()
    environment.worker_shutdown()
    async with asyncio.timeout(GUARD_S):
        assert await environment.run(steps.arrived, "heap") == []
    monkeypatch.setattr(activities, "WAITS_S", 0.05)
    assert await run(steps.arrived, "heap") == []


async def test_a_mailbox_that_another_process_reads_is_left_alone(
    watches: Watches, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await watches(Heap([])).lease()
    monkeypatch.setattr(activities, "WAITS_S", 0.05)
    assert await run(Activities(watches(Heap([plain("One")])), None).arrived, "heap") == []


async def test_what_is_in_the_way_is_told_to_the_desk_and_tried_again_later(steps: Activities) -> None:
    async def away(*_: object) -> list[Arrival]:
        raise Unreachable("no route")

    heap: Any = steps._watch.mailbox
    arrivals, heap.arrivals = heap.arrivals, away
    with pytest.raises(ApplicationError) as failed:
        await run(steps.arrived, "heap")
    assert (failed.value.type, failed.value.non_retryable) == ("Unreachable", False)
    assert failed.value.next_retry_delay is not None
    assert timedelta(seconds=0.4) < failed.value.next_retry_delay <= timedelta(seconds=1)
    assert (await MailPosition.get(mailbox="heap")).trouble == "no route"
    heap.arrivals = arrivals
    assert await run(steps.arrived, "heap")
    assert (await MailPosition.get(mailbox="heap")).trouble is None


async def test_a_mailbox_that_the_desk_had_before_is_not_read_as_the_one_that_it_has(steps: Activities) -> None:
    for step in (steps.arrived("before"), steps.take("before", Arrival("1", await steps._watch._position(), 1, 1))):
        with pytest.raises(ApplicationError) as failed:
            await step
        assert failed.value.non_retryable
    assert not await SeenMail.exists()


async def test_a_desk_whose_mail_workers_drive_reads_and_sends_nothing_itself(opened: Settings) -> None:
    for url, jobs in ((None, {"run", "ask", "retry", "listen"}), ("temporal://127.0.0.1", {"listen"})):
        door = MailDoor(replace(with_mail(opened), temporal_url=url), somebody().world)
        begun = door.jobs()
        assert {job.__name__ for job in begun} == jobs
        for job in begun:
            job.close()


# ---------------------------------------------------------------- mail that goes out


async def test_a_mail_is_sent_once_however_often_that_is_asked_for(sends: Activities, carrier: Carrier) -> None:
    (mail,) = await queued("ann@customer.example")
    assert {await run(sends.send, mail.id) for _ in range(3)} == {"SENT: 250 OK"}
    assert carrier.took == ["ann@customer.example"]


async def test_a_retry_that_finds_it_being_sent_is_uncertain_and_sends_nothing(
    sends: Activities, carrier: Carrier
) -> None:
    (mail,) = await queued("ann@customer.example")
    assert await outbox.claim(somebody(), mail.id, "a worker that is gone")
    for state in (State.SENDING, State.UNCERTAIN):  # while it may live still, and when it does no more
        with pytest.raises(ApplicationError) as failed:
            await run(sends.send, mail.id)
        assert (failed.value.type, failed.value.non_retryable) == ("Uncertain", True)
        assert (await OutgoingMail.get(id=mail.id)).state is state
        await rewritten(mail.id, until_ms=0)
    assert carrier.tries == 0


@pytest.mark.parametrize(
    ("answer", "state"), [(Refused("550 nobody"), State.FAILED), (Uncertain("cut"), State.UNCERTAIN)]
)
async def test_what_is_over_is_told_in_the_words_of_the_server(
    sends: Activities, carrier: Carrier, answer: Exception, state: State
) -> None:
    (mail,) = await queued("ann@customer.example")
    carrier.answers = [answer]
    for _ in range(2):
        with pytest.raises(ApplicationError, match=str(answer)) as failed:
            await run(sends.send, mail.id)
        assert (failed.value.type, failed.value.non_retryable) == (type(answer).__name__, True)
    assert (await OutgoingMail.get(id=mail.id)).state is state
    assert carrier.tries == 1


async def test_what_was_not_taken_now_is_tried_again_when_its_row_says(sends: Activities, carrier: Carrier) -> None:
    (mail,) = await queued("ann@customer.example")
    carrier.answers = [Later("450 grey", after_s=1_000)]
    for _ in range(2):  # and asked too early it is not tried
        with pytest.raises(ApplicationError, match="450 grey") as failed:
            await run(sends.send, mail.id)
        assert (failed.value.type, failed.value.non_retryable) == ("Later", False)
        assert failed.value.next_retry_delay is not None
        assert timedelta(seconds=990) < failed.value.next_retry_delay <= timedelta(seconds=1_000)
    assert carrier.tries == 1
    await rewritten(mail.id, due_ms=0)
    assert await run(sends.send, mail.id) == "SENT: 250 OK"


async def test_while_nobody_is_let_in_a_mail_waits_for_the_whole_outbox(sends: Activities, carrier: Carrier) -> None:
    (mail,) = await queued("ann@customer.example")
    carrier.answers = [Closed("535 wrong password")]
    assert await run(sends.send, mail.id) == "QUEUED: 535 wrong password"
    assert (await MailPosition.get(mailbox="carrier")).trouble == "535 wrong password"


async def test_a_mail_that_was_erased_meanwhile_is_none(sends: Activities) -> None:
    assert await run(sends.send, uuid7()) == "ERASED"


# ---------------------------------------------------------------- the command


async def test_a_worker_says_what_it_lacks(opened: Settings, free_port: int) -> None:
    code, said = await command(opened, "mail", "worker")
    assert (code, "GUICHET_TEMPORAL_URL" in said) == (1, True)
    away = replace(opened, temporal_url=f"temporal://127.0.0.1:{free_port}/desk")
    code, said = await command(away, "mail", "worker")
    assert (code, f"No Temporal server at 127.0.0.1:{free_port} has the namespace desk" in said) == (1, True)
    assert "Traceback" not in said


async def test_a_worker_says_that_temporal_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporalio.py").write_text("raise ModuleNotFoundError(name='temporalio')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    words = [sys.executable, "-m", "desk", "mail", "worker"]  # a fork might have read Temporal before
    worker = await asyncio.create_subprocess_exec(*words, stderr=PIPE)
    _, said = await worker.communicate()
    assert said == b"guichet: Temporal is not installed here: pip install 'guichet[temporal]'\n"
    assert worker.returncode == 1


@pytest.mark.parametrize("url", ["http://here:7233", "temporal://", "temporal://here:port"])
def test_a_url_that_names_no_temporal_is_refused(url: str) -> None:
    with pytest.raises(BadUserInput, match="temporal_url"):
        Settings(temporal_url=url)
