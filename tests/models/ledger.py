"""What the journal says, worked out once more and apart from the models: the page of a client, and the books beside."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from models import event as journal
from models.decision import Decision, UserTicket
from models.event import Event, EventKind, Head
from models.idempotency import Idempotency
from models.message import Message, MessageKind
from models.tag import TicketTag
from models.ticket import Ticket

View = dict[str, Any]
"""A ticket as the contract shows it: a value for each of its fields but `events` and `messages`."""

LEASE_ONLY = {"LOCKED", "LOCK_RENEWED", "UNLOCKED", "LOCK_EXPIRED"}


def canonical(value: object) -> bytes:
    """JSON as a reader compares it: keys in any order, 1 and 1.0 and -0.0 and 0 alike, but true is not 1."""

    def plain(value: Any) -> Any:
        match value:
            case dict():
                return {key: plain(item) for key, item in value.items()}
            case list():
                return [plain(item) for item in value]
            case int() | float() if not isinstance(value, bool):
                return repr(float(value) + 0.0)
        return value

    return orjson.dumps(plain(value), option=orjson.OPT_SORT_KEYS)


def view(ticket: Ticket) -> View:
    """A row, or the ticket of an event, as the contract names it; the lease not yet judged."""
    decided = (str(ticket.status), ticket.decided_by, ticket.decided_at_ms, ticket.reason)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "user_id": ticket.user_id,
        "subject": ticket.subject,
        "body": ticket.body,
        "status": str(ticket.status),
        "priority": str(ticket.priority),
        "assignee": ticket.assignee,
        "tags": list(ticket.tags),
        "extra": canonical(ticket.extra),
        "source": str(ticket.source),
        "awaiting_reply": ticket.awaiting_reply,
        "version": ticket.version,
        "revision": ticket.revision,
        "lock": (ticket.lock_holder, ticket.lock_expires_at_ms) if ticket.lock_holder else None,
        "decision": decided if ticket.decided_by is not None else None,
        "created_at": ticket.created_at_ms,
        "updated_at": ticket.updated_at_ms,
    }


def judged(page: dict[UUID, View], now_ms: int) -> dict[UUID, View]:
    """The page as it reads at an instant: a lease that is over is none."""

    def lock(view: View) -> object:
        return view["lock"] if view["lock"] and view["lock"][1] > now_ms else None

    return {id: view | {"lock": lock(view)} for id, view in page.items()}


def apply(page: dict[UUID, View], event: Event) -> None:
    """What a client does with an event: it assigns the fields that are named, and no other."""
    assert event.ticket_id is not None
    then = view(Ticket.as_of(event))
    known = page.setdefault(event.ticket_id, {})
    known |= {name: then[name] for name in event.changed}


class Rows(NamedTuple):
    """Every row that was written about some tickets and users, comparable."""

    tickets: list[View]
    hidden: list[tuple[object, ...]]
    tags: list[tuple[object, ...]]
    user_tickets: list[tuple[object, ...]]
    decisions: list[tuple[object, ...]]
    messages: list[tuple[object, ...]]
    keys: list[tuple[object, ...]]
    events: int
    head: tuple[int, bytes]

    @classmethod
    async def read(cls, ids: Iterable[UUID], users: Sequence[str]) -> Rows:
        ids = list(ids)
        tickets = await Ticket.filter(id__in=ids).order_by("number")
        tags = await TicketTag.filter(ticket_id__in=ids).order_by("id")
        user_tickets = await UserTicket.filter(user_id__in=users).order_by("user_id")
        decisions = await Decision.filter(user_id__in=users).order_by("id")
        messages = await Message.filter(ticket_id__in=ids).order_by("ticket_id", "ordinal")
        keys = await Idempotency.filter(ticket_id__in=ids).order_by("id")
        head = await Head.get()
        return cls(
            tickets=[view(row) for row in tickets],
            hidden=[(r.status_before, r.lock_token, r.content_revision, r.message_count) for r in tickets],
            tags=[(r.ticket_id, r.tag, r.created_at_ms, r.updated_at_ms, r.number) for r in tags],
            user_tickets=[
                (r.user_id, r.ticket_id, canonical(r.extra), r.created_at_ms, r.updated_at_ms) for r in user_tickets
            ],
            decisions=[
                (
                    r.ticket_id,
                    r.user_id,
                    str(r.outcome),
                    r.decided_by,
                    r.decided_at_ms,
                    r.reason,
                    canonical(r.extra),
                    r.withdrawn_at_ms,
                )
                for r in decisions
            ],
            messages=[(r.ticket_id, r.ordinal, r.id, str(r.kind), r.author, r.text, r.created_at_ms) for r in messages],
            keys=[(r.account, r.key, r.ticket_id, r.revision, r.message_id) for r in keys],
            events=await Event.filter(position__lte=head.position).count(),
            head=(head.position, bytes(head.nonce)),
        )


@dataclass
class Ledger:
    """Follows the journal from a position, checks each event, and keeps the books that the rows must agree with."""

    position: int
    page: dict[UUID, View] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    decisions: list[list[object]] = field(default_factory=list)
    standing: dict[UUID, tuple[int, int, list[object]]] = field(default_factory=dict)
    pointers: dict[str, tuple[object, object, int, int]] = field(default_factory=dict)
    messages: list[tuple[object, ...]] = field(default_factory=list)
    lived_as: dict[UUID, str] = field(default_factory=dict)
    """The status, OPEN or PROCESSING, that a ticket has or had last."""
    contents: set[tuple[UUID, int | None]] = field(default_factory=set)

    async def follow(self) -> list[Event]:
        """Reads on to the head; returns what was new."""
        after = Event.filter(position__gt=self.position).order_by("position")
        raw, events = await after, await journal.read(after)
        for kept, event in zip(raw, events, strict=True):
            await self._check_hash(kept)
            await self._enter(event)
        self.events += events
        return events

    async def _check_hash(self, event: Event) -> None:
        """What is personal has its salted hash; without content, an event refers to one of its ticket that has it."""
        assert event.ticket_id is not None
        content = message = None
        if event.content is not None:
            told = orjson.loads(event.content)
            content = {name: told[name] for name in ("user_id", "subject", "body", "tags", "extra", "reason")}
        if event.message_id is not None:
            row = await Message.get(id=event.message_id)
            said = [str(row.id), row.ordinal, row.kind, row.author, row.text, row.html, row.created_at_ms]
            message = hashlib.sha256(orjson.dumps(said)).hexdigest()
        personal = orjson.dumps([event.user_id, event.actor, event.reason, content, message])
        salt = bytes(event.salt or b"")
        assert len(salt) >= 16
        assert bytes(event.content_hash) == hashlib.sha256(salt + personal).digest()
        if event.content is None:
            assert event.kind in LEASE_ONLY or event.note, f"{event.kind} keeps no content"
            assert (event.ticket_id, event.content_revision) in self.contents, f"{event.kind} refers to no content"
        else:
            assert event.kind not in LEASE_ONLY, f"{event.kind} keeps the content again"
            assert event.content_revision == event.revision
            self.contents.add((event.ticket_id, event.revision))
        assert len(bytes(event.nonce)) == 4

    async def _enter(self, event: Event) -> None:
        id, then = event.ticket_id, Ticket.as_of(event)
        assert id is not None
        before, now = self.page.get(id), view(then)
        assert event.position == self.position + 1, f"the journal jumps from {self.position} to {event.position}"
        self.position = event.position
        if before is None:
            assert event.kind is EventKind.CREATED
            assert (now["version"], now["revision"], now["status"] == "OPEN" or now["source"] == "IMPORT") == (
                1,
                1,
                True,
            )
            assert now["source"] == "IMPORT" or now["created_at"] == now["updated_at"] == event.at_ms
        else:
            self._check_counts(event, before, now)
        if event.kind is EventKind.REOPENED:
            assert now["status"] == self.lived_as.get(id, "OPEN"), "it goes back to where it was"
        if now["status"] in ("OPEN", "PROCESSING"):
            self.lived_as[id] = now["status"]
        apply(self.page, event)
        assert self.page[id] == now, f"{event.kind} changes more than {event.changed}"
        if event.message_id is not None:
            message = await Message.get(id=event.message_id)
            assert (message.kind is MessageKind.NOTE, message.ticket_id) == (event.note, id)
            count = sum(entry[0] == id for entry in self.messages)
            self.messages.append((id, count + 1, message.id, str(message.kind), event.actor, message.text, event.at_ms))
        self._decide(event, then, now)

    def _check_counts(self, event: Event, before: View, now: View) -> None:
        """What counts, counts as design.md says; `changed` names exactly the fields that differ."""
        assert set(event.changed) == {name for name in now if now[name] != before[name]}, event.kind
        assert len(event.changed) == len(set(event.changed))
        assert event.note == (event.kind is EventKind.MESSAGE_ADDED and "revision" not in event.changed)
        assert now["revision"] == before["revision"] + (not event.note)
        uncounted = {"version", "revision", "lock", "awaiting_reply", "updated_at"}
        assert ("version" in event.changed) == bool(set(event.changed) - uncounted), event.changed
        assert now["version"] == before["version"] + ("version" in event.changed)
        moves = "version" in event.changed or (event.kind is EventKind.MESSAGE_ADDED and not event.note)
        assert now["updated_at"] == (event.at_ms if moves else before["updated_at"]), event.kind
        assert not {"id", "number", "user_id", "source", "created_at"} & set(event.changed)

    def _decide(self, event: Event, then: Ticket, now: View) -> None:
        """Keeps the decisions, which of them stand, and the latest standing approval of each user."""
        assert event.ticket_id is not None
        decided = now["status"] if now["status"] in ("APPROVED", "REJECTED") else None
        assert (now["decision"] is not None) == (decided is not None)
        if event.kind in (EventKind.APPROVED, EventKind.REJECTED) or (event.kind is EventKind.CREATED and decided):
            assert str(event.kind) in (decided, "CREATED")
            assert now["lock"] is None
            _, by, at_ms, reason = now["decision"]
            row = [event.ticket_id, now["user_id"], decided, by, at_ms, reason, now["extra"], None]
            self.decisions.append(row)
            if decided == "APPROVED":
                self.standing[event.ticket_id] = (at_ms, event.position, row)
        elif event.kind is EventKind.REOPENED:
            self.standing.pop(event.ticket_id, None)
            for row in self.decisions:
                if row[0] == event.ticket_id and row[-1] is None:
                    row[-1] = event.at_ms
        self._point(now["user_id"], event.at_ms)

    def _point(self, user: str, at_ms: int) -> None:
        approvals = [entry for entry in self.standing.values() if entry[2][1] == user]
        if not approvals:
            self.pointers.pop(user, None)
            return
        _, _, row = max(approvals, key=lambda entry: entry[:2])
        latest, known = (row[0], row[6]), self.pointers.get(user)
        if known is None:
            self.pointers[user] = (*latest, at_ms, at_ms)
        elif known[:2] != latest:
            self.pointers[user] = (*latest, known[2], at_ms)

    def check(self, rows: Rows) -> None:
        """Raises AssertionError where the rows say something else than the journal."""
        assert rows.head == (self.position, bytes(self.events[-1].nonce) if self.events else rows.head[1])
        assert rows.events == self.position
        assert {row["id"]: row for row in rows.tickets} == self.page
        own = [event for event in self.events if not event.note]
        for row in rows.tickets:
            counted = [event for event in own if event.ticket_id == row["id"]]
            assert row["revision"] == len(counted)
            assert row["version"] == sum("version" in event.changed for event in counted)
        listed = {
            id: [known[name] for name in ("created_at", "updated_at", "number")] for id, known in self.page.items()
        }
        tags = [(id, tag, *listed[id]) for id, known in self.page.items() for tag in known["tags"]]
        assert sorted(rows.tags, key=repr) == sorted(tags, key=repr)
        assert rows.user_tickets == [(user, *pointer) for user, pointer in sorted(self.pointers.items())]
        assert sorted(rows.decisions, key=repr) == sorted(map(tuple, self.decisions), key=repr)
        assert sorted(rows.messages, key=repr) == sorted(self.messages, key=repr)
