"""The real desk against a model of it: whoever asks for whatever, and however often the line breaks.

Hypothesis draws the steps. After each the answer, the tickets as somebody sees them, the latest approved ones and what
the subscribers heard are compared with the model's; a failure is shrunk to the few steps that matter.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from desk import keeper
from desk.settings import Settings
from models.ticket import Ticket
from resolvers.cursors import JournalCursor
from tests.drills.model import DECIDED, MOVES, Model, Thing
from tests.models.drawn import bounded, seeded, tell_the_seed
from tests.support.desk import GUARD_S, TICKET, Answer, Desk, Errors, Person, Stream, answered, document, running
from tests.support.drills import verified
from tests.support.live import answered_on, position

EXAMPLES, STEPS, MOST = 12, 25, 3
SWEPT_S = 5.0
"""Only against hanging: the end of a lease is written down by then."""
LEASES = st.sampled_from([300, 600])
WITH_VERSION = {"updateTicket", "approveTicket", "rejectTicket", "reopenTicket"}

_counter = itertools.count()
T = TypeVar("T")

staff = st.sampled_from(["holder"] * 8 + ["ann", "bob", "ada"] * 2 + ["carla", "bank"])
"""`holder` is who holds the lock of the ticket, or ann; the last two overstep."""
writers = st.sampled_from(["holder"] * 4 + ["carla"] * 4 + ["ann", "bob", "bank"])
nth = st.integers(0, MOST - 1)
words = st.sampled_from(["Card lost", "Again", "Ünïcode 🙂"] * 4 + [" "])
beliefs = st.sampled_from(["none", "fits"] * 4 + ["stale token", "stale version"])
keys = st.sampled_from([None, "k1", None, "k2", None])
lines = st.sampled_from(["answered", "over a socket", "request lost", "answer lost", "socket lost"])
"""What becomes of a request: where its line is lost it is asked again, under its key."""
fields = st.one_of(
    st.fixed_dictionaries({"subject": words}),
    st.fixed_dictionaries({"assignee": st.sampled_from([None, "ann", "bob", "carla", "nobody"])}),
    st.fixed_dictionaries({"priority": st.sampled_from(["LOW", "URGENT"]), "tags": st.sampled_from([[], ["kyc"]])}),
    st.fixed_dictionaries(
        {"extra": st.sampled_from([{}, {"form": [1, {"b": None}]}]), "body": st.just("Since Monday.")}
    ),
)


@dataclass
class Follower:
    """Somebody who keeps a page: a list, and every event since."""

    who: str
    after: str
    page: dict[str, Thing] = field(default_factory=dict)
    heard: Counter[str] = field(default_factory=Counter)
    """How many events of each ticket the page holds already."""
    stream: Stream | None = None
    line: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def drops(self) -> None:
        """Loses the socket without a word."""
        if self.stream is not None:
            self.stream.socket.transport.abort()
            self.stream = None
        await self.line.aclose()

    def takes(self, event: Answer) -> None:
        """Assigns the fields that are named, and no other."""
        self.after, then = event.cursor, dict(event.ticket)
        known = self.page.setdefault(event.ticketId, {"__typename": "Ticket"})
        before = dict(known)
        known |= {name: then[name] for name in event.changed}
        assert known == then, f"{event.kind} changes more than {event.changed}"
        told = event.message is not None and event.message.kind != "NOTE"
        moved = told or known["version"] != before.get("version")
        assert known["updatedAt"] == (event.at if moved else before["updatedAt"]), event.kind
        self.heard[event.ticketId] += 1


class Machine(RuleBasedStateMachine):
    """One example: fresh users and a fresh model, on a desk that goes on."""

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    desk: Desk
    figures: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        n = next(_counter)
        self.users, self.carla, self.sound = [f"u-{n}", f"v-{n}"], f"carla-{n}", True
        staff = {"ann": ("AGENT", None), "bob": ("AGENT", None), "ada": ("ADMIN", None), "bank": ("PARTNER", None)}
        self.model = Model(staff | {self.carla: ("CUSTOMER", self.users[0])})
        self.ids: list[str] = []
        self.tokens: list[dict[int, str]] = []
        self.cursors: list[dict[int, str]] = []
        self.answers: dict[tuple[str, str], Answer] = {}
        self.asked: list[tuple[str, str, int | None, Thing, str]] = []
        self.run(self.begin())

    async def begin(self) -> None:
        await self.desk.agents("ann", "bob")
        await self.desk.admin()
        await self.desk.partner()
        await self.desk.customer(self.carla, self.users[0])
        start = await self.desk.people["ann"].as_of()
        self.start = JournalCursor.parse(start).position
        self.followers = [Follower("ann", start), Follower(self.carla, start)]

    # ---------------------------------------------------------------- steps

    @initialize()
    def two_tickets(self) -> None:
        for user in self.users:
            self.step(
                "ann", "createTicket", None, {"input": {"userId": user, "subject": "Card lost"}}, None, "answered"
            )

    @precondition(lambda self: len(self.ids) < MOST)
    @rule(who=writers, own=st.booleans(), subject=words, key=keys, line=lines)
    def create(self, who: str, own: bool, subject: str, key: str | None, line: str) -> None:
        given = {"input": {"userId": self.users[not own], "subject": subject, "tags": ["kyc"]}}
        self.step(self.person(who, 0), "createTicket", None, given, key, line)

    @rule(who=staff, ticket=nth, given=fields, belief=beliefs, key=keys, line=lines)
    def update(self, who: str, ticket: int, given: Thing, belief: str, key: str | None, line: str) -> None:
        n = ticket % len(self.ids)
        who = self.person(who, n)
        guard = self.guard(who, n, "updateTicket", belief)
        self.step(who, "updateTicket", n, {"input": given} | guard, key, line)

    @rule(ticket=nth, turn=st.integers(0, 3), locked=st.booleans(), reason=words, key=keys, line=lines)
    def move_on(self, ticket: int, turn: int, locked: bool, reason: str, key: str | None, line: str) -> None:
        """A step that the life of the ticket allows, by who may take it, often under a lock."""
        n = ticket % len(self.ids)
        who, status = self.person("holder", n), self.model.tickets[n].view["status"]
        if locked:
            self.step(who, "lockTicket", n, {"leaseSeconds": 600}, None, "answered")
        allowed = [mutation for mutation, (sources, _) in MOVES.items() if status in sources]
        self.moves(who, n, allowed[turn % len(allowed)], reason, "fits", key, line)

    @rule(who=staff, ticket=nth, move=st.sampled_from(list(MOVES)), reason=words, belief=beliefs, key=keys, line=lines)
    def move(self, who: str, ticket: int, move: str, reason: str, belief: str, key: str | None, line: str) -> None:
        """Any step, by anybody, believing anything."""
        n = ticket % len(self.ids)
        self.moves(self.person(who, n), n, move, reason, belief, key, line)

    def moves(self, who: str, n: int, mutation: str, reason: str, belief: str, key: str | None, line: str) -> None:
        given = {"reason": reason} if mutation in DECIDED else {}
        self.step(who, mutation, n, given | self.guard(who, n, mutation, belief), key, line)

    @rule(who=staff, ticket=nth, seconds=LEASES, line=lines)
    def lock(self, who: str, ticket: int, seconds: int, line: str) -> None:
        n = ticket % len(self.ids)
        self.step(self.person(who, n), "lockTicket", n, {"leaseSeconds": seconds}, None, line)

    @rule(who=staff, ticket=nth, keep=st.booleans(), belief=beliefs, seconds=LEASES, reason=words, line=lines)
    def renew_or_unlock(
        self, who: str, ticket: int, keep: bool, belief: str, seconds: int, reason: str, line: str
    ) -> None:
        n = self.held(ticket)
        who, token = self.person(who, n), self.model.tickets[n].token
        if keep:
            token = max(token - (belief == "stale token"), 0)
            self.step(who, "renewLock", n, {"leaseSeconds": seconds, "token": token}, None, line)
        else:
            guard = self.guard(who, n, "unlockTicket", belief)
            given: Thing = {"token": guard["lockToken"]} if "lockToken" in guard else {}
            given |= {"force": True, "reason": reason} if who == "ada" else {}
            self.step(who, "unlockTicket", n, given, None, line)

    @rule(
        who=writers,
        ticket=nth,
        note=st.booleans(),
        text=words,
        seen=st.sampled_from(["none", "all", "first"]),
        key=keys,
        line=lines,
    )
    def write(self, who: str, ticket: int, note: bool, text: str, seen: str, key: str | None, line: str) -> None:
        n = ticket % len(self.ids)
        who, known = self.person(who, n), self.cursors[n]
        if note and who != self.carla:
            self.step(who, "addNote", n, {"text": text}, key, line)
        else:
            based_on = {"basedOn": {"all": max, "first": min}[seen](known) + 1} if known and seen != "none" else {}
            self.step(who, "reply", n, {"text": text} | based_on, key, line)

    @precondition(lambda self: self.asked)
    @rule(back=st.integers(1, 3), line=lines)
    def ask_again(self, back: int, line: str) -> None:
        """The very same request under its key: answered if it was done, done if it was refused and may be now."""
        who, mutation, n, given, key = self.asked[-min(back, len(self.asked))]
        self.step(who, mutation, n, given, key, line)

    @rule(seconds=st.sampled_from([100, 300, 600]))
    def time_passes(self, seconds: int) -> None:
        """The desk's sweep comes later or before: what follows must not care."""
        before = {n for n, ticket in enumerate(self.model.tickets) if ticket.view["lock"]}
        self.model.passes(seconds)
        if self.desk.on_postgres:
            over = [self.ids[n] for n in before if not self.model.tickets[n].view["lock"]]
            self.run(self.ends(over))
        else:
            self.desk.clock.passes(seconds)

    @staticmethod
    async def ends(ids: list[str]) -> None:
        """PostgreSQL's clock cannot be moved, so the ends of the leases are."""
        await Ticket.filter(id__in=ids).update(lock_expires_at_ms=1)

    @rule(follower=st.integers(0, 1), what=st.sampled_from(["breaks", "comes back", "lists anew", "comes back"]))
    def line(self, follower: int, what: str) -> None:
        """A subscriber hears nothing any more, comes back with its last cursor, or begins a new page at any moment."""
        do = {"breaks": Follower.drops, "comes back": self.catches_up, "lists anew": self.lists}[what]
        self.run(do(self.followers[follower]))

    # ---------------------------------------------------------------- who, and what they believe

    def person(self, who: str, n: int) -> str:
        holder = self.model.tickets[n].view["lock"] if n < len(self.ids) else None
        return {"holder": holder or "ann", "carla": self.carla}.get(who, who)

    def held(self, ticket: int) -> int:
        """One with a lock, if there is any."""
        held = [n for n, each in enumerate(self.model.tickets) if each.view["lock"]] or list(range(len(self.ids)))
        return held[ticket % len(held)]

    def guard(self, who: str, n: int, mutation: str, belief: str) -> Thing:
        ticket, given = self.model.tickets[n], dict[str, int]()
        if belief == "stale token" or (belief == "fits" and ticket.view["lock"] == who):
            given["lockToken"] = max(ticket.token - (belief != "fits"), 0)
        if mutation in WITH_VERSION and belief in ("fits", "stale version"):
            given["expectedVersion"] = ticket.view["version"] - (belief != "fits")
        return given

    # ---------------------------------------------------------------- one step

    def step(self, who: str, mutation: str, n: int | None, given: Thing, key: str | None, line: str) -> None:
        self.sound = False
        if key is not None:
            self.asked.append((who, mutation, n, given, key))
        self.run(self.asks(who, mutation, n, given, key, line))
        self.sound = True

    async def asks(self, who: str, mutation: str, n: int | None, given: Thing, key: str | None, line: str) -> None:
        expected = self.model.does(who, mutation, n, given, key)
        arguments = self.spelled(n, mutation, given) | ({"idempotencyKey": f"{self.carla}/{key}"} if key else {})
        person = self.desk.people[who]
        if key is not None and line.endswith("lost"):
            await self.loses(person, mutation, arguments, line, to_the_end=isinstance(expected, str))
            line = "answered"
        try:
            ask = over_a_socket if "socket" in line else Person.does
            answer = await ask(person, mutation, **arguments)
            told = answer["__typename"]
        except Errors as errors:
            answer, told = Answer(), errors.code
        self.figures["acknowledged"] += 1
        if isinstance(expected, str):
            assert told == expected, (who, mutation, given)
            self.check_refusal(who, n, answer)
        else:
            assert told not in {"FORBIDDEN", "BAD_USER_INPUT", "INTERNAL"}, (who, mutation, given)
            self.check_answer(who, n, answer, expected)
            if key is not None:
                assert self.answers.setdefault((who, key), answer) == answer, "the first outcome again"
        await self.everybody_hears(who)

    def spelled(self, n: int | None, mutation: str, given: Thing) -> Thing:
        """The arguments as the API takes them: ids, tokens and cursors for what the model counts."""
        arguments = dict(given)
        if n is not None:
            arguments["ticketId" if mutation in ("reply", "addNote") else "id"] = self.ids[n]
            for name in {"lockToken", "token"} & given.keys():
                arguments[name] = self.tokens[n].get(given[name], "0")
            if "basedOn" in given:
                arguments["basedOn"] = self.cursors[n][given["basedOn"] - 1]
        return arguments

    async def loses(self, person: Person, mutation: str, arguments: Thing, line: str, *, to_the_end: bool) -> None:
        """Asks, and loses the line before the answer is read; a refusal is waited for, so that it cannot come late."""
        self.figures["lines lost"] += 1
        query = {"query": document(mutation, arguments), "variables": arguments}
        async with asyncio.timeout(GUARD_S):
            if line == "socket lost":
                async with person.socket() as socket:
                    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": query}))
                    if to_the_end:
                        await socket.recv()
                    socket.transport.abort()
                return
            body = json.dumps(query)
            headers = person.headers | {"host": "desk", "content-type": "application/json"}
            headers |= {"content-length": str(len(body))}
            head = "\r\n".join(["POST /graphql HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())])
            reader, writer = await asyncio.open_connection("127.0.0.1", self.desk.port)
            writer.write(f"{head}\r\n\r\n{body}".encode())
            await writer.drain()
            if line == "answer lost" or to_the_end:
                await reader.read(1)
            writer.close()
            await writer.wait_closed()

    # ---------------------------------------------------------------- what is compared

    def check_refusal(self, who: str, n: int | None, answer: Answer) -> None:
        if n is not None and answer.get("__typename") == "TicketLocked":
            assert answer.held.holder == self.model.tickets[n].view["lock"]
        if n is not None and answer.get("__typename") == "VersionConflict":
            now = self.model.told(who, self.model.tickets[n].view)
            # an end by time may be written down by now or not
            assert plain(answer.ticket) | {"revision": 0} == now | {"revision": 0}

    def check_answer(self, who: str, n: int | None, answer: Answer, expected: Thing) -> None:
        if n is None and answer.id not in self.ids:
            self.ids.append(answer.id)
            self.tokens.append({})
            self.cursors.append({})
        if "token" in expected:
            assert n is not None
            granted = self.tokens[n].setdefault(expected["token"], answer.token)
            assert granted == answer.token, "renewing keeps the token"
            assert int(granted) == max(map(int, self.tokens[n].values())), "a token grows with each grant"
            assert len(set(self.tokens[n].values())) == len(self.tokens[n])
            assert plain(answer.ticket) == expected["ticket"]
        else:
            told = self.model.told(who, expected)
            assert (plain(answer) if "status" in told else {name: answer[name] for name in told}) == told

    async def everybody_hears(self, who: str) -> None:
        """The journal is as long as the model's stories, this person sees what they come to, and followers hear it."""
        await self.looks(who)
        for follower in self.followers:
            if follower.stream is not None:
                await self.hears(follower)

    def may_wait(self) -> bool:
        """Only the sweep comes later."""
        return any(ticket.story[-1]["kind"] == "LOCK_EXPIRED" for ticket in self.model.tickets)

    async def hears(self, follower: Follower) -> None:
        stories = {id: self.story(follower.who, n) for n, id in enumerate(self.ids)}
        assert follower.stream is not None
        for _ in range(sum(map(len, stories.values())) - follower.heard.total()):
            event = await follower.stream.next()
            told = stories[event.ticketId][follower.heard[event.ticketId]]
            message = event.message and {name: event.message[name] for name in ("kind", "author", "text")}
            heard = {"kind": event.kind, "actor": event.actor, "message": message, "ticket": plain(event.ticket)}
            assert heard == told
            if follower.who == "ann":
                self.figures["gaps"] += position(event) != JournalCursor.parse(follower.after).position + 1
            follower.takes(event)
            if follower.who == "ann":
                self.cursors[self.ids.index(event.ticketId)][follower.heard[event.ticketId] - 1] = event.cursor

    def story(self, who: str, n: int) -> list[Thing]:
        """What happened to a ticket as somebody is told of it."""
        ticket = self.model.tickets[n]
        return [self.model.told(who, event) for event in ticket.story if self.model.sees(who, ticket, event)]

    async def catches_up(self, follower: Follower) -> None:
        if follower.stream is None:
            self.figures["resumed"] += 1
            person = self.desk.people[follower.who]
            follower.stream = await follower.line.enter_async_context(person.follows(after=follower.after))
        await self.everybody_hears(follower.who)

    async def lists(self, follower: Follower) -> None:
        await follower.drops()
        await self.everybody_hears(follower.who)
        query = f"query($user: ID) {{ tickets(filter: {{userId: $user}}) {{ asOf edges {{ node {{ {TICKET} }} }} }} }}"
        follower.page, follower.heard = {}, Counter()
        for user in self.users:
            listed = (await self.desk.people[follower.who].asks(query, user=user)).tickets
            follower.page |= {edge.node.id: dict(edge.node) for edge in listed.edges}
            follower.after = listed.asOf
        for n, id in enumerate(self.ids):
            assert (id in follower.page) == self.model.sees(follower.who, self.model.tickets[n])
            follower.heard[id] = len(self.story(follower.who, n))

    async def looks(self, who: str) -> dict[str, Thing]:
        """The tickets as this person sees them, and the latest approved ones; returns the former."""
        ids = {f"t{n}": id for n, id in enumerate(self.ids)}
        tickets = " ".join(f"{name}: ticket(id: ${name}) {{ {TICKET} }}" for name in ids)
        approved = f"approved: latestApprovedTickets(userIds: $users) {{ {TICKET} }}"
        query = f"query($users: [ID!]!, {', '.join(f'${name}: ID!' for name in ids)}) {{ asOf {tickets} {approved} }}"
        end, due = time.monotonic() + SWEPT_S, self.start + sum(len(ticket.story) for ticket in self.model.tickets)
        while True:
            seen = await self.desk.people[who].asks(query, users=self.users, **ids)
            more = JournalCursor.parse(seen.asOf).position - due
            if more >= 0:
                break
            assert self.may_wait(), f"{-more} events are missing"
            assert time.monotonic() < end, f"{-more} events do not come"
        assert more == 0, f"{more} events too many"
        for n, ticket in enumerate(self.model.tickets):
            told = self.model.told(who, ticket.view) if self.model.sees(who, ticket) else None
            assert (seen[f"t{n}"] and plain(seen[f"t{n}"])) == told, who
        for user, latest in zip(self.users, seen.approved, strict=True):
            assert (latest and plain(latest)) == self.model.latest_approved(who, user), who
        return {id: seen[name] for name, id in ids.items() if seen[name]}

    # ---------------------------------------------------------------- the end

    def teardown(self) -> None:
        """Page at the start + events seen = tickets now, for whoever followed; and nobody holds a lock any more."""
        ends_well, self.sound = self.sound, False
        try:
            if ends_well:
                self.run(self.ends_well())
                self.sound = True
        finally:
            self.run(self.leaves())

    async def ends_well(self) -> None:
        for follower in self.followers:
            await self.catches_up(follower)
            assert follower.stream is not None
            self.figures["doubled"] += len(await answered_on(follower.stream.socket))
            assert await self.looks(follower.who) == follower.page
        for who in self.model.people:
            await self.looks(who)
        journaled = sum(len(ticket.story) for ticket in self.model.tickets)
        self.figures["events"] += journaled
        self.figures["lost"] += journaled - self.followers[0].heard.total()
        assert not {name for name in ("lost", "doubled", "gaps") if self.figures[name]}, self.figures

    async def leaves(self) -> None:
        for follower in self.followers:
            await follower.drops()
        if self.sound:
            for id in self.ids:
                await self.desk.people["ada"].does("unlockTicket", id=id, force=True, reason="The day is over.")
        # a desk that does wrong may leave some: the next example is to fail by itself, and not by this one
        await Ticket.exclude(lock_holder=None).update(lock_holder=None, lock_expires_at_ms=None)


def plain(ticket: Answer) -> Thing:
    """A ticket of an answer as the model has it: names for the lock's holder, and no times."""
    kept = {name: value for name, value in ticket.items() if name not in UNKNOWN}
    decision = ticket.decision and {name: value for name, value in ticket.decision.items() if name != "decidedAt"}
    return kept | {"lock": ticket.lock and ticket.lock.holder, "decision": decision}


UNKNOWN = {"__typename", "id", "number", "createdAt", "updatedAt"}


async def over_a_socket(person: Person, mutation: str, **arguments: Any) -> Answer:
    """The result of a mutation that goes over the WebSocket."""
    payload = {"query": document(mutation, arguments), "variables": arguments}
    async with person.socket() as socket, asyncio.timeout(GUARD_S):
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        message = json.loads(await socket.recv())
    errors = message["payload"] if message["type"] == "error" else message["payload"].get("errors")
    if errors:
        raise Errors(errors)
    result: Answer = answered(message["payload"]["data"][mutation])
    return result


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[asyncio.Runner, Desk]]:
    """A desk in this process that goes on between the steps of a test that is no coroutine."""
    with asyncio.Runner() as runner:
        serving = running(settings)
        served = runner.run(serving.__aenter__())
        try:
            yield runner, served
        finally:
            runner.run(serving.__aexit__(None, None, None))


def test_the_desk_does_what_its_model_does(
    settings: Settings, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_the_seed()
    monkeypatch.setattr(keeper, "ROUND_S", 0.02)  # an example has some of them
    with opened(settings) as (runner, served):

        class Here(Machine):
            desk = served
            figures = Counter(dict.fromkeys(("lost", "doubled", "gaps"), 0))
            run = staticmethod(runner.run)

        seeded(Here)
        run_state_machine_as_test(Here, settings=bounded(EXAMPLES, stateful_step_count=STEPS))
    counted = {name.replace(" ", "_"): count for name, count in Here.figures.items()}
    told(f"the desk and its model, {'SQLite' if settings.embedded else 'PostgreSQL'}", **counted)
    asyncio.run(verified(settings))
