"""The life of a ticket: every verb in every status does what the table draws, or refuses and writes nothing."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from models.account import Role
from models.database import head
from models.decision import Decision, UserTicket
from models.errors import InvalidInput, InvalidTransition, TicketLocked
from models.ticket import MAY_BECOME, UNDECIDED, Priority, Status, Ticket
from resolvers import decisions, locks, messages, tickets
from resolvers.guard import Guard
from resolvers.viewer import Viewer
from tests.models.conftest import House
from tests.models.ledger import Ledger, Rows

Verb = Callable[[Viewer, str], Awaitable[Any]]
VERBS: Mapping[str, Verb] = {
    "start": lambda who, id: decisions.start(who, id, Guard()),
    "approve": lambda who, id: decisions.approve(who, id, "As asked.", Guard()),
    "reject": lambda who, id: decisions.reject(who, id, "Not ours.", Guard()),
    "close": lambda who, id: decisions.close(who, id, Guard()),
    "reopen": lambda who, id: decisions.reopen(who, id, Guard()),
}
GOAL = {"start": "PROCESSING", "approve": "APPROVED", "reject": "REJECTED", "close": "CLOSED", "reopen": "OPEN"}
KIND = {"start": "PROCESSING_STARTED", "reopen": "REOPENED"}
PATHS: Mapping[str, list[str]] = {
    "OPEN": [],
    "PROCESSING": ["start"],
    "APPROVED": ["approve"],
    "APPROVED, started": ["start", "approve"],
    "REJECTED": ["reject"],
    "REJECTED, started": ["start", "reject"],
    "CLOSED": ["close"],
    "CLOSED, started": ["start", "close"],
}
"""How a ticket came to be where it is."""
DRAWN = {
    "OPEN": {"start", "approve", "reject", "close"},
    "PROCESSING": {"approve", "reject", "close"},
    "APPROVED": {"reopen"},
    "REJECTED": {"reopen"},
    "CLOSED": {"reopen"},
}
_counter = itertools.count()


@dataclass
class Desk:
    """Two agents, the requester, and the journal that is compared with the rows after each step."""

    house: House
    user: str = field(default_factory=lambda: f"u-life-{next(_counter)}")

    def __post_init__(self) -> None:
        self.ann, self.bob = (Viewer(uuid7(), name, Role.AGENT, None, self.house.world) for name in ("ann", "bob"))
        self.carla = Viewer(uuid7(), "carla", Role.CUSTOMER, self.user, self.house.world)
        self.ledger = Ledger(self.house.run(head()).position)

    def does(self, who: Viewer, verb: str, id: str) -> Ticket:
        self.house.clock_ms += 1_000
        ticket: Ticket = self.house.run(VERBS[verb](who, id))
        return ticket

    def ticket(self, path: list[str], **extra: Any) -> Ticket:
        new = tickets.NewTicket(self.user, "Card lost", "", Priority.NORMAL, ["kyc"], extra)
        ticket = self.house.run(tickets.create(self.ann, new, None))
        for verb in path:
            ticket = self.does(self.ann, verb, str(ticket.id))
        return ticket

    def written(self) -> list[str]:
        """The kinds of what was written since it was asked last; journal and rows agree."""
        events = self.house.run(self.ledger.follow())
        self.ledger.check(self.rows())
        return [str(event.kind) for event in events]

    def rows(self) -> Rows:
        return self.house.run(Rows.read(self.ledger.page, [self.user]))

    def latest_approved(self) -> list[tuple[object, object]]:
        found = UserTicket.filter(user_id=self.user)
        return [(row.ticket_id, row.extra) for row in self.house.run(found)]


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_the_table_is_the_drawing() -> None:
    drawn = {status: {GOAL[verb] for verb in verbs - {"reopen"}} for status, verbs in DRAWN.items()}
    assert {str(status): set(MAY_BECOME.get(status, ())) for status in Status} == drawn


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("path", PATHS)
def test_a_verb_does_what_the_table_draws_or_refuses_and_writes_nothing(desk: Desk, path: str, verb: str) -> None:
    ticket = desk.ticket(PATHS[path])
    desk.written()
    before, rows = ticket.status, desk.rows()
    if verb in DRAWN[before]:
        after = desk.does(desk.bob, verb, str(ticket.id))
        assert desk.written() == [KIND.get(verb, GOAL[verb])]
        back_to = "PROCESSING" if "started" in path else "OPEN"
        assert after.status == (back_to if verb == "reopen" else GOAL[verb])
        assert (after.status_before is None) == (after.status in UNDECIDED), "the index of what is undecided says so"
        assert (after.version, after.revision) == (ticket.version + 1, ticket.revision + 1)
    else:
        with pytest.raises(InvalidTransition) as refused:
            desk.does(desk.bob, verb, str(ticket.id))
        assert (refused.value.from_, refused.value.to) == (before, Status(GOAL[verb]))
        assert desk.written() == []
        assert desk.rows() == rows


@pytest.mark.parametrize("path", PATHS)
def test_editing_locking_and_writing_work_in_every_status(desk: Desk, path: str) -> None:
    ticket = desk.ticket(PATHS[path])
    desk.written()
    id, run = str(ticket.id), desk.house.run
    run(tickets.update(desk.ann, id, {"priority": Priority.HIGH}, Guard()))
    granted = run(locks.lock(desk.ann, id, 60))
    run(locks.renew(desk.ann, id, str(granted.lock_token), 90))
    run(messages.reply(desk.ann, id, "We look into it.", None, Guard(lock_token=str(granted.lock_token))))
    run(messages.add_note(desk.bob, id, "Seen before.", None))
    run(locks.unlock(desk.ann, id, None, force=False, reason=None))
    assert desk.written() == ["UPDATED", "LOCKED", "LOCK_RENEWED", "MESSAGE_ADDED", "MESSAGE_ADDED", "UNLOCKED"]
    assert run(Ticket.get(id=ticket.id)).status == ticket.status


@pytest.mark.parametrize("path", PATHS)
def test_a_message_of_the_requester_reopens_a_closed_ticket_and_no_other(desk: Desk, path: str) -> None:
    ticket = desk.ticket(PATHS[path])
    run, lease = desk.house.run, desk.house.run(locks.lock(desk.bob, str(ticket.id), 60))
    desk.written()
    run(messages.reply(desk.carla, str(ticket.id), "Are you there?", None, Guard()))
    closed = ticket.status is Status.CLOSED
    assert desk.written() == ["MESSAGE_ADDED", "REOPENED"][: 1 + closed]
    after = run(Ticket.get(id=ticket.id))
    back_to = "PROCESSING" if "started" in path else "OPEN"
    assert after.status == (back_to if closed else ticket.status)
    assert after.awaiting_reply
    assert (after.lock_holder, after.lock_token) == ("bob", lease.lock_token), "it leaves the lock as it is"
    assert (after.decided_by is not None) == (ticket.decided_by is not None), "it does not touch a decision"


@pytest.mark.parametrize("decided", ["approve", "reject"])
@pytest.mark.parametrize("started", [[], ["start"]])
def test_reopening_withdraws_the_decision_and_keeps_that_it_was_made(
    desk: Desk, decided: str, started: list[str]
) -> None:
    ticket = desk.ticket([*started, decided])
    assert (ticket.decided_by, ticket.reason) == ("ann", "As asked." if decided == "approve" else "Not ours.")
    after = desk.does(desk.bob, "reopen", str(ticket.id))
    desk.written()
    assert after.status == (Status.PROCESSING if started else Status.OPEN)
    assert (after.decided_by, after.decided_at_ms, after.reason) == (None, None, None)
    (kept,) = desk.house.run(Decision.filter(ticket_id=ticket.id))
    assert (kept.outcome, kept.decided_by) == (ticket.status, "ann")
    assert kept.withdrawn_at_ms == after.updated_at_ms


def test_a_ticket_can_be_decided_and_reopened_again_and_again(desk: Desk) -> None:
    ticket = desk.ticket([])
    for verb in ("approve", "reopen", "reject", "reopen", "start", "approve", "reopen", "close", "reopen"):
        ticket = desk.does(desk.ann, verb, str(ticket.id))
    desk.written()
    assert ticket.status is Status.PROCESSING
    assert desk.house.run(Decision.filter(ticket_id=ticket.id).count()) == 3


def test_user_tickets_follows_the_latest_standing_approval_and_keeps_its_extra(desk: Desk) -> None:
    first, second = desk.ticket([], form=1), desk.ticket([], form=2)
    desk.does(desk.ann, "approve", str(second.id))
    desk.does(desk.ann, "approve", str(first.id))
    assert desk.latest_approved() == [(first.id, {"form": 1})]
    desk.house.run(tickets.update(desk.ann, str(first.id), {"extra": {"form": 9}}, Guard()))
    assert desk.latest_approved() == [(first.id, {"form": 1})], "extra is the ticket's at the approval and stays"
    desk.does(desk.ann, "reopen", str(first.id))
    assert desk.latest_approved() == [(second.id, {"form": 2})], "the approval before"
    desk.does(desk.ann, "reject", str(first.id))
    assert desk.latest_approved() == [(second.id, {"form": 2})], "a rejection is no approval"
    desk.does(desk.ann, "reopen", str(second.id))
    assert desk.latest_approved() == []
    desk.written()


@pytest.mark.parametrize("path", ["OPEN", "PROCESSING"])
@pytest.mark.parametrize("verb", ["approve", "reject", "close"])
def test_an_end_frees_the_lock_in_the_same_event_and_awaits_no_reply(desk: Desk, path: str, verb: str) -> None:
    ticket = desk.ticket(PATHS[path])
    granted = desk.house.run(locks.lock(desk.ann, str(ticket.id), 60))
    desk.written()
    with pytest.raises(TicketLocked) as refused:
        desk.does(desk.bob, verb, str(ticket.id))
    assert (refused.value.holder, refused.value.expires_at_ms) == ("ann", granted.lock_expires_at_ms)
    after = desk.does(desk.ann, verb, str(ticket.id))
    assert desk.written() == [GOAL[verb]]
    assert "lock" in desk.ledger.events[-1].changed
    assert (after.lock_holder, after.lock_expires_at_ms, after.awaiting_reply) == (None, None, False)


def test_starting_assigns_a_ticket_of_nobody_to_who_starts(desk: Desk) -> None:
    free, assigned = desk.ticket([]), desk.ticket([])
    desk.house.run(tickets.update(desk.ann, str(assigned.id), {"assignee": "ada"}, Guard()))
    assert desk.does(desk.bob, "start", str(free.id)).assignee == "bob"
    assert desk.does(desk.bob, "start", str(assigned.id)).assignee == "ada"


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_rejecting_needs_a_reason(desk: Desk, reason: str) -> None:
    ticket = desk.ticket([])
    desk.written()
    with pytest.raises(InvalidInput) as refused:
        desk.house.run(decisions.reject(desk.ann, str(ticket.id), reason, Guard()))
    assert refused.value.field == "reason"
    assert desk.written() == []


def test_awaiting_reply_lasts_from_the_requesters_word_to_an_answer_or_an_end(desk: Desk) -> None:
    id, run = str(desk.ticket([]).id), desk.house.run

    def awaiting() -> bool:
        return run(Ticket.get(id=id)).awaiting_reply

    seen = [awaiting()]
    run(messages.add_note(desk.ann, id, "Seen before.", None))
    seen.append(awaiting())
    run(messages.reply(desk.ann, id, "We look into it.", None, Guard()))
    seen.append(awaiting())
    run(messages.reply(desk.carla, id, "Thanks, and?", None, Guard()))
    seen.append(awaiting())
    desk.does(desk.ann, "approve", id)
    seen.append(awaiting())
    assert seen == [True, True, False, True, False]
    desk.written()
