"""THE LAW: snapshot before + events = snapshot after, for every verb, whoever acts, in any order, on both databases.

The machine draws who does what with which token, version and key. Before each step it works out from the journal
alone what must come of it, the events or the refusal, in the contract's order; after it, every row is compared with
the journal.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

import pytest
from graphql import GraphQLEnumType
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from uuid_utils.compat import uuid7

from models import event as journal
from models.account import Role
from models.database import head
from models.errors import (
    Forbidden,
    GuichetError,
    IdempotencyConflict,
    InvalidInput,
    InvalidTransition,
    LockLost,
    NotFound,
    TicketLocked,
    Unseen,
    VersionConflict,
)
from models.event import Event
from models.idempotency import Once
from models.message import Message
from models.ticket import Priority, Status, Ticket
from models.work import System
from resolvers import decisions, imports, lists, locks, messages, tickets
from resolvers.context import Context, Door
from resolvers.cursors import JournalCursor
from resolvers.filters import TicketFilter
from resolvers.guard import Guard
from resolvers.orders import Order
from resolvers.viewer import Viewer
from schema import schema
from tests.models.conftest import DAWN, STAFF, House
from tests.models.drawn import bounded, far_numbers, json_objects, numbers, promise, seeded
from tests.models.ledger import LEASE_ONLY, Ledger, Rows, View, apply, canonical, judged, view

EXAMPLES, STEPS, MOST = 60, 40, 6
LEASE_S = 600

_counter = itertools.count()

people = st.sampled_from(["holder", "ann", "bob", "ada", "holder", "holder"])
"""`holder` is who holds the lock of the ticket, or ann."""
writers = st.sampled_from(["holder", "carla", "ann"])
nth = st.integers(0, 2)
beliefs = st.sampled_from(
    ["fits", "none", "fits", "none", "fits", "token stale", "malformed", "version stale", "right"]
)
"""What of the lock and the version a caller gives: nothing, what fits, or what does not."""
request_keys = st.sampled_from([None, None, None, "k1", None, "k2", None])
words = st.sampled_from(["Card lost", "Again", "Ünïcode 🙂"])
extras = st.sampled_from([{}, {"form": 1}, {"form": True}, {"form": {"b": [1, None], "aa": "x"}}, {"n": 0.5}])
"""Few and small: what else an extra may be is drawn in a test of its own below."""
tag_lists = st.lists(st.sampled_from(["kyc", " kyc", "vip", "x"]), max_size=3)
edits = st.one_of(
    st.fixed_dictionaries({"subject": words}),
    st.fixed_dictionaries({"priority": st.sampled_from(Priority)}),
    st.fixed_dictionaries({"assignee": st.sampled_from([None, "ann", "bob", "carla", "nobody"])}),
    st.fixed_dictionaries({"tags": tag_lists}, optional={"body": words}),
    st.fixed_dictionaries({"extra": extras}, optional={"subject": words, "priority": st.sampled_from(Priority)}),
)
MOVES = {
    "start": ("PROCESSING", {"OPEN"}),
    "approve": ("APPROVED", {"OPEN", "PROCESSING"}),
    "reject": ("REJECTED", {"OPEN", "PROCESSING"}),
    "close": ("CLOSED", {"OPEN", "PROCESSING"}),
    "reopen": ("OPEN", {"APPROVED", "REJECTED", "CLOSED"}),
}
KINDS = {"start": "PROCESSING_STARTED", "approve": "APPROVED", "reject": "REJECTED", "close": "CLOSED"}


def same(value: object) -> object:
    return value


class Law(RuleBasedStateMachine):
    """Steps of several actors, and a client that follows."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        n = next(_counter)
        self.users = [f"u-{n}-1", f"u-{n}-2"]
        self.ids: list[UUID] = []
        self.tokens: dict[UUID, int] = {}
        self.done: dict[tuple[str, str], tuple[object, View | UUID]] = {}
        self.remembered: list[tuple[Any, ...]] = []
        self.run, self.sound = self.house.run, True
        self.house.clock_ms = DAWN
        others = Ticket.exclude(lock_holder=None)
        self.run(others.update(lock_holder=None, lock_expires_at_ms=None))  # none of theirs expires in this example
        self.start = self.run(head()).position
        self.ledger, self.client, self.read_to = Ledger(self.start), dict[UUID, View](), self.start
        self.rows = self.run(Rows.read([], self.users))

    # ---------------------------------------------------------------- who, and what they believe

    def viewer(self, name: str) -> Viewer:
        user_id = self.users[0] if name == "carla" else None
        return Viewer(uuid7(), name, STAFF.get(name, Role.CUSTOMER), user_id, self.house.world)

    def known(self, ticket: int) -> View:
        return self.ledger.page[self.ids[ticket % len(self.ids)]]

    def locked(self, ticket: int) -> View:
        """One with a lock, over or not, if there is any."""
        held = [known for known in self.ledger.page.values() if known["lock"]]
        return held[ticket % len(held)] if held else self.known(ticket)

    def now_ms(self) -> int:
        return self.run(self.house.now_ms())

    def holder(self, known: View) -> str | None:
        lock: tuple[str, int] | None = known["lock"]
        return lock[0] if lock and lock[1] > self.now_ms() else None

    def actor(self, who: str, known: View) -> str:
        return who if who != "holder" else self.holder(known) or "ann"

    def token(self, who: str, known: View, belief: str) -> str | None:
        current = self.tokens.get(known["id"], 0)
        told = {"right": str(current), "token stale": str(current - 1), "malformed": " 01"}
        return str(current) if belief == "fits" and self.holder(known) == who else told.get(belief)

    def version(self, known: View, belief: str) -> int | None:
        version: int = known["version"]
        return {"fits": version, "right": version, "version stale": version - 1}.get(belief)

    def once(self, key: str | None, operation: str, *arguments: object) -> Once | None:
        return Once.of(key and f"{self.users[0]}/{key}", operation, *arguments)

    # ---------------------------------------------------------------- what must come of it, from the journal alone

    def must(
        self, who: str, known: View, once: Once | None, *, staff: bool = True
    ) -> type[GuichetError] | View | UUID | None:
        """A refusal or a replay before anything about locks is asked; None goes on."""
        if staff and who == "carla":
            return Forbidden
        if who == "carla" and known["user_id"] != self.users[0]:
            return NotFound
        if once and (first := self.done.get((who, once.key))):
            return first[1] if first[0] == once else IdempotencyConflict
        return None

    def locked_out(self, who: str, known: View, token: str | None) -> type[GuichetError] | None:
        holder = self.holder(known)
        if token is not None and (holder is None or token != str(self.tokens[known["id"]])):
            return LockLost
        return TicketLocked if holder not in (None, who) else None

    def step(
        self,
        act: Callable[[], Awaitable[Any]],
        expected: type[GuichetError] | View | UUID | list[str],
        known: View | None = None,
        remember: tuple[str, Once | None] | None = None,
    ) -> Any:
        """Takes a step and compares what came of it: a refusal writes nothing, a replay too, a verb its events."""
        self.sound = False
        overdue = known and known["lock"] and self.holder(known) is None
        outcome: Any = None
        refusal: GuichetError | None = None
        try:
            outcome = self.run(act())
        except GuichetError as error:
            refusal = error
        if isinstance(expected, type):
            assert type(refusal) is expected, f"{expected.__name__} was due, not {refusal!r}"
        elif refusal is not None:
            raise refusal
        events = self.run(self.ledger.follow())
        kinds = ["LOCK_EXPIRED"] * bool(overdue) + expected if isinstance(expected, list) else []
        assert [str(event.kind) for event in events] == kinds
        self.ids = list(self.ledger.page)
        before, self.rows = self.rows, self.run(Rows.read(self.ids, self.users))
        if not isinstance(expected, list):
            assert self.rows == before, "nothing was to be written"
        self.ledger.check(self.rows)
        self._check_answer(outcome, expected)
        if isinstance(expected, list) and remember and remember[1]:
            answer = outcome.id if isinstance(outcome, Message) else view(outcome)
            self.done[remember[0], remember[1].key] = (remember[1], answer)
        self.sound = True
        return refusal or outcome

    def _check_answer(self, outcome: object, expected: object) -> None:
        """A verb answers with the ticket as it is now, a replay as it was right after the first time."""
        match outcome:
            case Message() if isinstance(expected, UUID):
                assert outcome.id == expected
            case Ticket():
                due = expected if isinstance(expected, dict) else self.ledger.page[outcome.id]
                assert view(outcome) == due

    # ---------------------------------------------------------------- making and editing

    @initialize(extra=extras)
    def three_tickets(self, extra: Any) -> None:
        for user in (0, 0, 1):
            self.create("ann", user, "Card lost", "", Priority.NORMAL, [], extra, None)

    @precondition(lambda self: len(self.ids) < MOST)
    @rule(
        who=writers,
        user=st.sampled_from([0, 0, 0, 1]),
        subject=words,
        body=words,
        priority=st.sampled_from(Priority),
        tags=tag_lists,
        extra=extras,
        key=request_keys,
    )
    def create(
        self, who: str, user: int, subject: str, body: str, priority: Priority, tags: Any, extra: Any, key: Any
    ) -> None:
        who, user_id = "ann" if who == "holder" else who, self.users[user]
        new = tickets.NewTicket(user_id, subject, body, priority, tags, extra)
        once = self.once(key, "create", user_id, subject, body, priority, tags, canonical(extra).decode())
        self.keep(self.do_create, who, new, once)

    def do_create(self, who: str, new: tickets.NewTicket, once: Once | None) -> None:
        expected: Any = ["CREATED"]
        if who == "carla" and new.user_id != self.users[0]:
            expected = Forbidden
        elif once and (first := self.done.get((who, once.key))):
            expected = first[1] if first[0] == once else IdempotencyConflict
        self.step(lambda: tickets.create(self.viewer(who), new, once), expected, remember=(who, once))

    @rule(
        who=people,
        ticket=nth,
        changes=edits,
        belief=beliefs,
        key=request_keys,
    )
    def update(self, who: str, ticket: int, changes: Any, belief: str, key: Any) -> None:
        known = self.known(ticket)
        who = self.actor(who, known)
        guard = self.guard(who, known, belief, key, "update", canonical(changes).decode())
        self.keep(self.do_update, who, known["id"], changes, guard)

    @rule(who=people, ticket=nth, names=st.sets(st.sampled_from(["subject", "body", "priority", "tags", "assignee"])))
    def update_to_the_same(self, who: str, ticket: int, names: set[str]) -> None:
        """What is the same already makes no event and no new version."""
        known = self.known(ticket)
        who = self.actor(who, known)
        extra = self.run(Ticket.get(id=known["id"])).extra
        again = {key: extra[key] for key in reversed(list(extra))}
        changes = {name: known[name] for name in names if name != "assignee" or known[name]} | {"extra": again}
        if "priority" in changes:
            changes["priority"] = Priority(changes["priority"])
        self.do_update(who, known["id"], changes, Guard())

    def guard(self, who: str, known: View, belief: str, key: str | None, operation: str, *arguments: object) -> Guard:
        lock_token, expected_version = self.token(who, known, belief), self.version(known, belief)
        once = self.once(key, operation, known["id"], lock_token, expected_version, *arguments)
        return Guard(lock_token, expected_version, once)

    def do_update(self, who: str, id: UUID, changes: dict[str, Any], guard: Guard) -> None:
        known = self.ledger.page[id]
        expected: Any = self.must(who, known, guard.once)
        if expected is not Forbidden and changes.get("assignee") in ("carla", "nobody"):
            expected = InvalidInput
        if expected is None:
            expected = self.locked_out(who, known, guard.lock_token)
        if expected is None and guard.expected_version not in (None, known["version"]):
            expected = VersionConflict
        if expected is None:
            shown: dict[str, Callable[[Any], object]] = {
                "tags": lambda tags: list(dict.fromkeys(tag.strip() for tag in tags)),
                "extra": canonical,
            }
            differ = [name for name, value in changes.items() if shown.get(name, same)(value) != known[name]]
            expected = ["UPDATED"] if differ else []
        self.step(lambda: tickets.update(self.viewer(who), str(id), changes, guard), expected, known, (who, guard.once))

    # ---------------------------------------------------------------- the lock

    @rule(who=people, ticket=nth, lease=st.sampled_from([LEASE_S, 3_600]))
    def lock(self, who: str, ticket: int, lease: int) -> None:
        known = self.known(ticket)
        who = self.actor(who, known)
        expected = self.must(who, known, None) or self.locked_out(who, known, None) or ["LOCKED"]
        granted = self.step(lambda: locks.lock(self.viewer(who), str(known["id"]), lease), expected, known)
        if isinstance(granted, Ticket):
            assert granted.lock_token > self.tokens.get(granted.id, 0), "a fencing token grows with each grant"
            self.tokens[granted.id] = granted.lock_token
            self.check_lease(granted, who, lease)

    @rule(
        who=people,
        ticket=nth,
        belief=st.sampled_from(["right", "right", "token stale", "malformed"]),
        lease=st.sampled_from([1, LEASE_S]),
    )
    def renew(self, who: str, ticket: int, belief: str, lease: int) -> None:
        known, lease = self.locked(ticket), LEASE_S if self.house.on_postgres else lease
        who = self.actor(who, known)
        given = self.token(who, known, belief) or ""
        expected = self.must(who, known, None) or self.locked_out(who, known, given) or ["LOCK_RENEWED"]
        granted = self.step(lambda: locks.renew(self.viewer(who), str(known["id"]), given, lease), expected, known)
        if isinstance(granted, Ticket):
            assert granted.lock_token == self.tokens[granted.id], "renewing keeps the token"
            self.check_lease(granted, who, lease)

    def check_lease(self, ticket: Ticket, who: str, seconds: int) -> None:
        at_ms = self.ledger.events[-1].at_ms
        assert (ticket.lock_holder, ticket.lock_expires_at_ms) == (who, at_ms + seconds * 1_000)

    @rule(who=people, ticket=nth, belief=beliefs, force=st.booleans())
    def unlock(self, who: str, ticket: int, belief: str, force: bool) -> None:
        known = self.locked(ticket)
        who = "ada" if force and who == "holder" else self.actor(who, known)
        given, holder = self.token(who, known, belief), self.holder(known)
        expected: Any = Forbidden if force and who != "ada" else self.must(who, known, None)
        expected = expected or self.locked_out(holder if force and holder else who, known, given)
        expected = expected or (["UNLOCKED"] if holder else [])
        reason = "Left for the day." if force else None
        viewer, id = self.viewer(who), str(known["id"])
        self.step(lambda: locks.unlock(viewer, id, given, force=force, reason=reason), expected, known)
        if expected == ["UNLOCKED"]:
            assert self.ledger.events[-1].reason == reason

    @precondition(lambda self: not self.house.on_postgres)
    @rule(seconds=st.sampled_from([0.001, 1, LEASE_S, 3_600]))
    def time_passes(self, seconds: float) -> None:
        self.house.clock_ms += round(seconds * 1_000)

    @rule()
    def sweep(self) -> None:
        """Every overdue lease is written down, and no other."""
        now_ms = self.now_ms()
        due = [view for view in self.ledger.page.values() if view["lock"] and view["lock"][1] <= now_ms]
        self.step(lambda: locks.expire_overdue(self.viewer("ada"), now_ms), ["LOCK_EXPIRED"] * len(due))
        assert all(event.actor == "system" for event in self.ledger.events[len(self.ledger.events) - len(due) :])

    # ---------------------------------------------------------------- the life

    @rule(ticket=nth, turn=st.integers(0, 3), reason=words, key=request_keys)
    def move_on(self, ticket: int, turn: int, reason: str, key: Any) -> None:
        """A step that the life of the ticket allows, by who may take it."""
        known = self.known(ticket)
        verbs = [verb for verb, (_, sources) in MOVES.items() if known["status"] in sources]
        who, verb = self.actor("holder", known), verbs[turn % len(verbs)]
        self.keep(self.do_move, who, known["id"], verb, reason, self.guard(who, known, "fits", key, verb, reason))

    @rule(
        who=people,
        ticket=nth,
        verb=st.sampled_from(list(MOVES)),
        reason=st.none() | words,
        belief=beliefs,
        key=request_keys,
    )
    def move(self, who: str, ticket: int, verb: str, reason: Any, belief: str, key: Any) -> None:
        """Any step, by anybody, believing anything."""
        known = self.known(ticket)
        who = self.actor(who, known)
        self.keep(self.do_move, who, known["id"], verb, reason, self.guard(who, known, belief, key, verb, reason))

    def do_move(self, who: str, id: UUID, verb: str, reason: str | None, guard: Guard) -> None:
        known = self.ledger.page[id]
        goal, sources = MOVES[verb]
        expected: Any = Forbidden if who == "carla" else InvalidInput if verb == "reject" and not reason else None
        expected = expected or self.must(who, known, guard.once) or self.locked_out(who, known, guard.lock_token)
        if expected is None and guard.expected_version not in (None, known["version"]):
            expected = VersionConflict
        if expected is None and known["status"] not in sources:
            expected = InvalidTransition
        viewer = self.viewer(who)
        told = [] if verb in ("start", "close", "reopen") else [reason or "" if verb == "reject" else reason]
        kinds = [KINDS.get(verb, "REOPENED")]
        act = getattr(decisions, verb)
        refusal = self.step(lambda: act(viewer, str(id), *told, guard), expected or kinds, known, (who, guard.once))
        if isinstance(refusal, InvalidTransition):
            assert (refusal.from_, refusal.to) == (Status(known["status"]), Status(goal))
        if isinstance(refusal, VersionConflict):
            assert view(refusal.ticket) == known | {"lock": view(refusal.ticket)["lock"]}

    @precondition(lambda self: len(self.ids) < MOST)
    @rule(
        user=st.integers(0, 1),
        status=st.sampled_from(Status),
        extra=extras,
        tags=tag_lists,
        days_ago=st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)),
    )
    def take_over(self, user: int, status: Status, extra: Any, tags: Any, days_ago: tuple[int, int | None]) -> None:
        """A ticket from a file comes as it ended up there; its decision may be older than others."""
        made, decided = (None if days is None else self.now_ms() - days * 86_400_000 for days in days_ago)
        row = imports.ImportedTicket(
            external_id=f"{self.users[user]}/{len(self.ledger.events)}",
            user_id=self.users[user],
            subject="From afar",
            status=status,
            tags=tags,
            extra=extra,
            created_at_ms=made,
            decided_at_ms=decided,
        )
        self.step(lambda: imports.take(System(self.house.world, "import"), [row]), ["CREATED"])

    # ---------------------------------------------------------------- the thread

    @rule(
        who=writers,
        ticket=nth,
        text=words,
        seen=st.sampled_from(["none", "all", "some"]),
        belief=beliefs,
        key=request_keys,
    )
    def reply(self, who: str, ticket: int, text: str, seen: str, belief: str, key: Any) -> None:
        known = self.known(ticket)
        who = self.actor(who, known)
        position = {"none": None, "all": self.ledger.position, "some": self.read_to}[seen]
        based_on = None if position is None else self.run(self.cursor(position))
        guard = self.guard(who, known, belief, key, "reply", text, based_on)
        self.keep(self.do_reply, who, known["id"], text, based_on, guard)

    async def cursor(self, position: int) -> str:
        event = await Event.get_or_none(position=position)
        return str(JournalCursor.of(event, (await head()).journal_id) if event else JournalCursor.at(await head()))

    def do_reply(self, who: str, id: UUID, text: str, based_on: str | None, guard: Guard) -> None:
        known = self.ledger.page[id]
        expected: Any = self.must(who, known, guard.once, staff=False)
        if expected is None and who != "carla":
            expected = self.locked_out(who, known, guard.lock_token)
        if expected is None and based_on is not None:
            after = JournalCursor.parse(based_on).position
            missed = [event for event in self.ledger.events if event.position > after and event.ticket_id == id]
            missed = [event for event in missed if event.actor != who and event.kind not in LEASE_ONLY]
            if any(who != "carla" or not event.note for event in missed):
                expected = Unseen
        kinds = ["MESSAGE_ADDED"] + ["REOPENED"] * (who == "carla" and known["status"] == "CLOSED")
        viewer = self.viewer(who)
        self.step(
            lambda: messages.reply(viewer, str(id), text, based_on, guard), expected or kinds, known, (who, guard.once)
        )

    @rule(who=writers, ticket=nth, text=words, key=request_keys)
    def note(self, who: str, ticket: int, text: str, key: Any) -> None:
        known = self.known(ticket)
        who, id = self.actor(who, known), known["id"]
        self.keep(self.do_note, who, id, text, self.once(key, "note", id, text))

    def do_note(self, who: str, id: UUID, text: str, once: Once | None) -> None:
        known = self.ledger.page[id]
        expected = self.must(who, known, once) or ["MESSAGE_ADDED"]
        self.step(lambda: messages.add_note(self.viewer(who), str(id), text, once), expected, known, (who, once))

    # ---------------------------------------------------------------- again, and reading

    def keep(self, verb: Callable[..., None], *arguments: Any) -> None:
        """Does it, and remembers it for a repetition if it has a key."""
        if any(isinstance(each, Once) or getattr(each, "once", None) for each in arguments):
            self.remembered.append((verb, *arguments))
        verb(*arguments)

    @precondition(lambda self: self.remembered)
    @rule(back=st.integers(1, 3))
    def repeat(self, back: int) -> None:
        """The very same request under its key once more: it is answered if it was done, and done if it was refused."""
        verb, *arguments = self.remembered[-min(back, len(self.remembered))]
        verb(*arguments)

    @rule(ticket=nth, verb=st.sampled_from(["update", "lock", "unlock", "move", "note"]))
    def customer_oversteps(self, ticket: int, verb: str) -> None:
        """What is the agents' is no customer's, whatever else is wrong with it."""
        known = self.known(ticket)
        carla, id = self.viewer("carla"), str(known["id"])
        attempts: dict[str, Callable[[], Awaitable[object]]] = {
            "update": lambda: tickets.update(carla, id, {"subject": ""}, Guard("?", 0)),
            "lock": lambda: locks.lock(carla, id, 60),
            "unlock": lambda: locks.unlock(carla, id, None, force=True, reason=None),
            "move": lambda: decisions.approve(carla, id, None, Guard("?", 0)),
            "note": lambda: messages.add_note(carla, id, "", None),
        }
        self.step(attempts[verb], Forbidden, known)

    @rule(count=st.integers(1, 10))
    def client_reads(self, count: int) -> None:
        """Takes some events into the page; the page and the rest of the journal are the snapshot."""
        self.run(self._client_reads(count))
        self.check_client()

    async def _client_reads(self, count: int) -> None:
        for event in await journal.read(Event.filter(position__gt=self.read_to).order_by("position").limit(count)):
            apply(self.client, event)
            self.read_to = event.position

    @rule()
    def client_lists(self) -> None:
        """A page of a list says at which position it was read: from there on the journal completes it."""
        pages = [self.run(self._listed(user)) for user in self.users]
        assert [JournalCursor.parse(page.as_of).position for page in pages] == [self.ledger.position] * 2
        listed = {ticket.id: ticket for page in pages for ticket in page.rows}
        seen = judged(self.ledger.page, self.now_ms())
        assert {id: ticket.holder for id, ticket in listed.items()} == {
            id: known["lock"] and known["lock"][0] for id, known in seen.items()
        }
        self.client = {id: view(ticket) for id, ticket in listed.items()}
        self.read_to = self.ledger.position
        self.check_client()

    async def _listed(self, user_id: str) -> Any:
        context = Context(self.house.world, self.viewer("ann"), await head(), cast("Door", None))
        return await lists.page(context, TicketFilter(user_id=user_id), Order.UPDATED_ASC, 100, None)

    def check_client(self) -> None:
        page = {id: dict(known) for id, known in self.client.items()}
        for event in self.ledger.events:
            if event.position > self.read_to:
                apply(page, event)
        assert page == {row["id"]: row for row in self.rows.tickets}

    def teardown(self) -> None:
        """At the end: empty + the journal, read once more from the start, = the rows; and no event ever changed."""
        if self.sound:
            self.check_client()
            again = Ledger(self.start)
            self.run(again.follow())
            again.check(self.rows)
            assert [vars(event) for event in again.events] == [vars(event) for event in self.ledger.events]


def test_snapshot_before_and_events_are_the_snapshot_after(house: House) -> None:
    class Here(Law):
        pass

    Here.house = house
    seeded(Here)
    run_state_machine_as_test(Here, settings=bounded(EXAMPLES, stateful_step_count=STEPS))


def test_a_day_at_the_desk_obeys_the_law(house: House) -> None:
    """Each verb at least once with success, so that no run is without one."""

    class Here(Law):
        pass

    Here.house = house
    desk = Here()
    desk.three_tickets({"form": 1})
    for name in ("subject", "body", "tags", "extra", "priority", "assignee"):
        for value in ({"tags": ["kyc", "vip"], "extra": {"form": 2}, "priority": Priority.HIGH}.get(name, "bob"), None):
            other = {"tags": ["x"], "extra": {}, "priority": Priority.LOW}.get(name, "ann")
            desk.update("ann", 0, {name: other if value is None else value}, "fits", None)
    desk.update("bob", 0, {"assignee": None}, "fits", "k1")
    desk.update("ann", 0, {"tags": []}, "fits", None)
    desk.repeat(1)
    for verb in ("start", "approve", "reopen", "reject", "reopen", "close", "reopen"):
        desk.lock("ann", 0, LEASE_S)
        desk.renew("ann", 0, "right", LEASE_S)
        desk.move("ann", 0, verb, "As asked.", "fits", None)
        desk.reply("holder", 0, "We look into it.", "none", "fits", None)
        desk.reply("carla", 0, "Thanks.", "all", "none", None)
        desk.note("bob", 0, "Seen before.", None)
        desk.unlock("holder", 0, "fits", force=verb == "start")
    desk.move("ann", 0, "close", None, "fits", None)
    desk.reply("carla", 0, "And now?", "none", "none", "k1")
    desk.repeat(1)
    desk.take_over(0, Status.APPROVED, {"form": 3}, ["kyc"], (9, 2))
    desk.take_over(0, Status.APPROVED, {"form": 4}, [], (9, 5))
    desk.client_reads(10)
    desk.client_lists()
    desk.teardown()
    of_tickets = set(cast("GraphQLEnumType", schema._schema.type_map["TicketEventKind"]).values)
    elsewhere = {"LOCK_EXPIRED", "ERASED", *journal.MAIL_KINDS}  # those of mail change nothing here: tests/mail
    assert {str(event.kind) for event in desk.ledger.events} == of_tickets - elsewhere


@pytest.mark.parametrize("verb", ["create", "update"])
def test_what_was_attached_reads_back_and_may_be_given_back(house: House, verb: str) -> None:
    """A number is refused, or the row, the event and a second writing of what was read say the same."""
    ann = Viewer(uuid7(), "ann", Role.AGENT, None, house.world)

    @given(json_objects(numbers | far_numbers))
    @promise(60)
    def reads_back(extra: dict[str, Any]) -> None:
        house.run(check(extra))

    async def check(extra: dict[str, Any]) -> None:
        try:
            if verb == "create":
                ticket = await tickets.create(ann, a_ticket(extra), None)
            else:
                ticket = await tickets.create(ann, a_ticket({}), None)
                ticket = await tickets.update(ann, str(ticket.id), {"extra": extra}, Guard())
        except InvalidInput:
            return
        row = await Ticket.get(id=ticket.id)
        (*_, event) = await journal.read(Event.filter(ticket_id=ticket.id).order_by("position"))
        told = [canonical(each.extra) for each in (ticket, row, Ticket.as_of(event))]
        assert told == [canonical(extra)] * 3
        again = await tickets.update(ann, str(ticket.id), {"extra": row.extra}, Guard())
        assert again.revision == row.revision, "what is the same already makes no event"

    def a_ticket(extra: dict[str, Any]) -> tickets.NewTicket:
        return tickets.NewTicket("u-extra", "Form", "", Priority.NORMAL, [], extra)

    reads_back()


@pytest.mark.parametrize(
    ("first", "again", "same"),
    [
        ({"name": "Ann", "id": 1}, {"id": 1, "name": "Ann"}, True),
        ({"a": {"yy": [], "x": {}}}, {"a": {"x": {}, "yy": []}}, True),
        ({"n": -0.0}, {"n": -0.0}, True),
        ({"n": 1}, {"n": True}, False),
        ({"n": 0}, {"n": False}, False),
        ({"n": [1, 2]}, {"n": [2, 1]}, False),
        ({"n": None}, {}, False),
    ],
)
def test_the_same_json_written_otherwise_changes_nothing(house: House, first: Any, again: Any, same: bool) -> None:
    ann = Viewer(uuid7(), "ann", Role.AGENT, None, house.world)

    async def check() -> None:
        ticket = await tickets.create(ann, tickets.NewTicket("u-same", "Form", "", Priority.NORMAL, [], first), None)
        after = await tickets.update(ann, str(ticket.id), {"extra": again}, Guard())
        assert (after.version, after.revision) == ((1, 1) if same else (2, 2))

    house.run(check())


def test_a_lease_that_ends_by_time_is_in_the_journal_once_before_what_follows(house: House) -> None:
    """On PostgreSQL its own clock ends the leases, after a real second."""
    ann, bob = (Viewer(uuid7(), name, Role.AGENT, None, house.world) for name in ("ann", "bob"))

    async def follows() -> None:
        ledger, users = Ledger((await head()).position), ["u-lease"]
        new = tickets.NewTicket("u-lease", "Card lost", "", Priority.NORMAL, [], {})
        made = [str((await tickets.create(ann, new, None)).id) for _ in range(5)]
        granted = [await locks.lock(ann, id, 1) for id in made]
        taken, renewed, edited, noted, swept = made
        assert max([ticket.lock_expires_at_ms or 0 for ticket in granted]) <= await house.now_ms() + 1_000
        await passes(1)
        with pytest.raises(LockLost):
            await locks.renew(ann, renewed, str(granted[1].lock_token), 1)
        with pytest.raises(LockLost):
            await tickets.update(ann, edited, {"body": "?"}, Guard(lock_token=str(granted[2].lock_token)))
        with pytest.raises(VersionConflict) as conflict:
            await tickets.update(bob, edited, {"body": "?"}, Guard(expected_version=9))
        row = await Ticket.get(id=edited)
        assert (conflict.value.ticket.revision, conflict.value.ticket.holder) == (row.revision, None), (
            "it shows the ticket as it is: LOCK_EXPIRED was not written, so it is not counted"
        )
        await ledger.follow()
        assert not [event for event in ledger.events if event.kind == "LOCK_EXPIRED"], "a refusal writes nothing"
        assert (await locks.lock(bob, taken, 600)).lock_token > granted[0].lock_token
        await locks.lock(ann, renewed, 600)
        await tickets.update(bob, edited, {"body": "!"}, Guard())
        await messages.add_note(bob, noted, "Nobody is here.", None)
        await locks.expire_overdue(ann, await house.now_ms())
        await ledger.follow()
        ledger.check(await Rows.read(ledger.page, users))
        kinds = {id: [str(event.kind) for event in ledger.events if str(event.ticket_id) == id] for id in made}
        begin = ["CREATED", "LOCKED", "LOCK_EXPIRED"]
        assert kinds[taken] == kinds[renewed] == [*begin, "LOCKED"]
        assert kinds[edited] == [*begin, "UPDATED"]
        assert kinds[noted] == [*begin, "MESSAGE_ADDED"]
        assert kinds[swept] == begin
        expired = [event for event in ledger.events if event.kind == "LOCK_EXPIRED"]
        assert {event.actor for event in expired} == {"system"}
        assert await locks.expire_overdue(ann, await house.now_ms()) == 0

    async def passes(seconds: int) -> None:
        house.clock_ms += seconds * 1_000
        end = await house.now_ms() + seconds * 1_000
        while house.on_postgres and await house.now_ms() < end:
            pass

    house.run(follows())
