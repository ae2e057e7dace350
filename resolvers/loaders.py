"""What many tickets of one answer need, read once for all of them: no query per row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Coroutine, Hashable, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar, cast
from uuid import UUID

from aiodataloader import DataLoader
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import statements
from models.attachment import Attachment
from models.bounds import Bounds
from models.errors import LimitExceeded, Resync
from models.event import Event, fill
from models.mail import Participant, ReceivedMail
from models.message import Message
from models.outgoing import OutgoingMail
from models.statements import HeadRead
from resolvers.cursors import JournalCursor, ListCursor, list_id
from resolvers.pages import Page
from resolvers.policies import visible_events, visible_messages
from resolvers.viewer import Viewer

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
M = TypeVar("M", bound=Model)
ThreadKey = tuple[UUID, int, int]
"""A ticket, the size of the page, and the position or ordinal after which it begins."""


class Loaders:
    """The loaders of one operation. They batch and do not remember: a later field of the operation reads anew."""

    def __init__(self, viewer: Viewer | None, head: HeadRead, bounds: Bounds) -> None:
        self._viewer, self._head, self._bounds = viewer, head, bounds
        self._bytes = 0

    @cached_property
    def _events(self) -> DataLoader[ThreadKey, list[Event]]:
        return _batching(self._read_events)

    @cached_property
    def _messages(self) -> DataLoader[ThreadKey, list[Message]]:
        return _batching(self._read_messages)

    @cached_property
    def _message(self) -> DataLoader[UUID, Message]:
        return _batching(self._read_message)

    @cached_property
    def _mail_of_ticket(self) -> DataLoader[UUID, list[ReceivedMail]]:
        return _batching(partial(_of, ReceivedMail.filter(message_id=None), "ticket_id"))

    @cached_property
    def _mail_of_message(self) -> DataLoader[UUID, list[ReceivedMail]]:
        return _batching(partial(_of, ReceivedMail.all(), "message_id"))

    @cached_property
    def _attachments(self) -> DataLoader[UUID, list[Attachment]]:
        return _batching(partial(_of, Attachment.all().order_by("ordinal"), "mail_id"))

    @cached_property
    def _participants(self) -> DataLoader[UUID, list[Participant]]:
        people = Participant.all().order_by("-requester", "added_at_ms", "id")
        return _batching(partial(_of, people, "ticket_id"))

    @cached_property
    def _acknowledgements(self) -> DataLoader[UUID, list[OutgoingMail]]:
        return _batching(partial(_of, OutgoingMail.filter(message_id=None).order_by("id"), "ticket_id"))

    @cached_property
    def _deliveries(self) -> DataLoader[UUID, list[OutgoingMail]]:
        return _batching(partial(_of, OutgoingMail.all().order_by("id"), "message_id"))

    async def events(self, ticket_id: UUID, first: int, after: str | None) -> Page[Event]:
        """A page of a ticket's history, oldest first, without what the viewer may not see."""
        start = await self._position(after) if after is not None else 0
        size = self._bounds.page(first)
        rows = await self._events.load((ticket_id, size, start))
        self.hand_out(sum(len(row.content or "") for row in rows))
        return Page.of(rows, size, lambda row: JournalCursor.of(row, self._head.journal_id), after)

    async def _position(self, after: str) -> int:
        cursor = JournalCursor.parse(after)
        if cursor.journal_id != self._head.journal_id or cursor.position > self._head.position:
            raise Resync
        is_old = cursor.position <= self._head.pruned > 0
        return await cursor.position_in(self._head) if is_old else cursor.position

    async def messages(self, ticket_id: UUID, first: int, after: str | None) -> Page[Message]:
        """A page of a ticket's thread, oldest first, without what the viewer may not see."""
        thread = list_id("messages", ticket_id)
        start = ListCursor.parse(after, thread).minor if after is not None else 0
        size = self._bounds.page(first)
        rows = await self._messages.load((ticket_id, size, start))
        self.hand_out(sum(len(row.text) for row in rows))
        return Page.of(rows, size, lambda row: ListCursor(thread, 0, row.ordinal), after)

    async def mail_of_ticket(self, id: UUID) -> ReceivedMail | None:
        """The mail that a ticket began as."""
        return self._hand_out_mail(await self._mail_of_ticket.load(id))

    async def mail_of_message(self, id: UUID) -> ReceivedMail | None:
        """The mail that a message is."""
        return self._hand_out_mail(await self._mail_of_message.load(id))

    async def attachments(self, mail_id: UUID) -> list[Attachment]:
        """The files of a mail, in its order."""
        return await self._attachments.load(mail_id)

    async def participants(self, ticket_id: UUID) -> list[Participant]:
        """Who takes part in a ticket by mail, the requester first."""
        return await self._participants.load(ticket_id)

    async def acknowledgement(self, ticket_id: UUID) -> OutgoingMail | None:
        """The mail that told a requester of their new ticket."""
        return next(iter(await self._acknowledgements.load(ticket_id)), None)

    async def deliveries(self, message_id: UUID) -> list[OutgoingMail]:
        """The mails that a message went out as, one for each recipient."""
        return await self._deliveries.load(message_id)

    def _hand_out_mail(self, mails: list[ReceivedMail]) -> ReceivedMail | None:
        for mail in mails:
            self.hand_out(len(mail.text) + len(mail.html or ""))
        return next(iter(mails), None)

    def begin_answer(self) -> None:
        """Another answer begins: a subscription has one for each event."""
        self._bytes = 0

    def hand_out(self, size: int) -> None:
        """Counts what goes into the answer, bytes. Raises LimitExceeded where that is too much for one."""
        self._bytes += size
        if self._bytes > (bound := self._bounds.answer_bytes):
            raise LimitExceeded("This answer is too large.", limit="answerBytes", value=self._bytes, bound=bound)

    async def message(self, id: UUID) -> Message:
        return await self._message.load(id)

    async def _read_events(self, keys: Sequence[ThreadKey]) -> list[list[Event]]:
        async def read(ids: list[UUID], size: int, after: int) -> list[Event]:
            found = Event.filter(ticket_id__in=ids, position__gt=after)
            rows = visible_events(self._viewer, found)
            events = await statements.first_of_each(rows, "ticket_id", "position", size + 1)
            await fill(events)
            return sorted(events, key=lambda event: event.position)

        return await _threads(keys, read, lambda event: event.ticket_id)

    async def _read_messages(self, keys: Sequence[ThreadKey]) -> list[list[Message]]:
        async def read(ids: list[UUID], size: int, after: int) -> list[Message]:
            found = Message.filter(ticket_id__in=ids, ordinal__gt=after)
            rows = visible_messages(self._viewer, found)
            messages = await statements.first_of_each(rows, "ticket_id", "ordinal", size + 1)
            return sorted(messages, key=lambda message: message.ordinal)

        return await _threads(keys, read, lambda message: message.ticket_id)

    async def _read_message(self, ids: Sequence[UUID]) -> list[Message]:
        found = await Message.filter(id__in=set(ids)).in_bulk(ids, "id")
        return [found[id] for id in ids]


def _batching(read: Callable[[Any], Coroutine[Any, Any, list[T]]]) -> DataLoader[Any, T]:
    return DataLoader(read, cache=False)


async def _of(rows: QuerySet[M], column: str, ids: Sequence[UUID]) -> list[list[M]]:
    """The rows that have each of these ids in a column."""
    found: dict[UUID, list[M]] = defaultdict(list)
    for row in await rows.filter(**{f"{column}__in": set(ids)}):
        found[getattr(row, column)].append(row)
    return [found[id] for id in ids]


async def _threads(
    keys: Sequence[ThreadKey],
    read: Callable[[list[UUID], int, int], Coroutine[Any, Any, list[T]]],
    ticket_of: Callable[[T], UUID | None],
) -> list[list[T]]:
    """Reads the pages of many tickets: one query for all that ask for the same page size and start."""
    alike: dict[tuple[int, int], list[UUID]] = defaultdict(list)
    for ticket_id, size, after in keys:
        alike[size, after].append(ticket_id)
    pages: dict[ThreadKey, list[T]] = defaultdict(list)
    for (size, after), ids in alike.items():
        for row in await read(ids, size, after):
            pages[cast("UUID", ticket_of(row)), size, after].append(row)
    return [pages[key] for key in keys]
