"""Two processes and one lock: one holder at a time, one clock, and no write by whoever slept through the end."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from desk.clock import wall_clock_ms
from desk.settings import Settings
from models import database
from models.credential import Session
from models.ticket import Ticket
from tests.support.desk import Answer, Browser, Desk, Person, Stream
from tests.support.drills import ROUNDS, SECONDS, drawn, verified
from tests.support.live import journal, positions, until
from tests.support.postgres import Postgres
from tests.support.processes import Server, token

RACES, RACES_OF_A_TICKET = 40, 10
LEASES = 20
GUARD_MS = 10_000
AHEAD_MS = 150_000
"""One clock goes before and the other after by so much: five minutes lie between them."""

_counter = itertools.count()


@dataclass
class Pair:
    """Two servers on one database, and the tokens of some agents."""

    settings: Settings
    one: Server
    two: Server
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def on(self) -> str:
        return "SQLite" if self.settings.embedded else "PostgreSQL"

    async def start(self) -> None:
        self.tokens = {name: await token(self.settings, name) for name in ("ann", "bob", "cem", "dan")}
        await asyncio.gather(self.one.start(AHEAD_MS=str(AHEAD_MS)), self.two.start(AHEAD_MS=str(-AHEAD_MS)))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Desk, Desk]]:
        """Both desks as their clients reach them, and the database of both for this process."""
        async with database.connected(self.settings.database), self.one.client() as one, self.two.client() as two:
            yield one, two

    def agent(self, name: str, desk: Desk) -> Person:
        return Person(desk, name, self.tokens[name])


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """On SQLite both go by the machine's clock; on PostgreSQL each has a wrong one of its own."""
    folder, module = tmp_path_factory.mktemp("pair"), "desk"
    settings = Settings(data=folder / "data")
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copytree(template, settings.data)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name, module = f"pair_{next(_counter)}", "tests.support.shifted"
        asyncio.run(server.create_database(name, request.getfixturevalue("postgres_template")))
        settings = Settings(data=settings.data, database_url=server.url(name))
    one, two = (Server(settings, folder / f"{name}.log", module=module) for name in ("one", "two"))
    try:
        pair = Pair(settings, one, two)
        asyncio.run(pair.start())
        yield pair
        asyncio.run(verified(settings))  # once for all drills of the pair: nothing of any may be left behind
    finally:
        one.kill()
        two.kill()


def holes(seen: list[int]) -> int:
    """How many positions are missing between the first and the last, or come out of turn."""
    return sum(later != earlier + 1 for earlier, later in pairwise(seen))


async def test_of_two_processes_that_want_a_lock_one_is_granted_it_each_time(
    pair: Pair, told: Callable[..., None]
) -> None:
    draw, end = drawn(), time.monotonic() + SECONDS
    async with pair.open() as (one, two):
        agents = [pair.agent("ann", one), pair.agent("bob", two), pair.agent("cem", one), pair.agent("dan", two)]
        stories: dict[str, list[str]] = {}
        tokens: dict[str, list[int]] = {}
        races = granted = lost = doubled = 0
        wins = dict.fromkeys((one.port, two.port), 0)
        ticket = holder = grant = None
        while races < RACES * ROUNDS or time.monotonic() < end:
            if ticket is None or holder is None or grant is None or races % RACES_OF_A_TICKET == 0:
                ticket = await agents[0].creates(userId="u-1")
                stories[ticket.id], tokens[ticket.id] = ["CREATED"], []
            elif draw.random() < 0.5:
                assert (await holder.unlocks(ticket, token=grant.token)).lock is None
                stories[ticket.id].append("UNLOCKED")
            else:
                await Ticket.filter(id=ticket.id).update(lock_expires_at_ms=1)  # long ago, by any clock
                stories[ticket.id].append("LOCK_EXPIRED")
            draw.shuffle(agents)
            answers = await asyncio.gather(*(agent.locks(ticket, leaseSeconds=3_600) for agent in agents))
            grants = [(agent, answer) for agent, answer in zip(agents, answers, strict=True) if "token" in answer]
            races, granted = races + 1, granted + len(grants)
            lost, doubled = lost + (not grants), doubled + max(len(grants) - 1, 0)
            holder, grant = grants[0] if len(grants) == 1 else (None, None)
            refused = {(each["__typename"], each.held.holder) for each in answers if "token" not in each}
            assert refused <= {("TicketLocked", agent.name) for agent, _ in grants}
            for agent, answer in grants:
                wins[agent.desk.port] += 1
                stories[ticket.id].append("LOCKED")
                tokens[ticket.id].append(int(answer.token))
        gaps = holes(await journal(accounts=True))
        told(
            f"two processes, one lock, {pair.on}",
            acknowledged=races * len(agents),
            lost=lost,
            doubled=doubled,
            gaps=gaps,
            races=races,
            grants=granted,
            won_by_each="/".join(map(str, wins.values())),
        )
        assert (granted, lost, doubled, gaps) == (races, 0, 0, 0)
        assert min(wins.values()) > 0, "a race that one process always wins is none"
        for each in tokens.values():
            assert each == sorted(set(each)), "a token only grows"
        for id, story in stories.items():
            assert [event.kind for event in await agents[0].history(Answer(id=id))] == story


@pytest.mark.parametrize("pair", ["postgres"], indirect=True)
async def test_processes_whose_clocks_are_five_minutes_apart_agree_on_every_lease(
    pair: Pair, told: Callable[..., None]
) -> None:
    """The database's clock is the clock. (SQLite is one machine, with one.)"""
    async with pair.open() as (one, two):
        assert await clocks_apart_ms(pair, one, two) > 2 * AHEAD_MS - GUARD_MS
        figures = [
            await asyncio.gather(
                agree(pair.agent("ann", one), pair.agent("bob", two)),
                agree(pair.agent("cem", two), pair.agent("dan", one)),
            )
            for _ in range(ROUNDS)
        ]
        acknowledged, lost, doubled = (sum(counts) for counts in zip(*itertools.chain(*figures), strict=True))
        gaps = holes(await journal(accounts=True))
    told(
        f"leases with clocks 5 min apart, {pair.on}",
        acknowledged=acknowledged,
        lost=lost,
        doubled=doubled,
        gaps=gaps,
    )
    assert (lost, doubled, gaps) == (0, 0, 0)


async def agree(holder: Person, other: Person) -> tuple[int, int, int]:
    """Both desks tell the same of a lease that goes on and of one that ends; how many asked, were cut off, got past."""
    kept, brief = await holder.creates(userId="u-1"), await holder.creates(userId="u-1")
    grant = await holder.locks(kept, leaseSeconds=60)
    async with other.follows(after=await other.as_of(), ticket_id=brief.id) as stream:
        await holder.locks(brief, leaseSeconds=1)
        await until_expired(stream)
    refused = await other.approves(kept)
    read = [await person.reads(ticket) for person in (holder, other) for ticket in (kept, brief)]
    renewed = await holder.renews(kept, grant.token, leaseSeconds=60)
    decided = [await holder.approves(kept, lockToken=grant.token), await other.approves(brief)]
    cut_off = sum(answer["__typename"] not in ("LockGrant", "Ticket") for answer in (renewed, *decided))
    alike = [ticket and ticket.lock for ticket in read] == [grant.ticket.lock, None] * 2
    got_past = not alike or refused["__typename"] != "TicketLocked" or refused.held != grant.ticket.lock
    return 4, cut_off, int(got_past)


async def clocks_apart_ms(pair: Pair, *desks: Desk) -> int:
    """How far apart the desks' clocks are, as the ends of the sessions say that they open one after the other."""
    for desk in desks:
        assert await Browser(desk).signs_in(pair.tokens["ann"]) == "SignedIn"
    ends = [session.expires_at_ms for session in await Session.all()]
    await Session.all().delete()
    return max(ends) - min(ends)


async def until_expired(stream: Stream) -> Answer:
    """The next LOCK_EXPIRED; what else comes before it is passed over."""
    while (event := await stream.next()).kind != "LOCK_EXPIRED":
        pass
    assert event.actor == "system"
    return event


@contextmanager
def paused(server: Server) -> Iterator[None]:
    """The server stands still: its connections stay open and nobody answers."""
    server.send(signal.SIGSTOP)
    os.waitpid(server.pid, os.WUNTRACED)
    try:
        yield
    finally:
        server.send(signal.SIGCONT)


async def test_a_holder_whose_server_was_paused_past_the_lease_writes_nothing(
    pair: Pair, told: Callable[..., None]
) -> None:
    pauses, on_time, late, stories = 0, 0, list[Answer](), list[list[str]]()
    async with pair.open() as (one, two):
        ann, bob = pair.agent("ann", one), pair.agent("bob", two)
        for _ in range(ROUNDS):
            taken, free = await ann.creates(userId="u-1"), await ann.creates(userId="u-1")
            async with bob.follows(after=await bob.as_of()) as stream:
                old = {ticket.id: await ann.locks(ticket, leaseSeconds=1) for ticket in (taken, free)}
                for ticket in (taken, free):
                    on_time += (await ann.updates(ticket, given={"subject": "On time"})).subject == "On time"
                with paused(pair.one):
                    pauses += 1
                    sent = [
                        asyncio.create_task(attempt)
                        for ticket in (taken, free)
                        for attempt in late_writes(ann, ticket, old[ticket.id].token)
                    ]
                    ended = {(await until_expired(stream)).ticketId for _ in (taken, free)}
                    assert ended == {taken.id, free.id}
                    new = await bob.locks(taken)
                    assert not any(task.done() for task in sent)
                late += [await task for task in sent]
                for ticket in (taken, free):
                    late += [await attempt for attempt in late_writes(ann, ticket, old[ticket.id].token)]
            await bob.updates(taken, given={"subject": "Bob's"}, lockToken=new.token)
            stories += [[event.kind for event in await bob.history(ticket)] for ticket in (taken, free)]
        gaps = holes(await journal(accounts=True))
    doubled = sum(answer["__typename"] != "LockLost" for answer in late)
    told(
        f"holder paused past the lease, {pair.on}",
        acknowledged=on_time,
        lost=2 * pauses - on_time,
        doubled=doubled,
        gaps=gaps,
        pauses=pauses,
        late_writes_refused=len(late) - doubled,
    )
    assert (on_time, doubled, gaps) == (2 * pauses, 0, 0)
    kinds = ["CREATED", "LOCKED", "UPDATED", "LOCK_EXPIRED"]
    assert stories == [[*kinds, "LOCKED", "UPDATED"], kinds] * pauses


def late_writes(holder: Person, ticket: Answer, token: str) -> list[Coroutine[None, None, Answer]]:
    """What a holder may send who does not know that the lease is over."""
    return [
        holder.updates(ticket, given={"subject": "Late"}, lockToken=token),
        holder.approves(ticket, lockToken=token),
        holder.replies(ticket, lockToken=token),
        holder.renews(ticket, token),
        holder.unlocks(ticket, token=token),
    ]


async def test_the_end_of_a_lease_is_told_once_though_two_processes_look_after_it(
    pair: Pair, told: Callable[..., None]
) -> None:
    """Once left to themselves, and once stopped until all leases are over, so that both write at the same moment."""
    due, by_themselves = dict[str, datetime](), dict[str, datetime]()
    async with pair.open() as (one, two):
        ann, bob = pair.agent("ann", one), pair.agent("bob", two)
        start = await ann.as_of()
        async with ann.follows(after=start) as hers, bob.follows(after=start) as his:
            for stopped in (False, True) * ROUNDS:
                tickets = [await ann.creates(userId="u-1") for _ in range(LEASES)]
                locking = ((ann, bob)[n % 2].locks(ticket, leaseSeconds=1) for n, ticket in enumerate(tickets))
                ends = {
                    grant.ticket.id: datetime.fromisoformat(grant.expiresAt) for grant in await asyncio.gather(*locking)
                }
                due |= ends
                if stopped:
                    over_ms = max(ends.values()).timestamp() * 1_000
                    with paused(pair.one), paused(pair.two):
                        await until(lambda over_ms=over_ms: wall_clock_ms() > over_ms, "the leases to be over")  # type: ignore[misc]
                else:
                    by_themselves |= ends
                for _ in tickets:
                    await asyncio.gather(until_expired(hers), until_expired(his))
            last = await bob.creates(userId="u-1")
            for stream in (hers, his):
                while (await stream.next()).ticketId != last.id:
                    pass
        told_at = [(event.ticketId, event.at) for event in hers.seen if event.kind == "LOCK_EXPIRED"]
        gaps = holes(positions(hers.seen)) + holes(await journal(accounts=True))
    ended = [id for id, _ in told_at]
    late = [datetime.fromisoformat(at) - by_themselves[id] for id, at in told_at if id in by_themselves]
    late_ms = [round(each.total_seconds() * 1_000) for each in late]
    lost, doubled = len(due.keys() - set(ended)), len(ended) - len(set(ended))
    told(
        f"LOCK_EXPIRED from two sweeps, {pair.on}",
        acknowledged=len(due),
        lost=lost,
        doubled=doubled,
        gaps=gaps,
        ms_late_at_most=max(late_ms),
    )
    assert (lost, doubled, gaps) == (0, 0, 0)
    assert positions(hers.seen) == positions(his.seen)
    assert min(late_ms) >= 0, "no lease ends before its end"
    assert max(late_ms) < GUARD_MS
