"""The journal, event by event: what each says of its ticket, and whether it follows from the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from models.event import Event, EventKind
from models.message import Message
from models.ticket import DECIDED

ACCOUNT = ("name", "role", "user_id", "active")
DECIDING = frozenset({EventKind.APPROVED, EventKind.REJECTED, EventKind.CREATED})


@dataclass(slots=True)
class Decided:
    """A decision as the journal tells it."""

    position: int
    user_id: object
    outcome: object
    by: object
    at_ms: Any
    reason: object
    extra: bytes
    withdrawn_at_ms: int | None = None


@dataclass(slots=True)
class Known:
    """A ticket as its events leave it."""

    user_id: str | None
    revision: int | None
    content_revision: int | None
    version: Any = 0
    lock: tuple[str | None, int | None] = (None, None)
    content: bytes = b""
    messages: int = 0
    erased: set[bytes] | None = None
    """What is left of personal parts, until an ERASED signs it off; None where nothing was erased."""
    decisions: list[Decided] = field(default_factory=list)


class KnownAccount(NamedTuple):
    """An account as its events leave it, and what is left of personal parts until an ACCOUNT_ERASED signs it off."""

    content: dict[str, object]
    erased: set[bytes] | None


class Replay:
    """All tickets as their events leave them, some hundred bytes for each; what does not follow is told to `wrong`."""

    def __init__(self, pruned: int, wrong: Callable[[str], None]) -> None:
        self._pruned, self._wrong = pruned, wrong
        self.tickets: dict[UUID, Known] = {}
        self.accounts: dict[UUID, KnownAccount] = {}
        self.checkpoint: dict[str, Any] = {}
        """What the last PRUNED event signed off."""

    def enter(self, event: Event, message: Message | None, mail: str | None) -> None:
        """Takes in the next event, as it is stored, with its message and the digest of its mail."""
        where = f"event {event.position} ({event.kind})"
        if message is not None and message.ticket_id != event.ticket_id:
            self._wrong(f"{where} and its message {message.id} are of different tickets")
        if event.salt is None:
            if event.reason is not None or mail or (message is not None and (message.text or message.html)):
                self._wrong(f"{where} is erased, and something is left of it, its message or its mail")
        elif event.hashed(message, mail) != bytes(event.content_hash):
            self._wrong(
                f"{where} does not hold what was written then" + (", or its message or mail" if event.entered else "")
            )
        if event.account_id is not None:
            self._account(event, event.account_id, where)
            return
        if event.ticket_id is None:
            self.checkpoint = event.told or {}
            return
        known = self.tickets.get(event.ticket_id)
        fresh = event.position > self._pruned
        if known is None:
            if fresh and event.kind is not EventKind.CREATED:
                self._wrong(f"{where} is the first of ticket {event.ticket_id}")
            known = self.tickets[event.ticket_id] = Known(event.user_id, None, None)
        elif fresh and event.revision != (known.revision or 0) + (not event.note):
            self._wrong(f"{where} leaps from revision {known.revision} to {event.revision} of ticket {event.ticket_id}")
        self._follow(event, known, where, fresh=fresh)

    def _account(self, event: Event, id: UUID, where: str) -> None:
        told, before = event.told or {}, self.accounts.get(id)
        if before is None and event.position > self._pruned and event.kind is not EventKind.ACCOUNT_CREATED:
            self._wrong(f"{where} is the first of account {id}")
        erased = before.erased if before else None
        if event.salt is None:
            erased = (erased or set()) | {digest(event.personal)}
        elif event.kind is EventKind.ACCOUNT_ERASED:
            if (erased or set()) - {digest((event.personal or {}) | {"address": None})}:
                self._wrong(f"{where} did not leave what stands in the events before it")
            erased = None
        self.accounts[id] = KnownAccount({name: told.get(name) for name in ACCOUNT}, erased)

    def _follow(self, event: Event, known: Known, where: str, *, fresh: bool) -> None:
        told = event.told
        if told is None:
            if event.content_revision != known.content_revision:
                self._wrong(f"{where} refers to content that is not there")
        else:
            if fresh and told["version"] != known.version + ("version" in event.changed):
                self._wrong(f"{where} counts to version {told['version']} after {known.version}")
            known.version, known.content = told["version"], digest(told)
            self._decide(event, told, known)
        self._sign_off(event, known, where)
        known.user_id, known.revision = event.user_id, event.revision
        known.content_revision = event.content_revision
        known.lock = (event.lock_holder, event.lock_expires_at_ms)
        known.messages += event.message_id is not None

    def _sign_off(self, event: Event, known: Known, where: str) -> None:
        """What lacks its salt was erased: an ERASED must follow whose own personal part is all that was left."""
        if event.salt is None:
            known.erased = (known.erased or set()) | {digest(event.user_id)}
            known.erased |= {digest(event.personal)} if event.content else set()
        elif event.kind is EventKind.ERASED:
            if (known.erased or set()) - {digest(event.user_id), digest(event.personal)}:
                self._wrong(f"{where} did not leave what stands in the events before it")
            known.erased = None

    def _decide(self, event: Event, told: dict[str, Any], known: Known) -> None:
        if event.kind in DECIDING and told["status"] in DECIDED:
            extra = digest(told["extra"])
            by, at_ms, reason = told["decided_by"], told["decided_at_ms"], told["reason"]
            decided = Decided(event.position, event.user_id, told["status"], by, at_ms, reason, extra)
            known.decisions.append(decided)
        elif event.kind is EventKind.REOPENED and known.decisions and known.decisions[-1].withdrawn_at_ms is None:
            known.decisions[-1].withdrawn_at_ms = event.at_ms
        elif event.kind is EventKind.ERASED:
            for decided in known.decisions:
                decided.user_id, decided.reason, decided.extra = event.user_id, None, digest({})


def digest(value: object) -> bytes:
    """JSON in sixteen bytes, the same in whatever order its keys are."""
    return hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
