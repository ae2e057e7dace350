"""Writing. A mutation names, converts and calls; refusals become data in one place."""

from __future__ import annotations

import functools
from typing import Annotated

import strawberry
from strawberry import ID

from models.idempotency import Once
from models.message import Message
from models.ticket import Ticket
from resolvers import decisions, locks, messages, tickets
from resolvers.guard import Guard
from schema.access import AccessMutation
from schema.arguments import Force, Id, Lease, LockToken, Reason, lease
from schema.inputs import CreateTicketInput, UpdateTicketInput
from schema.live import LiveMutation
from schema.mail import MailMutation
from schema.problems import LockGrant, LockResult, MessageResult, TicketResult, writes
from schema.scalars import Cursor
from schema.words import UNSET, Info, given

changes_ticket = functools.partial(writes, graphql_type=TicketResult)
changes_lock = functools.partial(writes, graphql_type=LockResult)
adds_message = functools.partial(writes, graphql_type=MessageResult)

New = Annotated[CreateTicketInput, strawberry.argument(description="The ticket as it comes in.")]
Changes = Annotated[UpdateTicketInput, strawberry.argument(description="What is to be another than it is.")]
Key = Annotated[
    str | None,
    strawberry.argument(
        description="1 to 200 characters. The same key with the same input gives the first outcome again,"
        " for at least 24 hours; a refusal uses up no key."
    ),
]
ExpectedVersion = Annotated[
    int | None, strawberry.argument(description="The version that was read; another one now is VersionConflict.")
]
Text = Annotated[str, strawberry.argument(description="At most 100,000 bytes of UTF-8, not blank.")]


@strawberry.type(description="Writing. An answer is given when the change is durable and journaled.")
class Mutation(AccessMutation, LiveMutation, MailMutation):
    @changes_ticket(description="Make a ticket.")
    async def create_ticket(self, info: Info, input: New, idempotency_key: Key = UNSET) -> Ticket:
        new = input.as_new()
        once = Once.of(given(idempotency_key), "createTicket", vars(new))
        return await tickets.create(info.context.viewer, new, once)

    @changes_ticket(
        description="Edit a ticket, in every status. What is the same already makes no event and no new version."
    )
    async def update_ticket(
        self,
        info: Info,
        id: Id,
        input: Changes,
        expected_version: ExpectedVersion = UNSET,
        lock_token: LockToken = UNSET,
        idempotency_key: Key = UNSET,
    ) -> Ticket:
        guard = _guard("updateTicket", idempotency_key, lock_token, expected_version, id, input.as_changes())
        return await tickets.update(info.context.viewer, id, input.as_changes(), guard)

    @changes_lock(
        description="Take the lock, in every status. The holder locking again gets a new grant; the old token is lost."
    )
    async def lock_ticket(self, info: Info, id: Id, lease_seconds: Lease = 60) -> LockGrant:
        return LockGrant.of(await locks.lock(info.context.viewer, id, lease(lease_seconds)))

    @changes_lock(description="Keep the lock: the same token, ending leaseSeconds from now.")
    async def renew_lock(
        self,
        info: Info,
        id: Id,
        token: Annotated[str, strawberry.argument(description="Of the grant; not the current one is LockLost.")],
        lease_seconds: Lease = 60,
    ) -> LockGrant:
        return LockGrant.of(await locks.renew(info.context.viewer, id, token, lease(lease_seconds)))

    @changes_ticket(
        description="Free the lock. A free ticket is answered as it is; another's is TicketLocked, unless an admin"
        " says force, with a reason for the history."
    )
    async def unlock_ticket(
        self,
        info: Info,
        id: Id,
        token: LockToken = UNSET,
        force: Force = False,
        reason: Reason = UNSET,
    ) -> Ticket:
        return await locks.unlock(info.context.viewer, id, given(token), force=bool(force), reason=given(reason))

    @changes_ticket(description="Begin to work on an open ticket; one of nobody becomes the viewer's.")
    async def start_processing(
        self, info: Info, id: Id, lock_token: LockToken = UNSET, idempotency_key: Key = UNSET
    ) -> Ticket:
        guard = _guard("startProcessing", idempotency_key, lock_token, None, id)
        return await decisions.start(info.context.viewer, id, guard)

    @changes_ticket(description="Approve a ticket that is open or being processed; frees its lock.")
    async def approve_ticket(
        self,
        info: Info,
        id: Id,
        reason: Reason = UNSET,
        expected_version: ExpectedVersion = UNSET,
        lock_token: LockToken = UNSET,
        idempotency_key: Key = UNSET,
    ) -> Ticket:
        why = given(reason)
        guard = _guard("approveTicket", idempotency_key, lock_token, expected_version, id, why)
        return await decisions.approve(info.context.viewer, id, why, guard)

    @changes_ticket(description="Reject a ticket that is open or being processed, and say why; frees its lock.")
    async def reject_ticket(
        self,
        info: Info,
        id: Id,
        reason: Annotated[str, strawberry.argument(description="Why, 1 to 2,000 characters, not blank.")],
        expected_version: ExpectedVersion = UNSET,
        lock_token: LockToken = UNSET,
        idempotency_key: Key = UNSET,
    ) -> Ticket:
        guard = _guard("rejectTicket", idempotency_key, lock_token, expected_version, id, reason)
        return await decisions.reject(info.context.viewer, id, reason, guard)

    @changes_ticket(description="Close a ticket that is open or being processed, without a decision; frees its lock.")
    async def close_ticket(
        self, info: Info, id: Id, lock_token: LockToken = UNSET, idempotency_key: Key = UNSET
    ) -> Ticket:
        guard = _guard("closeTicket", idempotency_key, lock_token, None, id)
        return await decisions.close(info.context.viewer, id, guard)

    @changes_ticket(description="Return a ticket to the status that it had before it was closed or decided.")
    async def reopen_ticket(
        self,
        info: Info,
        id: Id,
        expected_version: ExpectedVersion = UNSET,
        lock_token: LockToken = UNSET,
        idempotency_key: Key = UNSET,
    ) -> Ticket:
        guard = _guard("reopenTicket", idempotency_key, lock_token, expected_version, id)
        return await decisions.reopen(info.context.viewer, id, guard)

    @adds_message(
        description="Write to the thread. By a customer: INCOMING, never refused by a lock, and a closed ticket opens"
        " again. By an agent: REPLY."
    )
    async def reply(
        self,
        info: Info,
        ticket_id: Id,
        text: Text,
        based_on: Annotated[
            Cursor | None,
            strawberry.argument(
                description="Journal cursor of the last event that the writer saw; a message or change"
                " by somebody else after it is Unseen."
            ),
        ] = UNSET,
        lock_token: LockToken = UNSET,
        idempotency_key: Key = UNSET,
        recipients: Annotated[
            list[str] | None,
            strawberry.argument(
                description="Addresses of confirmed participants whom an agent's reply goes to by mail; left out, all"
                " of them; empty, nobody."
            ),
        ] = UNSET,
        attachments: Annotated[
            list[ID] | None,
            strawberry.argument(
                description="Files that go along with an agent's reply, as POST /attachments?name=… answered; at most"
                " 20, of 15 MB together."
            ),
        ] = UNSET,
    ) -> Message:
        to, files = given(recipients), given(attachments)
        told = [to, files] if files else [to] if to is not None else []
        guard = _guard("reply", idempotency_key, lock_token, None, ticket_id, text, given(based_on), *told)
        return await messages.reply(info.context.viewer, ticket_id, text, given(based_on), guard, to, files or [])

    @adds_message(description="Write a note among agents; no lock is in its way.")
    async def add_note(self, info: Info, ticket_id: Id, text: Text, idempotency_key: Key = UNSET) -> Message:
        once = Once.of(given(idempotency_key), "addNote", ticket_id, text)
        return await messages.add_note(info.context.viewer, ticket_id, text, once)


def _guard(operation: str, key: str | None, lock_token: str | None, version: int | None, *arguments: object) -> Guard:
    """The guard of a mutation; every argument but the key is part of what makes two requests the same."""
    token, expected = given(lock_token), given(version)
    return Guard(token, expected, Once.of(given(key), operation, token, expected, *arguments))
