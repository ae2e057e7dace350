"""Real work goes in: `guichet import`, as a process of its own beside a running desk."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from pathlib import Path

from desk.settings import Settings
from models.decision import UserTicket
from models.event import Event, EventKind
from models.ticket import Status, Ticket
from tests.support.desk import Desk
from tests.support.processes import command

REQUESTS = Path(__file__).parents[1] / "data" / "service-requests.csv"
ALL = 4_969

MAPPING = """
subject = ["Complaint Type", "Descriptor"]
body = "Location Type"
user-id = "Incident Zip"
user-id-value = "nobody"
status = "Status"
tag = ["Agency", "Borough"]
extra = ["Agency Name", "City"]
created-at = "Created Date"
decided-at = "Closed Date"
external-id = "Unique Key"
zone = "America/New_York"

[status-values]
"Closed" = "APPROVED"
"""


async def begun(settings: Settings, *arguments: str | Path) -> Process:
    """`guichet import` with these arguments, on the desk's database."""
    words = [sys.executable, "-m", "desk", "import", *map(str, arguments)]
    return await asyncio.create_subprocess_exec(*words, env=os.environ | settings.variables(), stdout=PIPE, stderr=PIPE)


async def imported(settings: Settings, *arguments: str | Path) -> tuple[int, str]:
    """The exit code of an import, and what it printed."""
    return await command(settings, "import", *map(str, arguments))


async def test_all_requests_arrive_once_though_the_import_is_killed_and_a_subscriber_sees_each(
    desk: Desk, tmp_path: Path
) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    ann = await desk.agent()
    async with ann.follows(after=await ann.as_of(), selection="kind actor ticket { number }") as stream:
        first = await begun(desk.settings, REQUESTS, "--mapping", mapping)
        seen = [await stream.next()]
        first.kill()
        await first.wait()
        assert 0 < await Ticket.all().count() < ALL

        code, told = await imported(desk.settings, REQUESTS, "--mapping", mapping)
        assert (code, await Ticket.all().count()) == (0, ALL), told
        seen += await stream.take(ALL - 1)
    assert len({event.ticket.number for event in seen}) == ALL
    assert {(event.kind, event.actor) for event in seen} == {("CREATED", "import")}

    code, told = await imported(desk.settings, REQUESTS, "--mapping", mapping)
    assert (code, await Ticket.all().count()) == (0, ALL), told
    assert f"0 added, {ALL:,} there already" in told

    events = await Event.filter(ticket_id__isnull=False).only("position", "kind", "ticket_id")
    first = min(event.position for event in events)
    assert sorted(event.position for event in events) == list(range(first, first + ALL))
    assert {event.kind for event in events} == {EventKind.CREATED}
    tickets = await Ticket.all()
    assert Counter(ticket.status for ticket in tickets) == {Status.APPROVED: 4_692, Status.PROCESSING: 277}
    await _a_request_kept_its_status_and_times(desk)
    await _each_users_latest_approval_is_known(tickets)


async def _a_request_kept_its_status_and_times(desk: Desk) -> None:
    row = await Ticket.get(external_id="service-requests:64349550")
    seen = await (await desk.agent()).asks(
        "query($id: ID!) { ticket(id: $id) { subject body userId status source tags extra createdAt updatedAt } }",
        id=str(row.id),
    )
    assert seen.ticket == {
        "subject": "Animal-Abuse · Tortured",
        "body": "Residential Building/House",
        "userId": "11412",
        "status": "PROCESSING",
        "source": "IMPORT",
        "tags": ["NYPD", "QUEENS"],
        "extra": {"Agency Name": "New York City Police Department", "City": "SAINT ALBANS"},
        "createdAt": "2025-03-14T04:44:00.000Z",  # 0:44 in New York, in summer time
        "updatedAt": "2025-03-14T04:44:00.000Z",
    }


async def _each_users_latest_approval_is_known(tickets: list[Ticket]) -> None:
    latest: dict[str, int] = {}
    for ticket in tickets:
        if ticket.decided_at_ms is not None:
            latest[ticket.user_id] = max(latest.get(ticket.user_id, 0), ticket.decided_at_ms)
    decided = {ticket.id: ticket.decided_at_ms for ticket in tickets}
    assert {row.user_id: decided[row.ticket_id] for row in await UserTicket.all()} == latest


async def test_a_row_that_cannot_be_taken_is_told_with_its_line_and_the_rest_goes_in(
    settings: Settings, tmp_path: Path
) -> None:
    rows: list[object] = [
        {"title": "Good", "who": "u-1", "when": "2026-01-05T10:00:00+01:00"},
        {"title": "  ", "who": "u-1"},
        {"title": "No zone", "who": "u-1", "when": "1/5/2026 10:00"},
        {"title": "Strange", "who": "u-1", "state": "Levitating"},
        {"title": "NUL \0", "who": "u-1"},
        {"title": "x" * 201, "who": "u-1"},
        ["no object"],
        {"title": "Good too", "who": "u-2", "state": "in progress"},
    ]
    file = tmp_path / "tickets.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n")
    rejects = tmp_path / "rejects.jsonl"
    columns = ("--subject", "title", "--user-id", "who", "--created-at", "when", "--status", "state")

    code, told = await imported(settings, file, *columns, "--rejects", rejects)
    assert code == 1
    assert "2 added" in told
    assert "7 rejected" in told
    refused = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [row["line"] for row in refused] == [2, 3, 4, 5, 6, 7, 9]
    assert "--zone" in refused[1]["reason"]
    assert "Levitating" in refused[2]["reason"]


async def test_a_mapping_that_does_not_fit_is_refused_with_the_columns_that_there_are(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text("Title,Who\nCard lost,u-1\n")
    for arguments, needed in (
        (("--user-id", "Who"), "--subject"),
        (("--subject", "Title"), "--user-id"),
        (("--subject", "Titel", "--user-id", "Who"), "Title, Who"),
        (("--subject", "Title", "--user-id", "Who", "--zone", "Mars/Base"), "Mars/Base"),
    ):
        code, told = await imported(settings, file, *arguments)
        assert (code, needed in told, "Traceback" in told) == (2, True, False), told
