"""The law, checked: the rows are what the journal says, the journal is whole, and its chain is unbroken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast
from uuid import UUID

from tortoise.exceptions import FieldError
from tortoise.functions import Count

from models.account import Account
from models.decision import Decision, UserTicket
from models.event import Event, EventKind
from models.mail import RawMail, ReceivedMail, digests
from models.message import Message
from models.paging import pages
from models.replay import Decided, Known, Replay, digest
from models.seal import START, Chain, Seal
from models.statements import HeadRead
from models.tag import TicketTag
from models.ticket import Ticket

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, FieldError)
"""What reading a row raises that somebody filled with what is no value of its column."""


class Kept(NamedTuple):
    """A hash of the chain that somebody kept elsewhere."""

    position: int
    hash: bytes


@dataclass
class Verdict:
    """What was looked at, how far it is sealed, and everything that does not hold."""

    head: HeadRead
    chain: Chain
    sealed: Chain = field(default_factory=Chain)
    """As far as there are seals, which is what somebody may keep elsewhere."""
    events: int = 0
    tickets: int = 0
    problems: list[str] = field(default_factory=list)


class Audit:
    """One look at everything, inside a snapshot. Holds some hundred bytes of each ticket in memory."""

    def __init__(self, head: HeadRead, kept: Kept | None) -> None:
        self.verdict = Verdict(head, Chain())
        self._kept = kept
        self._replay = Replay(head.pruned, self._wrong)
        self._nonce = b""
        self.position = self.number = 0
        """The last event and ticket that could be read."""
        self._before = hashlib.sha256()

    def _wrong(self, problem: str) -> None:
        self.verdict.problems.append(problem)

    # ---------------------------------------------------------------- the journal

    async def journal(self) -> None:
        """Reads every event: none lacks, each says what it said, and the hashes follow from one another."""
        verdict, pruned = self.verdict, self.verdict.head.pruned
        async for events in pages(Event.all(), "position"):
            ids = [event.message_id for event in events if event.message_id]
            messages = {row.id: row for row in await Message.filter(id__in=ids)}
            created = [event.ticket_id for event in events if event.kind is EventKind.CREATED and event.ticket_id]
            mails = await digests(created, ids)
            ends = (events[0].position, events[-1].position)
            seals = {row.position: bytes(row.hash) for row in await Seal.filter(position__range=ends)}
            for event in events:
                if event.position > pruned > verdict.chain.position:
                    await self._begin_behind(pruned)
                    self.position = pruned
                if event.position > pruned and event.position != self.position + 1:
                    self._wrong(f"events {self.position + 1} to {event.position - 1} are missing")
                self.position = event.position
                verdict.events += 1
                self._nonce = bytes(event.nonce)
                message = messages.get(event.message_id) if event.message_id else None
                self._replay.enter(event, message, mails.get(event.entered) if event.entered else None)
                if event.position <= pruned:
                    self._before.update(event.record)
                    continue
                verdict.chain.add(event)
                if event.position in seals:
                    self._matches(seals[event.position])
                if self._kept and self._kept.position == event.position and self._kept.hash != verdict.chain.hash:
                    self._wrong(f"the hash kept of position {event.position} is not the chain's: history was changed")
        await self._end()

    async def _begin_behind(self, pruned: int) -> None:
        seal = await Seal.get_or_none(position=pruned)
        if seal is None:
            self._wrong(f"there is no seal at {pruned}, up to which events were pruned")
        self.verdict.chain = Chain(pruned, bytes(seal.hash) if seal else b"")
        self.verdict.sealed = replace(self.verdict.chain)

    def _matches(self, sealed: bytes) -> None:
        chain, since = self.verdict.chain, self.verdict.sealed.position
        if sealed != chain.hash:
            self._wrong(
                f"the chain breaks: what was sealed of events {since + 1} to {chain.position} is not what is there"
            )
            chain.hash = sealed  # so that a later break is told as well
        self.verdict.sealed = replace(chain)

    async def _end(self) -> None:
        head, position = self.verdict.head, self.position
        if position != head.position:
            self._wrong(f"the head is at {head.position}, the last event at {position}")
        elif position and self._nonce != head.nonce:
            self._wrong("the head does not belong to the last event")
        if await Seal.filter(position__gt=head.position).exists():
            self._wrong(f"the chain was sealed further than {head.position}, where the journal ends")
        if head.pruned:
            told = self._replay.checkpoint
            if told.get("through") != head.pruned:
                self._wrong(f"events up to {head.pruned} were taken out, and no checkpoint signs that off")
            elif told.get("kept") != self._before.hexdigest():
                self._wrong(f"the events kept from before {head.pruned} are not those that the checkpoint signed off")
            elif (seal := await Seal.get_or_none(position=head.pruned)) and told.get("hash") != bytes(seal.hash).hex():
                self._wrong(f"the seal at {head.pruned} is not the one that the checkpoint signed off")
        if self._kept:
            await self._check_kept(self._kept)

    async def _check_kept(self, kept: Kept) -> None:
        head = self.verdict.head
        if kept.position > head.position:
            self._wrong(f"the journal ends at {head.position}, before the hash kept of position {kept.position}")
        elif kept.position <= head.pruned or kept.position == 0:
            seal = await Seal.get_or_none(position=kept.position)
            if kept.hash != (bytes(seal.hash) if seal else START if kept.position == 0 else b""):
                self._wrong(f"the hash kept of position {kept.position} is none of the seals from before the pruning")

    # ---------------------------------------------------------------- the rows

    async def rows(self) -> None:
        """Compares tickets, tags, messages, decisions and user_tickets with what the events leave."""
        standing: dict[object, tuple[tuple[Any, int], UUID, bytes]] = {}
        for id, known in self._replay.tickets.items():
            for decided in known.decisions:
                if decided.outcome == "APPROVED" and decided.withdrawn_at_ms is None:
                    rank = (decided.at_ms, decided.position)
                    standing[decided.user_id] = max(
                        (rank, id, decided.extra), standing.get(decided.user_id, ((-1, 0), id, b""))
                    )
            if known.erased is not None:
                self._wrong(f"ticket {id} lost content, and no ERASED signs that off")
        async for tickets in pages(Ticket.all(), "number"):
            await self._page([ticket.id for ticket in tickets], tickets)
        for id in self._replay.tickets:
            self._wrong(f"ticket {id} has events and no row")
        async for accounts in pages(Account.all(), "id"):
            for account in accounts:
                self._check_account(account)
        for id in self._replay.accounts:
            self._wrong(f"account {id} has events and no row")
        async for rows in pages(UserTicket.all(), "user_id"):
            for row in rows:
                found = standing.pop(row.user_id, None)
                if found is None or found[1:] != (row.ticket_id, digest(row.extra)):
                    self._wrong(f"user_tickets of {row.user_id!r} is not their latest approved ticket")
        for user_id in standing:
            self._wrong(f"user_tickets lacks {user_id!r}")

    async def mails(self) -> None:
        """Compares mails with the bytes that they were read from."""
        async for mails in pages(ReceivedMail.all(), "id"):
            wanted = {mail.raw_sha256 for mail in mails}
            there = set(cast("list[str]", await RawMail.filter(sha256__in=wanted).values_list("sha256", flat=True)))
            for mail in mails:
                if mail.raw_sha256 not in there:
                    self._wrong(f"mail {mail.id} of ticket {mail.ticket_id} lacks the bytes that it was read from")

    def _check_account(self, account: Account) -> None:
        known = self._replay.accounts.pop(account.id, None)
        content = account.content()
        if known is None:
            self._wrong(f"account {account.name!r} has no event")
        elif differing := [name for name, value in content.items() if known.content[name] != value]:
            self._wrong(f"account {account.name!r} differs from its last event: {', '.join(differing)}")
        elif known.erased is not None:
            self._wrong(f"account {account.name!r} lost content, and no ACCOUNT_ERASED signs that off")

    async def _page(self, ids: list[UUID], tickets: Sequence[Ticket]) -> None:
        tags = _by_ticket(await TicketTag.filter(ticket_id__in=ids))
        decisions = _by_ticket(await Decision.filter(ticket_id__in=ids))
        counted = Message.filter(ticket_id__in=ids).annotate(count=Count("id")).group_by("ticket_id")
        messages = dict(await counted.values_list("ticket_id", "count"))
        for ticket in tickets:
            self.verdict.tickets += 1
            self.number = ticket.number
            where = f"ticket {ticket.number} ({ticket.id})"
            known = self._replay.tickets.pop(ticket.id, None)
            if known is None:
                self._wrong(f"{where} has no event")
                continue
            if differing := await _differing(ticket, known):
                self._wrong(f"{where} differs from its last event: {', '.join(differing)}")
            if sorted(map(_found_by, tags.get(ticket.id, []))) != sorted(map(_found_by, TicketTag.of(ticket))):
                self._wrong(f"{where} is found under other tags than it has, or in another place")
            count = messages.get(ticket.id, 0)
            if count != ticket.message_count or (count != known.messages and not self.verdict.head.pruned):
                self._wrong(f"{where} has {count} messages, and not those that its events tell")
            self._check_decisions(where, known.decisions, decisions.get(ticket.id, []))

    def _check_decisions(self, where: str, told: list[Decided], rows: list[Decision]) -> None:
        """Where events were pruned, a decision that was withdrawn before has none that tells of it."""
        wanted = sorted(map(_of_journal, told))
        found = sorted(map(_of_row, rows))
        if self.verdict.head.pruned:
            found = [row for row in found if row in wanted or row[-1] == "None"]
        if found != wanted:
            self._wrong(f"the decisions on {where} are not those of its events")


async def verify(head: HeadRead, kept: Kept | None = None) -> Verdict:
    """Compares everything with everything, inside a snapshot whose head this is."""
    audit = Audit(head, kept)
    for part in (audit.journal, audit.rows, audit.mails):
        try:
            await part()
        except UNREADABLE as error:
            told = f"at or after event {audit.position} and ticket {audit.number} something cannot be read: {error!r}"
            audit.verdict.problems.append(f"{told}; what comes after it was not looked at")
            break
    return audit.verdict


def _by_ticket(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.ticket_id, []).append(row)
    return found


async def _differing(ticket: Ticket, known: Known) -> list[str]:
    """The columns in which a ticket is not what its last event says."""
    pairs = {
        "revision": (ticket.revision, known.revision),
        "content_revision": (ticket.content_revision, known.content_revision),
        "lock": ((ticket.lock_holder, ticket.lock_expires_at_ms), known.lock),
    }
    differing = [name for name, (row, told) in pairs.items() if row != told]
    content = ticket.content()
    if digest(content) != known.content:
        event = await Event.filter(ticket_id=ticket.id, content__isnull=False).order_by("-position").first()
        told = event.told if event else None
        differing += [
            name for name, value in content.items() if told is None or digest(value) != digest(told.get(name))
        ]
    return differing


def _found_by(row: TicketTag) -> tuple[str, int, int, int]:
    return row.tag, row.created_at_ms, row.updated_at_ms, row.number


def _of_journal(row: Decided) -> tuple[str, ...]:
    told = (row.user_id, row.outcome, row.by, row.at_ms, row.reason, row.extra.hex(), row.withdrawn_at_ms)
    return tuple(map(str, told))


def _of_row(row: Decision) -> tuple[str, ...]:
    extra = digest(row.extra).hex()
    told = (row.user_id, row.outcome, row.decided_by, row.decided_at_ms, row.reason, extra, row.withdrawn_at_ms)
    return tuple(map(str, told))
