"""Mail as workflows of Temporal: one watches a mailbox, one takes in each mail, one sends each.

What is done is in the activities. Whoever changes the order of what a workflow calls keeps its old histories replaying
(tests/mail/histories), by `workflow.patched`.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from uuid import UUID

    from desk.mail.activities import LONGEST, READING, SENDING, SILENCE, Activities
    from desk.mail.mailbox import Arrival


@workflow.defn
class WatchMailbox:
    """Reads a mailbox for ever, one mail after the other. Its id is mail-watch/{mailbox}."""

    @workflow.run
    async def run(self, mailbox: str) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            arrivals = await workflow.execute_activity_method(
                Activities.arrived,
                mailbox,
                start_to_close_timeout=LONGEST,
                heartbeat_timeout=SILENCE,
                retry_policy=READING,
            )
            for arrival in arrivals:
                await self._ingest(mailbox, arrival)
        workflow.continue_as_new(mailbox)

    async def _ingest(self, mailbox: str, arrival: Arrival) -> None:
        try:
            await workflow.execute_child_workflow(
                IngestMail.run,
                args=[mailbox, arrival],
                id=f"mail-in/{mailbox}/{arrival.position.epoch}/{arrival.key}",
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        except (WorkflowAlreadyStartedError, ChildWorkflowError):  # somebody has it, had it, or ended it: the
            await _take(mailbox, arrival)  # database knows what is left to do


@workflow.defn
class IngestMail:
    """Takes in one mail. Its id is mail-in/{mailbox}/{epoch}/{key}."""

    @workflow.run
    async def run(self, mailbox: str, arrival: Arrival) -> None:
        await _take(mailbox, arrival)


async def _take(mailbox: str, arrival: Arrival) -> None:
    await workflow.execute_activity_method(
        Activities.take,
        args=[mailbox, arrival],
        start_to_close_timeout=LONGEST,
        heartbeat_timeout=SILENCE,
        retry_policy=READING,
    )


@workflow.defn
class SendMail:
    """Sends one mail, or says why not. Its id is mail-out/{outbox_id}.

    A worker that dies is followed by a retry, which finds the mail being sent: that is uncertain, and never sent again.
    """

    @workflow.run
    async def run(self, id: UUID) -> str:
        return await workflow.execute_activity_method(
            Activities.send,
            id,
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=SILENCE,
            retry_policy=SENDING,
        )
