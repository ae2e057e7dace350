"""Expected refusals as members of a mutation's union: one type per refusal, turned around in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import strawberry
from strawberry.extensions import FieldExtension

from models import errors
from models import event as event_rows
from models import ticket as ticket_rows
from schema.scalars import DateTime
from schema.types.enums import Status
from schema.types.event import TicketEvent
from schema.types.message import Message
from schema.types.ticket import Lock, Ticket
from schema.words import Info


@strawberry.interface(description="Why something was refused. Nothing was written.")
class Problem:
    message: str = strawberry.field(description="For the person who asked, in English.")


@strawberry.type(description="There is no such thing, or not for this viewer.")
class NotFound(Problem):
    pass


@strawberry.type(description="What was to be written is out of bounds.")
class InvalidInput(Problem):
    field: str = strawberry.field(description="Name of the input field or argument.")


@strawberry.type(description="Somebody else holds the lock.")
class TicketLocked(Problem):
    lock: Lock = strawberry.field(description="Who, and until when.")


@strawberry.type(description="The lock token given is not, or no longer, the current one.")
class LockLost(Problem):
    pass


@strawberry.type(description="The ticket is not at the expected version.")
class VersionConflict(Problem):
    ticket: ticket_rows.Ticket = strawberry.field(graphql_type=Ticket, description="The ticket as it is now.")


@strawberry.type(description="A ticket in this status cannot become that.")
class InvalidTransition(Problem):
    from_: Status = strawberry.field(name="from", description="The status now.")
    to: Status = strawberry.field(description="The status asked for; of a reopening OPEN.")


@strawberry.type(description="This key was used with other input, or for another mutation.")
class IdempotencyConflict(Problem):
    pass


@strawberry.type(description="It was written without having seen these.")
class Unseen(Problem):
    events: list[event_rows.Event] = strawberry.field(
        graphql_type=list[TicketEvent], description="What somebody else did since, oldest first, at most 50."
    )


@strawberry.type(description="The name or the password is wrong, or the secret is wrong, used or over.")
class SignInRefused(Problem):
    pass


@strawberry.type(description="A lock was granted or renewed.")
class LockGrant:
    ticket: ticket_rows.Ticket = strawberry.field(graphql_type=Ticket, description="The ticket, locked.")
    token: str = strawberry.field(description="Decimal digits, larger with each grant of this ticket.")
    expires_at: DateTime = strawberry.field(description="When the lease ends, unless it is renewed.")

    @classmethod
    def of(cls, ticket: ticket_rows.Ticket) -> LockGrant:
        return cls(ticket=ticket, token=str(ticket.lock_token), expires_at=DateTime(ticket.lock_expires_at_ms or 0))


TicketResult = Annotated[
    Ticket
    | NotFound
    | InvalidInput
    | TicketLocked
    | LockLost
    | VersionConflict
    | InvalidTransition
    | IdempotencyConflict,
    strawberry.union("TicketResult", description="The ticket after the change, or why it was refused."),
]
LockResult = Annotated[
    LockGrant | NotFound | InvalidInput | TicketLocked | LockLost,
    strawberry.union("LockResult", description="The grant, or why it was refused."),
]
MessageResult = Annotated[
    Message | NotFound | InvalidInput | TicketLocked | LockLost | Unseen | IdempotencyConflict,
    strawberry.union("MessageResult", description="The message, or why it was refused."),
]

_TOLD: Final[dict[type[errors.Refusal], Callable[[Any, Info], Problem]]] = {
    errors.NotFound: lambda refusal, info: NotFound(message=refusal.message),
    errors.SignInRefused: lambda refusal, info: SignInRefused(message=refusal.message),
    errors.InvalidInput: lambda refusal, info: InvalidInput(message=refusal.message, field=refusal.field),
    errors.TicketLocked: lambda refusal, info: TicketLocked(
        message=refusal.message,
        lock=Lock(holder=info.context.viewer.reads(refusal.holder), expires_at=DateTime(refusal.expires_at_ms)),
    ),
    errors.LockLost: lambda refusal, info: LockLost(message=refusal.message),
    errors.VersionConflict: lambda refusal, info: VersionConflict(message=refusal.message, ticket=refusal.ticket),
    errors.InvalidTransition: lambda refusal, info: InvalidTransition(
        message=refusal.message, from_=refusal.from_, to=refusal.to
    ),
    errors.IdempotencyConflict: lambda refusal, info: IdempotencyConflict(message=refusal.message),
    errors.Unseen: lambda refusal, info: Unseen(message=refusal.message, events=refusal.events),
}


class RefusalsAsData(FieldExtension):
    """Turns a refusal that a resolver raises into the member of the union that tells it."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[object]], source: object, info: Info, **arguments: Any
    ) -> object:
        try:
            return await next_(source, info, **arguments)
        except errors.Refusal as refusal:
            return _TOLD[type(refusal)](refusal, info)
