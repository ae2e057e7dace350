"""The numbers of the desk by its front door: what they say, what they cost, and who is there to work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk import keeper
from desk.demo import REASONS
from desk.settings import Settings
from models.errors import BadUserInput
from resolvers import board, following
from resolvers import figures as numbers
from tests.support.desk import GUARD_S, Answer, Desk, Errors, Person, running
from tests.support.sql import statements

FIGURES = """query($since: DateTime!) { figures(since: $since) {
  asOf open processing urgent unassigned urgentUnassigned approved rejected
  longest { number since } longestUnassigned { number } waited { seconds tickets }
  hours { begins cameIn decided } agents { name inHand approved rejected editing } } }"""
COUNTS = "query($filters: [TicketFilter!]!) { counts(filters: $filters) }"


@pytest.fixture(autouse=True)
def both_ways() -> None:
    """Each query is executed once: see conftest.py."""


@pytest.fixture(autouse=True)
def nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seal and no LOCK_EXPIRED is written meanwhile: its statements are nobody's who asks."""
    monkeypatch.setattr(keeper, "ROUND_S", 60 * GUARD_S)


def quarter(**ago: float) -> str:
    """When the quarter of an hour began that was so long ago."""
    then = datetime.now(UTC) - timedelta(**ago)
    return then.replace(minute=then.minute // 15 * 15, second=0).strftime("%Y-%m-%dT%H:%M:%SZ")


async def figures(person: Person, **ago: float) -> Answer:
    return (await person.asks(FIGURES, since=quarter(**(ago or {"hours": 2})))).figures  # type: ignore[no-any-return]


async def test_figures_say_how_the_desk_is_doing(desk: Desk) -> None:
    ann, bob = await desk.agents("ann", "bob")
    made = [await ann.creates(userId="u-1", priority=each) for each in ("URGENT", "URGENT", "LOW", "HIGH", "LOW")]
    await ann.starts(made[0])
    await bob.approves(made[2])
    await bob.rejects(made[3])
    await ann.closes(made[4])
    grant = await bob.locks(made[1])
    told = await figures(ann)
    assert (told.open, told.processing, told.urgent, told.unassigned, told.urgentUnassigned) == (1, 1, 2, 1, 1)
    assert (told.approved, told.rejected) == (1, 1)
    assert told.longest == {"number": made[0].number, "since": made[0].createdAt}
    assert told.longestUnassigned.number == made[1].number
    assert [each.seconds for each in told.waited] == [0, 900, 3_600, 7_200, 14_400, 28_800]
    assert [each.tickets for each in told.waited] == [2, 0, 0, 0, 0, 0]
    assert (sum(each.cameIn for each in told.hours), sum(each.decided for each in told.hours)) == (5, 2)
    assert [[*each.values()] for each in told.agents] == [["ann", 1, 0, 0, []], ["bob", 0, 1, 1, [made[1].number]]]
    assert told.asOf == await ann.as_of()
    await bob.unlocks(made[1], token=grant.token)
    await ann.reopens(made[2])
    await bob.updates(made[2], given={"assignee": "bob"})
    told = await figures(bob)
    assert (told.open, told.approved, told.agents[1]) == (
        2,
        0,
        {"name": "bob", "inHand": 1, "approved": 0, "rejected": 1, "editing": []},
    )


async def test_figures_are_counted_once_and_then_moved(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")

    async def read() -> list[str]:
        with statements() as sent:
            assert (await figures(ann)).open + (await figures(ann, days=7)).open
        parts = {'"created_at_ms">=': "tickets", "THEN content END FROM events": "events"}
        return [name for sql, _ in sent for part, name in parts.items() if part in str(sql)]

    assert await read() == ["tickets"]
    await ann.updates(ticket, given={"priority": "HIGH"})
    assert await read() == ["events"]
    assert await read() == []


async def test_figures_are_told_since_a_quarter_of_the_last_days(desk: Desk) -> None:
    ann = await desk.agent()
    for since in (quarter(days=8.1), "2026-01-01T00:00:00.001Z", quarter(hours=1).replace(":00Z", ":01Z")):
        assert await ann.refused(FIGURES, since=since) == "BAD_USER_INPUT"
    for ahead in (0, -2):  # a reader's clock may be ahead
        assert (await figures(ann, hours=ahead)).open == 0
    kathmandu = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT00:00:00+05:45")
    assert await ann.asks(FIGURES, since=kathmandu)


async def test_of_too_many_tickets_there_are_no_figures(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "MOST_TICKETS", 2)
    monkeypatch.setattr(following, "MOST_EVENTS", 0)
    monkeypatch.setattr(numbers, "_kept_standing", numbers._standing)  # which has the bound in it
    ann = await desk.agent()
    for count in (1, 2):
        await ann.creates(userId="u-1")
        assert (await figures(ann)).open == count
    await ann.creates(userId="u-1")
    for _ in range(2):
        with pytest.raises(Errors) as told:
            await figures(ann)
        limit = {"code": "LIMIT_EXCEEDED", "limit": "figures", "value": 3, "bound": 2}
        assert told.value.errors[0]["extensions"] == limit


async def test_without_the_cache_figures_are_counted_each_time(settings: Settings) -> None:
    async with running(replace(settings, cache=False)) as plain:
        ann = await plain.agent()
        for count in (1, 2):
            await ann.creates(userId="u-1")
            assert (await figures(ann)).open == count


async def test_counts_of_what_is_kept_cost_one_look_at_the_journal(desk: Desk) -> None:
    ann = await desk.agent()
    views: list[dict[str, Any]] = [
        {"status": ["OPEN", "PROCESSING"]},
        {"assignee": None, "createdAfter": quarter(days=30)},
        {"priority": ["URGENT"]},
        {"decidedAfter": quarter(hours=3), "decidedBy": "ann"},
    ]
    first, second = [await ann.creates(userId="u-1") for _ in range(2)]
    assert (await ann.asks(COUNTS, filters=views)).counts == [2, 2, 0, 0]
    await ann.approves(first)
    await ann.updates(second, given={"priority": "URGENT", "assignee": "ann"})
    with statements() as sent:
        assert (await ann.asks(COUNTS, filters=views)).counts == [1, 1, 1, 1]
    assert not [sql for sql, _ in sent if 'FROM "tickets"' in str(sql)]


async def test_counts_are_of_what_the_viewer_sees_and_weigh_as_much_as_they_read(desk: Desk) -> None:
    ann, carla, bank = await desk.agent(), await desk.customer(), await desk.partner()
    mine = await ann.creates(userId="u-1")
    await ann.creates(userId="u-2")
    await ann.approves(mine)
    asked = [{}, {"userId": "u-2"}, {"decidedAfter": quarter(hours=1)}, {"decidedBy": "ann"}, {"decidedBy": "bob"}]
    assert (await ann.asks(COUNTS, filters=asked)).counts == [2, 1, 1, 1, 0]
    assert (await carla.asks(COUNTS, filters=asked)).counts == [1, 0, 1, 0, 0]
    assert (await bank.asks(COUNTS, filters=[{"userId": "u-1"}])).counts == [1]
    assert await bank.refused(COUNTS, filters=[{"userId": "u-1"}, {}]) == "FORBIDDEN"
    assert (await ann.asks(COUNTS, filters=[])).counts == []
    assert await ann.refused(COUNTS, filters=[{}] * 11) == "BAD_USER_INPUT"
    for filters, cost in (([{}], 110), ([{"status": ["OPEN", "CLOSED"]}] * 2, 160), ([{"search": "a"}] * 3, 60_130)):
        answer = (await ann.post(COUNTS, {"filters": filters})).json()
        assert answer["extensions"]["cost"]["requested"] == cost
    assert await ann.refused(COUNTS, filters=[{"search": "a"}] * 5) == "LIMIT_EXCEEDED"


async def test_assignees_are_the_active_agents_and_admins_by_name(desk: Desk) -> None:
    ada = await desk.admin("ada")
    await desk.customer()
    await desk.agents("zoe", "Bob", "éva")
    assert (await ada.asks("{ assignees }")).assignees == ["Bob", "ada", "zoe", "éva"]
    await ada.does("disableAccount", account="zoe")
    await ada.does("setRole", account="Bob", role="PARTNER")
    assert (await ada.asks("{ assignees }")).assignees == ["ada", "éva"]


async def test_reasons_to_reject_with_are_those_of_the_file(settings: Settings) -> None:
    async with running(replace(settings, reason_templates=REASONS)) as desk:
        templates = (await (await desk.agent()).asks("{ reasonTemplates { title text } }")).reasonTemplates
    assert len(templates) == 5
    assert templates[1].title == "Out of date"
    assert templates[0].text.startswith("The document that you sent")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[[template]", "no TOML"),
        ("other = 1", "nothing else"),
        ("template = 1", "nothing else"),
        ("[[template]]\ntitle = 'x'\ntext = 'y'\n" * 51, "at most 50"),
        ("[[template]]\ntitle = 'x'", "a title and a text"),
        ("[[template]]\ntitle = 1\ntext = 'x'", "a title and a text"),
        ("[[template]]\ntitle = ' '\ntext = 'x'", "1 to 100"),
        ("[[template]]\ntitle = 'x'\ntext = ' '", "cannot be a reason"),
        (f"[[template]]\ntitle = 'x'\ntext = '{'x' * 2_001}'", "cannot be a reason"),
        ("\udcff", "utf-8"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_not_one_of_reasons_is_told(tmp_path: Path, toml: str | None, told: str) -> None:
    path = tmp_path / "reasons.toml"
    if toml is not None:
        path.write_bytes(toml.encode(errors="surrogateescape"))
    with pytest.raises(BadUserInput, match=told):
        Settings(reason_templates=path)
