"""`guichet erase`: what is personal goes, from every row and file; what happened stays, signed off and verified."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from tortoise import Tortoise
from uuid_utils.compat import uuid7

from models import database, statements
from models.account import Role
from models.event import Event
from models.ticket import Priority
from models.work import World
from resolvers import tickets
from resolvers.tickets import NewTicket
from resolvers.viewer import Viewer
from tests.support.desk import TICKET, Answer, Desk, Errors, Person
from tests.support.history import a_day, sealed, verdict
from tests.support.live import close_code, to_the_end
from tests.support.postgres import Postgres
from tests.support.processes import command

WHO = "zoe.zimt@example.org"
MARKS = ("zoe", "Zimt", "Zürichstrasse", "zq7")
"""Words of what zoe and others wrote of her; each is searched for in any letter case."""


async def her_case(desk: Desk) -> tuple[Person, Person, str, str]:
    """Tickets of zoe with her words everywhere where there is room for words, and one of somebody else."""
    ann, zoe = await desk.agent(), await desk.customer("Zoe Zimt", WHO)
    first = await zoe.creates(subject="Zimt moved", body="To Zürichstrasse 7.", tags=["zoe"], extra={"zoe": ["zq7"]})
    await zoe.creates(subject="Second of Zimt", key="zoe-zq7")
    await zoe.replies(first, "Yours, Zoe zq7")
    await ann.replies(first, "Dear Zoe,", idempotencyKey="answer-to-zoe")
    await ann.notes(first, "Zimt again: zq7.")
    await ann.updates(first, given={"subject": "Zoe Zimt moved", "assignee": "ann"})
    await ann.locks(first)
    await ann.rejects(first, reason="Zimt has moved before.")
    await ann.reopens(first)
    await ann.approves(first, reason="Zoe is right.")
    other = await ann.creates(userId="u-2", subject="Somebody else's")
    await ann.approves(other, reason="Fine.")
    return ann, zoe, first.id, other.id


async def rows() -> str:
    """All that stands in any row of any table."""
    connection = database.primary()
    wanted = [f"SELECT * FROM {model._meta.db_table}" for model in Tortoise.apps["models"].values()]
    if statements.on_postgres(connection):
        wanted += ["SELECT * FROM search", "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats"]
    else:
        wanted += ["SELECT * FROM search_content", "SELECT * FROM search_data"]
    return repr([[dict(row) for row in await connection.execute_query_dict(sql)] for sql in wanted])


def left_in(text: str) -> list[str]:
    return [mark for mark in MARKS if re.search(mark, text, re.IGNORECASE)]


def files_with_marks(folder: Path) -> list[str]:
    """The files in which any of her words stands, as bytes of UTF-8."""
    marks = re.compile("|".join(MARKS).encode(), re.IGNORECASE)
    return [str(path) for path in folder.rglob("*") if path.is_file() and marks.search(path.read_bytes())]


async def test_no_word_of_a_person_is_left_and_verify_stays_clean(desk: Desk, request: pytest.FixtureRequest) -> None:
    ann, _, hers, other = await her_case(desk)
    await sealed()
    assert left_in(await rows()) == list(MARKS)
    folder = _files(desk, request)
    await _flushed(desk)
    assert files_with_marks(folder)
    async with ann.follows(after=await ann.as_of()) as stream:
        code, said = await command(desk.settings, "erase", "--user", WHO, "--reason", "Request 17")
        assert (code, said) == (0, "2 tickets and 1 accounts erased; the database's files are rewritten\n")
        heard = await stream.take(2)
    assert [(event.kind, event.actor, event.ticket.subject) for event in heard] == [("ERASED", "system", "Erased")] * 2
    await _flushed(desk)
    assert left_in(await rows()) == []
    assert files_with_marks(folder) == []
    await sealed()
    assert (await verdict()).problems == []
    facts = await ann.asks(f"query($id: ID!) {{ ticket(id: $id) {{ {TICKET} }} }}", id=hers)
    assert (facts.ticket.status, facts.ticket.assignee, facts.ticket.extra) == ("APPROVED", "ann", {})
    assert facts.ticket.decision.decidedBy == "ann"
    assert facts.ticket.userId.startswith("erased-")
    kept = await ann.asks(f"query($id: ID!) {{ ticket(id: $id) {{ {TICKET} }} }}", id=other)
    assert (kept.ticket.subject, kept.ticket.decision.reason) == ("Somebody else's", "Fine.")


def _files(desk: Desk, request: pytest.FixtureRequest) -> Path:
    if not desk.on_postgres:
        return desk.settings.data
    server: Postgres = request.getfixturevalue("postgres")
    return server.data / "base"


async def _flushed(desk: Desk) -> None:
    """PostgreSQL writes its files, and removes those that it gave up, at a checkpoint."""
    if desk.on_postgres:
        await database.primary().execute_query("CHECKPOINT")


async def test_she_is_signed_out_and_nobody_finds_her_any_more(desk: Desk) -> None:
    ann, zoe, hers, _ = await her_case(desk)
    async with zoe.socket() as socket:
        code, said = await command(desk.settings, "erase", "--user", WHO)
        assert code == 0, said
        assert (await to_the_end(socket), close_code(socket)) == ([], 4401)
    with pytest.raises(Errors) as told:
        await zoe.asks("{ viewer { name } }")
    assert told.value.code == "UNAUTHENTICATED"
    found = await ann.asks(
        "query($who: ID!) { latestApprovedTicket(userId: $who) { id }"
        ' zimt: tickets(filter: {search: "Zimt"}) { edges { node { id } } }'
        ' erased: tickets(filter: {search: "erased"}) { edges { node { id } } } }',
        who=WHO,
    )
    assert (found.latestApprovedTicket, found.zimt.edges) == (None, [])
    assert hers in [edge.node.id for edge in found.erased.edges]
    events = await ann.history(Answer(id=hers))
    assert {event.ticket.subject for event in events} == {"Erased"}
    assert {event.actor for event in events if event.kind == "CREATED"} == {f"{await _alias()}-1"}


async def _alias() -> str:
    event = await Event.filter(kind="ERASED").first()
    assert event is not None
    return str(event.user_id)


async def test_a_second_run_finds_nothing_and_a_new_ticket_under_the_same_user_id_is_a_new_start(desk: Desk) -> None:
    ann, _, _, _ = await her_case(desk)
    for count in (2, 0):
        code, said = await command(desk.settings, "erase", "--user", WHO)
        assert (code, said.split()[0]) == (0, str(count)), said
    await ann.approves(await ann.creates(userId=WHO, subject="A new start"))
    latest = await ann.asks("query($who: ID!) { latestApprovedTicket(userId: $who) { subject } }", who=WHO)
    assert latest.latestApprovedTicket.subject == "A new start"
    assert (await verdict()).problems == []


async def test_an_erased_event_that_is_filled_again_is_found(desk: Desk) -> None:
    await her_case(desk)
    await a_day(desk)
    await command(desk.settings, "erase", "--user", WHO)
    hers = (await Event.filter(kind="CREATED").order_by("position"))[0].position
    for change, problem in (
        ("content = replace(content, 'Erased', 'Innocent')", "did not leave what stands in the events before it"),
        ("user_id = 'u-1'", "did not leave what stands in the events before it"),
        ("reason = 'A thief.'", "something is left of it"),
    ):
        await database.primary().execute_query(f"UPDATE events SET {change} WHERE position = {hers}")
        found = await verdict()
        assert any(problem in each for each in found.problems), found.problems


async def test_a_name_that_came_back_with_a_request_under_way_goes_with_the_next_run(desk: Desk) -> None:
    """Its account is renamed already, so only the history tells whose name it was."""
    await her_case(desk)
    await command(desk.settings, "erase", "--user", WHO)
    late = Viewer(uuid7(), "Zoe Zimt", Role.CUSTOMER, WHO, World(now_ms=desk.clock, new_id=uuid7))
    await tickets.create(late, NewTicket(WHO, "Still here", "", Priority.NORMAL, [], {}), None)
    assert "Zimt" in left_in(await rows())
    await command(desk.settings, "erase", "--user", WHO)
    assert left_in(await rows()) == []
    assert (await verdict()).problems == []


async def test_several_erase_different_people_at_once_beside_work_that_goes_on(desk: Desk) -> None:
    ann = await desk.agent()
    for number in range(6):
        await ann.approves(await ann.creates(userId=f"u-{number % 3}"))

    async def works() -> None:
        for _ in range(10):
            await ann.replies(await ann.creates(userId="u-9"))

    codes = await asyncio.gather(
        works(), *(command(desk.settings, "erase", "--user", f"u-{number}") for number in range(3))
    )
    assert [code for code, _ in filter(None, codes)] == [0, 0, 0], codes
    assert (await verdict()).problems == []
