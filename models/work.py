"""What a verb is handed: who acts, when, the rows it holds, and what has happened so far."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models import statements
from models.account import Account
from models.bounds import Bounds
from models.decision import Decision, settle
from models.errors import NotFound
from models.event import PLAIN_KINDS, Event, EventKind, read
from models.idempotency import AlreadyDone, Idempotency, Once
from models.image import EVERY_NAME, Image, differing, image_of, names_of
from models.message import Message, MessageKind
from models.prepared import Found
from models.statements import Document
from models.tag import write_tags
from models.ticket import DECIDED, Ticket

if TYPE_CHECKING:
    from models.outbox import Writer


@dataclass(frozen=True)
class World:
    """The outside, handed in: the clock (Unix ms), new ids, the bounds, and who hears that something was committed."""

    now_ms: Callable[[], int]
    new_id: Callable[[], UUID]
    committed: Callable[[int], None] = lambda position: None
    bounds: Bounds = field(default_factory=Bounds)
    writer: Writer | None = None
    """Whoever writes the desk's letters; None where no mail goes out."""


class Caller(Protocol):
    """Whoever causes a unit of work: an account, a rule, the mailbox, the system; and for which user, as a customer."""

    @property
    def actor(self) -> str: ...
    @property
    def world(self) -> World: ...
    @property
    def address(self) -> str | None: ...
    @property
    def speaks_for(self) -> str | None: ...


@dataclass(frozen=True)
class System:
    """The desk itself, or whoever runs it from the command line, as the cause of a unit of work."""

    world: World
    actor: str = "system"
    address: str | None = None
    speaks_for: str | None = None


class Work:
    """One unit of work in progress. Verbs tell it what happened; `write` makes it last.

    Locks are taken in one order, so that units do not deadlock: ticket rows, users, the head.
    """

    now_ms: int
    """Unix ms, set when the first row is held: PostgreSQL's time, or the injected clock on SQLite."""

    def __init__(self, connection: BaseDBAsyncClient, caller: Caller) -> None:
        self.actor, self._address, self._speaks_for = caller.actor, caller.address, caller.speaks_for
        world, self.connection = caller.world, connection
        self.bounds, self.new_id, self.writer, self._clock = world.bounds, world.new_id, world.writer, world.now_ms
        self._images: dict[UUID, Image] = {}
        self._dirty: dict[UUID, set[str]] = {}
        self._tickets: dict[UUID, Ticket] = {}
        self._created: dict[UUID, Ticket] = {}
        self._messages: list[Message] = []
        self._decisions: list[Decision] = []
        self._withdrawn: set[UUID] = set()
        self._users: set[str] = set()
        self._events: list[tuple[Event, Ticket | None, Message | None]] = []
        self._contents: dict[int, dict[str, object]] = {}
        self._once: Once | None = None
        self.mails: dict[UUID, str] = {}
        """Digests of the mails that tickets and messages of this unit are, by the id of these."""

    # ---------------------------------------------------------------- what verbs call

    async def hold_time(self) -> None:
        """Sets `now_ms`. Called once a row is held, so that times of one ticket follow its changes."""
        postgres = statements.on_postgres(self.connection)
        self.now_ms = await statements.database_now_ms(self.connection) if postgres else self._clock()

    async def ticket(self, found: Found) -> Ticket:
        """The ticket that is found, held until the end, its overdue lease written down. Raises NotFound."""
        records = await found.statement.rows(self.connection, found.given, hold=True)
        if not records:
            raise NotFound
        ticket = Ticket.whole(records[0])
        await self.hold_time()
        ticket.judged_at_ms = self.now_ms
        self._tickets[ticket.id], self._images[ticket.id] = ticket, image_of(ticket)
        ticket.expire(self)
        return ticket

    async def stored(self, ticket: Ticket) -> Ticket:
        """The held ticket as it was before this unit, for a refusal: no event of a refused unit ever happened."""
        stored = await Ticket.get(id=ticket.id)
        stored.judged_at_ms = self.now_ms
        return stored

    async def once(self, once: Once | None) -> None:
        """Answers a repeated request with its first outcome; raises IdempotencyConflict if it is another request."""
        if once is None:
            return
        if self._speaks_for is not None:
            once = replace(once, arguments=(*once.arguments, self._speaks_for))
        done = await Idempotency.get_or_none(account=self.actor, key=once.key)
        if done is None:
            self._once = once
            return
        done.is_for(once)
        if done.message_id is not None:
            raise AlreadyDone(await Message.get(id=done.message_id))
        (event,) = await read(Event.filter(ticket_id=done.ticket_id, revision=done.revision, note=False))
        raise AlreadyDone(Ticket.as_of(event))

    def create(self, ticket: Ticket) -> None:
        """Takes in a new ticket; its number comes with the write."""
        self._created[ticket.id] = ticket
        self.happened(EventKind.CREATED, ticket)
        if ticket.status in DECIDED:
            self.decided(ticket)

    def say(self, ticket: Ticket, kind: MessageKind, text: str, html: str | None = None) -> Message:
        """Adds a message of the actor to the ticket's thread."""
        ticket.message_count += 1
        message = Message(
            id=self.new_id(),
            ticket_id=ticket.id,
            ordinal=ticket.message_count,
            kind=kind,
            author=self.actor,
            text=text,
            html=html,
            created_at_ms=self.now_ms,
        )
        self._messages.append(message)
        self.happened(EventKind.MESSAGE_ADDED, ticket, message=message)
        return message

    def decided(self, ticket: Ticket) -> None:
        """Keeps the decision that the ticket now carries."""
        self._users.add(ticket.user_id)
        self._decisions.append(
            Decision(
                id=self.new_id(),
                ticket_id=ticket.id,
                user_id=ticket.user_id,
                outcome=ticket.status,
                decided_by=ticket.decided_by,
                decided_at_ms=ticket.decided_at_ms,
                reason=ticket.reason,
                extra=ticket.extra,
            )
        )

    def withdrew(self, ticket: Ticket) -> None:
        """Marks the standing decision of the ticket as withdrawn."""
        self._users.add(ticket.user_id)
        self._withdrawn.add(ticket.id)

    def happened(
        self,
        kind: EventKind,
        ticket: Ticket,
        *,
        message: Message | None = None,
        reason: str | None = None,
        actor: str | None = None,
        beside: str | None = None,
    ) -> None:
        """Says that something happened: counts version and revision, names the fields that differ, and `beside`."""
        before, note = self._images.get(ticket.id), message is not None and message.kind is MessageKind.NOTE
        if before is not None:
            differs = differing(before, image_of(ticket))
            if kind is EventKind.UPDATED and not differs:
                return
            own = bool(differs & Ticket.OWN)
            ticket.version += own
            ticket.revision += not note
            if own or (message is not None and not note):
                ticket.updated_at_ms = self.now_ms
        if kind not in PLAIN_KINDS and not note:
            ticket.content_revision = ticket.revision
            self._contents[len(self._events)] = dict(ticket.content())
        after = image_of(ticket)
        columns = differing(before, after) if before is not None else set(after)
        changed = sorted(names_of(columns) | (set() if note else {"revision"}) | ({beside} if beside else set()))
        event = Event(
            ticket_id=ticket.id,
            user_id=ticket.user_id,
            kind=kind,
            actor=actor or self.actor,
            at_ms=self.now_ms,
            changed=changed if before is not None else EVERY_NAME,
            revision=ticket.revision,
            content_revision=ticket.content_revision,
            lock_holder=ticket.lock_holder,
            lock_expires_at_ms=ticket.lock_expires_at_ms,
            message_id=message.id if message else None,
            note=note,
            reason=reason,
        )
        self._events.append((event, ticket, message))
        self._dirty.setdefault(ticket.id, set()).update(columns)
        self._images[ticket.id] = after

    def renames(self, ticket: Ticket, user_id: str) -> None:
        """Puts a ticket under another user id, with whatever happened to it in this unit before."""
        self._users |= {ticket.user_id, user_id}
        ticket.user_id = user_id
        for event, of, _ in self._events:
            if of is ticket:
                event.user_id = user_id

    def journalled(self, kind: EventKind, content: dict[str, object]) -> None:
        """Says that something happened to the journal itself: an event of no ticket."""
        self._contents[len(self._events)] = content
        event = Event(kind=kind, actor=self.actor, at_ms=self.now_ms, changed=[])
        self._events.append((event, None, None))

    def audited(self, kind: EventKind, account: Account, *, actor: str | None = None, token: str | None = None) -> None:
        """Says that something happened to an account, and from which address; to which token, if to one."""
        self.journalled(kind, account.content() | {"address": self._address, "token": token})
        event, *_ = self._events[-1]
        event.account_id, event.actor = account.id, actor or self.actor

    # ---------------------------------------------------------------- the end of the unit

    async def write(self, outcome: object) -> int:
        """Writes rows, then the head, then the events, and returns the last position; 0 when nothing happened."""
        if self._created:
            unnumbered = [ticket for ticket in self._created.values() if not ticket.number]
            numbers = await statements.next_numbers(self.connection, len(unnumbered))
            for ticket, number in zip(unnumbered, numbers, strict=True):
                ticket.number = number
            await Ticket.bulk_create(self._created.values())
        for id, columns in sorted(self._dirty.items()):
            if id not in self._created:
                await self._tickets[id].save(update_fields=[*columns | Ticket.ALWAYS_SAVED])
        await self._write_tags_and_words()
        if self._messages:
            await Message.bulk_create(self._messages)
        if self._users:
            await settle(self.connection, self._users, self._withdrawn, self._decisions, self.now_ms)
        if self._once is not None:
            await self._remember(self._once, outcome)
        return await self._write_events() if self._events else 0

    async def _write_tags_and_words(self) -> None:
        changed = [(self._created.get(id) or self._tickets[id], columns) for id, columns in self._dirty.items()]
        await write_tags(self.connection, changed, self._created)
        documents = [
            Document(ticket.number, 0, f"{ticket.subject}\n{ticket.body}")
            for ticket, columns in changed
            if columns & {"subject", "body"}
        ]
        for message in self._messages:
            number, note = self._tickets[message.ticket_id].number, message.kind is MessageKind.NOTE
            documents.append(Document(number, message.ordinal, message.text, note))
        await statements.index_words(self.connection, documents)

    async def _remember(self, once: Once, outcome: object) -> None:
        message = outcome if isinstance(outcome, Message) else None
        ticket = self._tickets[message.ticket_id] if message else outcome
        assert isinstance(ticket, Ticket)
        done = Idempotency.of(once, self.actor, self.now_ms)
        done.ticket_id, done.revision, done.message_id = ticket.id, ticket.revision, message.id if message else None
        await done.save()

    async def _write_events(self) -> int:
        nonces = [secrets.token_bytes(4) for _ in self._events]
        for index, (event, ticket, message) in enumerate(self._events):
            content, number = self._contents.get(index), {"number": ticket.number} if ticket else {}
            mail = self.mails.get(event.entered) if event.entered else None
            event.keep(content and content | number, message, mail)
        first = await statements.advance_head(self.connection, len(nonces), nonces[-1])
        for position, nonce, (event, *_) in zip(range(first, first + len(nonces)), nonces, self._events, strict=True):
            event.position, event.nonce = position, nonce
        await Event.bulk_create([event for event, *_ in self._events])
        return first + len(nonces) - 1
