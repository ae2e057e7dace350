"""An answer is given again while it is exact, and not for a moment longer."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from desk import keeper
from desk.settings import Settings
from desk.speed.cache import LARGEST, OVERHEAD, Answers, Moved
from models import database
from models import statements as sql
from models.account import Role
from models.attachment import Files
from models.bounds import Bounds
from models.work import System, World
from resolvers import erasure, journal
from resolvers.context import Sources
from resolvers.journal import Sealer
from resolvers.viewer import Sight
from schema import Contract, schema
from tests.support.desk import GUARD_S, TICKET, Answer, Desk, Person, running
from tests.support.history import a_day
from tests.support.processes import Worker, command
from tests.support.sql import statements

NEW = "application/graphql-response+json"
THREAD = "events { edges { cursor node { kind actor at } } } messages { edges { cursor node { text author } } }"
TODAY = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")

KEPT: dict[str, str] = {
    "asOf": "asOf",
    "ticket": f'ticket(id: "%(id)s") {{ {TICKET} {THREAD} }}',
    "tickets": f"tickets(first: 3) {{ asOf edges {{ cursor node {{ {TICKET} }} }} pageInfo {{ hasNextPage }} }}",
    "queue": "queue { numbers total asOf }",
    "counts": 'counts(filters: [{}, {status: [OPEN]}, {userId: "u-1"}])',
    "figures": f'figures(since: "{TODAY}") {{ asOf open hours {{ cameIn }} agents {{ name inHand editing }} }}',
    "assignees": "assignees",
    "reasonTemplates": "reasonTemplates { title text }",
    "ticketsByNumber": f"ticketsByNumber(numbers: [%(number)s, 999]) {{ {TICKET} }}",
    "latestApprovedTicket": f'latestApprovedTicket(userId: "u-1") {{ {TICKET} }}',
    "latestApprovedTickets": f'latestApprovedTickets(userIds: ["u-1", "u-2"]) {{ {TICKET} {THREAD} }}',
}
"""Fields of Query whose answers are given again."""
NEVER: dict[str, str] = {
    "viewer": "viewer { name hasPassword }",
    "accounts": "accounts { edges { node { name role } } }",
    "account": 'account(name: "ann") { name role }',
    "auditEvents": "auditEvents { edges { node { kind } } }",
    "tokens": "tokens { id lastUsedAt }",
    "deadLetters": "deadLetters { edges { node { id retrying } } }",
    "outbox": "outbox { edges { node { id delivery } } }",
    "mailSettings": "mailSettings { name value }",
    "missed": 'missed(after: "%(start)s") { events }',
}
"""Fields whose answers are worked out each time: few ask for them, and some change without an event."""
WIDE = ("asOf", "tickets", "queue", "counts", "figures", "assignees", "ticketsByNumber")
"""What any event may change; the others hang on a ticket or a user."""
AGENT, CUSTOMER = Sight(Role.AGENT, None, None), Sight(Role.CUSTOMER, "u-1", "carl")
STAYING = {"assignees", "reasonTemplates"}
"""What erasing a user leaves as it is."""


@pytest.fixture(autouse=True)
def nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seal and no LOCK_EXPIRED is written meanwhile: each event is one that the test made."""
    monkeypatch.setattr(keeper, "ROUND_S", 60 * GUARD_S)


@pytest.fixture(autouse=True)
def both_ways() -> None:
    """Each query is executed once: see conftest.py."""


in_one_file = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""A command takes a second, and of PostgreSQL a second process is asked in tests/races/test_exact.py."""


class Seen:
    """What was found among the answers, and which were put there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[bool] = []
        self.put: list[bytes] = []
        get, put = Answers.get, Answers.put

        def got(answers: Answers, question: bytes, sight: Sight, now_ms: int) -> bytes | None:
            answer = get(answers, question, sight, now_ms)
            self.found.append(answer is not None)
            return answer

        def kept(answers: Answers, question: bytes, *rest: Any) -> None:
            self.put.append(question)
            put(answers, question, *rest)

        monkeypatch.setattr(Answers, "get", got)
        monkeypatch.setattr(Answers, "put", kept)

    async def again(self, person: Person, query: str) -> bool:
        """Whether a question is answered with what was kept, which costs nothing but a look."""
        before = len(self.found)
        with statements() as sent:
            await person.post(query)
        found = any(self.found[before:])  # it is looked for where it arrives, and again where it is worked out
        assert found <= (not sent)
        return found


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    return Seen(monkeypatch)


_blanks = itertools.count(1)


async def exact(person: Person, query: str) -> bytes:
    """The answer, which is the one to a question that nobody asked before: the same one with other blanks."""
    answer = (await person.post(query)).content
    assert answer == (await person.post(query + " " * next(_blanks))).content
    return answer


async def questions(desk: Desk) -> dict[str, str]:
    """A question for each field of KEPT, about tickets with a long history."""
    first, _, _ = await a_day(desk)
    await (await desk.agent()).locks(first)
    return {name: "{ " + selection % first + " }" for name, selection in KEPT.items()}


# ---------------------------------------------------------------- what is kept, and that it is the same


def test_every_field_of_query_has_a_row_that_says_whether_its_answers_are_kept() -> None:
    query = schema._schema.query_type
    assert query is not None
    assert KEPT.keys() | NEVER.keys() == query.fields.keys(), "say in KEPT or NEVER whether its answers are kept"
    assert not KEPT.keys() & NEVER.keys()


async def test_an_answer_given_again_costs_one_look_at_most_and_is_what_a_desk_without_cache_answers(
    settings: Settings, seen: Seen
) -> None:
    told: dict[tuple[str, str], bytes] = {}
    async with running(settings) as desk:
        asked = await questions(desk)
        people = [await desk.agent(), await desk.admin(), await desk.customer(), await desk.partner()]
        for person, (name, query) in itertools.product(people, asked.items()):
            first = await person.post(query)
            with statements(looks=True) as sent:
                again = await person.post(query)
            assert again.content == first.content, name
            if seen.found[-1]:
                looks = [text for text, _ in sent]
                assert {*looks} <= {sql.READ_HEAD[desk.on_postgres]}, name
                assert desk.on_postgres or len(looks) <= 1, name  # there others look, too
            assert seen.found[-1] == ("errors" not in first.json()), name
            told[person.name, name] = first.content
    async with running(replace(settings, cache=False)) as plain:
        for person, (name, query) in itertools.product(people, asked.items()):
            for _ in range(2):
                assert (await Person(plain, person.name, person.token).post(query)).content == told[person.name, name]
                assert not seen.found[-1], name


async def test_what_changes_without_an_event_and_what_is_not_data_is_never_kept(desk: Desk, seen: Seen) -> None:
    ada = await desk.admin()
    asked = await questions(desk)
    start = {"start": await ada.as_of()}
    never = ["{ " + selection % start + " }" for selection in NEVER.values()]
    never += ["{ __typename }", "{ __schema { queryType { name } } }", '{ __type(name: "Ticket") { name } }']
    beside = [f"{{ viewer {{ name }} {asked['ticket'][1:]}", f"{{ __typename {asked['asOf'][1:]}"]
    writing = 'mutation { createTicket(input: {userId: "u-1", subject: "x"}) { __typename } }'
    for query in (*never, *beside, writing):
        before = len(seen.put)
        assert "errors" not in (await ada.post(query)).json()
        assert seen.put[before:] == [], query
        assert not await seen.again(ada, query)


async def test_an_error_is_never_kept(desk: Desk, seen: Seen) -> None:
    ann, bank = await desk.agent(), await desk.partner()
    ticket = await ann.creates(userId="u-1")
    wrong = [
        "{ tickets(first: 0) { asOf } }",
        '{ asOf ticket(id: "' + ticket.id + '") { id events(after: "nonsense") { edges { cursor } } } }',
        "{ asOf ticketsByNumber(numbers: [1]) { nothing } }",
        "{ asOf",
    ]
    for person, query in [*((ann, query) for query in wrong), (bank, "{ tickets { asOf } }")]:
        for _ in range(2):
            assert "errors" in (await person.post(query)).json()
    assert seen.put == []
    assert not any(seen.found)


# ---------------------------------------------------------------- how long


async def test_any_event_ends_what_anything_may_change(desk: Desk, seen: Seen) -> None:
    ann = await desk.agent()
    asked = await questions(desk)
    other = await ann.creates(userId="u-9")
    events: list[Callable[[], Awaitable[object]]] = [
        lambda: ann.notes(other),
        lambda: ann.locks(other),
        lambda: ann.creates(userId="u-9"),
        lambda: desk.agent(f"agent-{len(desk.people)}"),
    ]
    for name in WIDE:
        before = await exact(ann, asked[name])
        for event in events:
            assert await seen.again(ann, asked[name]), name
            await event()
            assert not await seen.again(ann, asked[name]), name
        assert (await exact(ann, asked[name]) == before) == (name == "ticketsByNumber")


async def test_a_ticket_stands_until_an_event_of_its_own(desk: Desk, seen: Seen) -> None:
    ann, bob = await desk.agents("ann", "bob")
    query = (await questions(desk))["ticket"]
    mine, sibling = (await ann.asks(query)).ticket, await ann.creates(userId="u-1")
    elsewhere: list[Callable[[], Awaitable[object]]] = [
        lambda: ann.updates(sibling, given={"subject": "x"}),
        lambda: ann.approves(sibling),
        lambda: desk.agent("cem"),
    ]
    own: list[Callable[[], Awaitable[Answer]]] = [
        lambda: ann.notes(mine),
        lambda: ann.replies(mine),
        lambda: ann.unlocks(mine),
        lambda: bob.locks(mine),
        lambda: bob.reopens(mine),
        lambda: bob.updates(mine, given={"tags": ["other"]}),
    ]
    assert await seen.again(ann, query)
    for another in elsewhere:
        await another()
        assert await seen.again(ann, query)
    for event in own:
        before = await exact(ann, query)
        assert (await event())["__typename"] in {"Ticket", "Message", "LockGrant"}
        assert not await seen.again(ann, query)
        assert await exact(ann, query) != before


async def test_a_latest_approval_stands_until_an_event_of_the_ticket_or_of_its_user(desk: Desk, seen: Seen) -> None:
    ann = await desk.agent()
    first, second = [await ann.creates(userId="u-1", subject=subject) for subject in ("first", "second")]
    other = await ann.creates(userId="u-2")
    asked = [
        '{ latestApprovedTicket(userId: "u-1") { subject version } }',
        '{ latestApprovedTickets(userIds: ["u-1", "u-0"]) { subject version } }',
    ]

    async def latest(*expected: str | None) -> None:
        for query in asked:
            assert await seen.again(ann, query) == (not expected)
            (answer,) = (await ann.asks(query)).values()
            told = answer[0] if isinstance(answer, list) else answer
            assert [told and told.subject] == list(expected or [told and told.subject])
            await exact(ann, query)

    await latest(None)
    await ann.notes(other)
    await ann.approves(other)
    await latest()
    await ann.approves(first)
    await latest("first")
    await ann.replies(other)
    await latest()
    await ann.updates(first, given={"subject": "still first"})
    await latest("still first")
    await ann.approves(second)
    await latest("second")
    await ann.reopens(second)
    await latest("still first")
    await ann.reopens(first)
    await latest(None)


async def _an_hour_passes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL by its clock, on SQLite by the desk's."""
    desk.clock.passes(3_600)
    head = sql.READ_HEAD[1].replace(sql.POSTGRES_NOW, f"{sql.POSTGRES_NOW} + 3600000")
    monkeypatch.setattr(sql, "READ_HEAD", [sql.READ_HEAD[0], head])


@pytest.mark.parametrize("name", ["ticket", "tickets", "ticketsByNumber", "latestApprovedTicket"])
async def test_an_answer_ends_when_the_first_lock_that_it_shows_does(
    desk: Desk, seen: Seen, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No event says so: the sweep has not come by."""
    ann = await desk.agent()
    query = (await questions(desk))[name]
    assert b'"holder":"ann"' in await exact(ann, query)
    assert await seen.again(ann, query)
    await _an_hour_passes(desk, monkeypatch)
    assert b"holder" not in await exact(ann, query)
    assert await seen.again(ann, query)


async def test_a_list_of_what_is_locked_is_read_each_time(
    desk: Desk, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that ends may bring in a ticket that the answer did not show."""
    ann = await desk.agent()
    await questions(desk)
    for locked in ("true", "false"):
        query = f"{{ tickets(filter: {{locked: {locked}}}) {{ edges {{ node {{ number }} }} }} }}"
        counted = f"{{ queue(filter: {{locked: {locked}}}) {{ total }} }}"
        for each in (query, counted):
            await ann.post(each)
            assert not await seen.again(ann, each)
    await _an_hour_passes(desk, monkeypatch)
    assert (await ann.asks(counted)).queue.total == 3


async def test_a_list_that_leaves_the_days_that_may_be_listed_is_refused(settings: Settings, seen: Seen) -> None:
    async with running(replace(settings, bounds=Bounds(list_window_days=1))) as desk:
        ann = await desk.agent()
        since = (datetime.now(UTC) - timedelta(hours=23.5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = f'{{ tickets(filter: {{createdAfter: "{since}"}}) {{ asOf }} }}'
        await ann.asks(query)
        assert await seen.again(ann, query)
        with pytest.MonkeyPatch.context() as monkeypatch:
            await _an_hour_passes(desk, monkeypatch)
            assert await ann.refused(query) == "BAD_USER_INPUT"


# ---------------------------------------------------------------- who asks


async def test_only_those_who_see_the_same_are_answered_the_same(desk: Desk, seen: Seen) -> None:
    asked = await questions(desk)
    ann, bob = await desk.agents("ann", "bob")
    alone = [
        await desk.admin(),
        await desk.customer("carla", "u-1"),
        await desk.customer("cem", "u-1"),
        await desk.customer("cleo", "u-2"),
        await desk.partner("bank"),
        await desk.partner("shop"),
    ]
    for person in (bob, *alone):
        await person.post("{ viewer { name } }")
    for name, query in asked.items():
        await ann.post(query)
        assert await seen.again(bob, query), f"agents see the same {name}"
        for person in alone:
            assert not await seen.again(person, query), f"{person.name} was told somebody else's {name}"


async def test_the_answer_names_the_media_type_that_this_request_accepts(desk: Desk, seen: Seen) -> None:
    ann = await desk.agent()
    body = {"query": "{ asOf }"}
    for _ in range(2):
        for accept, type in {"*/*": "application/json", NEW: NEW}.items():
            answer = await desk.http.post("/graphql", json=body, headers=ann.headers | {"accept": accept})
            assert answer.headers["content-type"].split(";")[0] == type
    assert seen.found[-2:] == [True, True]


async def test_whose_token_ends_is_told_nothing_more(desk: Desk, seen: Seen) -> None:
    ada, ann = await desk.admin(), await desk.agent()
    query = (await questions(desk))["queue"]
    until = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    grant = await ada.does("createToken", name="for a while", account="ann", expiresAt=until)
    late = Person(desk, "late", grant.secret)
    for person in (ann, late):
        await person.asks(query)
        assert await seen.again(person, query)
    desk.clock.passes(600)
    assert await late.refused(query) == "UNAUTHENTICATED"
    assert await seen.again(ann, query)


async def _seen_thrice(desk: Desk, seen: Seen, query: str) -> list[Person]:
    people = await desk.agents("revoked", "disabled", "demoted")
    for person in people:
        await person.asks(query)
        assert await seen.again(person, query)
    return people


async def test_whoever_loses_a_right_is_told_nothing_more_at_once(desk: Desk, seen: Seen) -> None:
    ada = await desk.admin()
    query = (await questions(desk))["tickets"]
    revoked, disabled, demoted = await _seen_thrice(desk, seen, query)
    await ada.does("revokeToken", id=await _token_of(ada, "revoked"))
    assert await revoked.refused(query) == "UNAUTHENTICATED"
    await ada.does("disableAccount", account="disabled")
    assert await disabled.refused(query) == "UNAUTHENTICATED"
    await ada.does("setRole", account="demoted", role="PARTNER")
    assert await demoted.refused(query) in {"FORBIDDEN", "UNAUTHENTICATED"}


@in_one_file
async def test_the_same_by_the_command_line_beside_a_running_desk(desk: Desk, seen: Seen) -> None:
    query = (await questions(desk))["tickets"]
    revoked, disabled, demoted = await _seen_thrice(desk, seen, query)
    done = await asyncio.gather(
        command(desk.settings, "token", "revoke", "--id", await _token_of(await desk.admin(), "revoked")),
        command(desk.settings, "account", "disable", "--name", "disabled"),
        command(desk.settings, "account", "role", "--name", "demoted", "--role", "PARTNER"),
    )
    assert [code for code, _ in done] == [0, 0, 0], done
    assert {await person.refused(query) for person in (revoked, disabled)} == {"UNAUTHENTICATED"}
    assert await demoted.refused(query) in {"FORBIDDEN", "UNAUTHENTICATED"}


async def _token_of(admin: Person, name: str) -> str:
    return str((await admin.asks(f'{{ tokens(account: "{name}") {{ id }} }}')).tokens[0].id)


# ---------------------------------------------------------------- what others write beside the desk


async def test_what_rewrites_the_journal_is_told_at_once(desk: Desk, seen: Seen) -> None:
    ann, operator = await desk.agent(), System(World(now_ms=desk.clock, new_id=uuid7))
    asked = await questions(desk)

    async def prune() -> None:
        await Sealer().seal(operator, await database.head(), desk.clock())
        await journal.prune(operator, desk.clock() + 1_000)

    rewriting: list[Callable[[], Awaitable[object]]] = [
        lambda: journal.renew(operator),
        prune,
        lambda: erasure.erase(operator, "u-1", None, Files(desk.settings.data)),
    ]
    for rewrite in rewriting:
        await _differ(ann, seen, asked, rewrite, {"asOf", "tickets", "ticket", "latestApprovedTickets"})


@in_one_file
async def test_what_a_command_writes_beside_the_desk_is_told_at_once(desk: Desk, seen: Seen, tmp_path: Path) -> None:
    ann = await desk.agent()
    asked = await questions(desk)
    rows = tmp_path / "rows.csv"
    rows.write_text("subject,userId\n" + "".join(f"imported {n},u-1\n" for n in range(3)))
    import_file = ("import", str(rows), "--subject", "subject", "--user-id", "userId")
    for words, fields in {
        import_file: {"asOf", "tickets", "queue"},
        ("erase", "--user", "u-1"): {*KEPT} - STAYING,
    }.items():

        async def run(words: tuple[str, ...] = words) -> None:
            code, said = await command(desk.settings, *words)
            assert code == 0, said

        await _differ(ann, seen, asked, run, fields - {"queue"} if words[0] == "erase" else fields)


async def _differ(
    person: Person, seen: Seen, asked: dict[str, str], rewrite: Callable[[], Awaitable[object]], fields: set[str]
) -> None:
    """All that was kept is still exact after something was rewritten, and these fields tell something else."""
    before = {field: await exact(person, query) for field, query in asked.items()}
    for query in asked.values():
        assert await seen.again(person, query)
    await rewrite()
    after = {field: await exact(person, query) for field, query in asked.items()}
    assert {field for field in asked if before[field] != after[field]} >= fields


# ---------------------------------------------------------------- the race


async def test_what_was_read_before_anothers_write_is_not_kept_beyond_it(
    desk: Desk, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers have the old row; another process writes and is done; the desk looks; then their answers are kept."""
    ann, bob = await desk.agents("ann", "bob")
    ticket = await ann.creates(userId="u-1", extra={"n": 0})
    await ann.approves(ticket)
    asked = ["{ " + KEPT[name] % ticket + " }" for name in KEPT if TICKET in KEPT[name]]
    worker = await Worker.start("tests.races.working", desk.settings.database, "increments", ticket.id, "1")
    await worker.ready()
    execute, read, written = Contract.execute, 0, asyncio.Event()

    async def overtaken(contract: Contract, query: str | None, *rest: Any, **named: Any) -> Any:
        nonlocal read
        result = await execute(contract, query, *rest, **named)
        if query in asked:
            read += 1
            if read == len(asked):
                await worker.end()
                await bob.asks("{ asOf }")  # the desk takes in what was written
                written.set()
            await written.wait()
        return result

    monkeypatch.setattr(Contract, "execute", overtaken)
    old = await asyncio.gather(*(ann.post(query) for query in asked))
    assert all(b'"extra":{"n":0}' in answer.content for answer in old)
    assert len(seen.put) == len(asked) + 1
    for query in asked:
        assert b'"extra":{"n":1}' in await exact(ann, query)


# ---------------------------------------------------------------- as it arrives


@pytest.mark.parametrize("piece", [10_000, 64, 1])
async def test_requests_that_arrive_together_or_in_pieces_are_answered_in_their_order(
    desk: Desk, seen: Seen, piece: int
) -> None:
    ann = await desk.agent()
    tickets = [await ann.creates(userId="u-1") for _ in range(4)]
    asked = [f'{{ ticket(id: "{ticket.id}") {{ id subject }} }}' for ticket in tickets]
    for query in asked[:2]:
        await ann.post(query)
    order = [asked[number] for number in (0, 2, 1, 0, 3, 1)]
    bodies = [httpx.Request("POST", "/", json={"query": query, "variables": {}}).content for query in order]
    head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {ann.token}\r\n"
    sent = b"".join(b"%bContent-Length: %d\r\n\r\n%b" % (head.encode(), len(body), body) for body in bodies)
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    for begin in range(0, len(sent), piece):
        writer.write(sent[begin : begin + piece])
        await writer.drain()
        await asyncio.sleep(0)
    told = []
    async with asyncio.timeout(GUARD_S):
        for _ in order:
            found = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert found.startswith(b"http/1.1 200 ok\r\n")
            length = int(found.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            told.append(json.loads(await reader.readexactly(length))["data"]["ticket"]["id"])
    writer.close()
    assert told == [tickets[number].id for number in (0, 2, 1, 0, 3, 1)]
    assert sum(seen.found) >= 4 * (piece > len(bodies[0]))


# ---------------------------------------------------------------- how much


def test_the_room_is_bounded_and_the_least_recently_used_goes_first() -> None:
    moved = Moved(on=True)
    size = 1_000
    answers = Answers(moved, 10 * size)
    seen = Sources()
    seen.saw("u-1")

    def put(question: bytes, length: int = size - OVERHEAD - 10) -> None:
        answers.put(question.rjust(10), AGENT, b"x" * length, seen, moved.now)

    def kept(question: bytes) -> bool:
        known = answers.know(question.rjust(10))
        assert known == (answers.get(question.rjust(10), AGENT, 0) is not None)
        assert answers.get(question.rjust(10), CUSTOMER, 0) is None
        return known

    for number in range(10):
        put(b"%d" % number)
    assert answers.bytes == 10 * size
    assert kept(b"0")  # so "1" is the one that was used least recently
    put(b"10")
    assert [number for number in range(11) if not kept(b"%d" % number)] == [1]
    put(b"10", 1)
    put(b"large", 10 * size // LARGEST + 1)
    assert not kept(b"large")
    assert answers.bytes == 9 * size + OVERHEAD + 11
