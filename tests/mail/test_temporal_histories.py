"""Histories that a real server wrote, of every version of the workflows, run anew in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from desk.mail.temporal import WORKFLOWS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


async def replays(text: str) -> None:
    """Raises NondeterminismError where today's workflows would have done something else."""
    await Replayer(workflows=WORKFLOWS).replay_workflow(WorkflowHistory.from_json("mail", text))


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
async def test_what_an_older_version_began_goes_on(history: Path) -> None:
    await replays(history.read_text())


def test_every_workflow_has_a_history() -> None:
    assert {path.name.partition("-")[0] for path in HISTORIES} == {each.__name__ for each in WORKFLOWS}


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
async def test_a_workflow_that_does_something_else_is_noticed(history: Path) -> None:
    told = json.loads(history.read_text())
    for event in told["events"]:
        if scheduled := event.get("activityTaskScheduledEventAttributes"):
            scheduled["activityType"]["name"] = "another"
    with pytest.raises(NondeterminismError):
        await replays(json.dumps(told))
