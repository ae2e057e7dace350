"""Everything that Guichet expects to go wrong.

GuichetError
├── Refusal                   the verb was understood and refused: data in the API, nothing was written
│   ├── NotFound              not there, or not for this viewer
│   ├── InvalidInput          what was to be written is out of bounds; names the field
│   ├── TicketLocked          somebody else holds the lease
│   ├── LockLost              the fencing token given is not the current one
│   ├── VersionConflict       the ticket changed since the caller read it
│   ├── InvalidTransition     the life of a ticket does not go there
│   ├── IdempotencyConflict   the key was used for something else
│   ├── Unseen                written without having seen what came in between
│   └── SignInRefused         the name, the password, the link or the token is wrong, used or over
└── Fault                     the request cannot be served: an error with a code
    ├── Unauthenticated   ├── Forbidden       ├── BadUserInput   ├── Missing
    ├── Resync            ├── LimitExceeded   ├── RateLimited
    └── Unavailable
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from models.event import Event
    from models.ticket import Status, Ticket


class GuichetError(Exception):
    """Base of all expected errors; `message` is written for the person who reads it."""

    message: str = "Something was refused."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)


class Refusal(GuichetError):
    """A verb said no. Nothing was written."""


class NotFound(Refusal):
    message = "There is no such ticket."


class InvalidInput(Refusal):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TicketLocked(Refusal):
    def __init__(self, holder: str, expires_at_ms: int) -> None:
        super().__init__("Somebody else is editing this ticket.")
        self.holder = holder
        self.expires_at_ms = expires_at_ms


class LockLost(Refusal):
    message = "This lock token is not the current one: the lock was released, expired or taken since."


class VersionConflict(Refusal):
    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"The ticket changed meanwhile: it is now at version {ticket.version}.")
        self.ticket = ticket


class InvalidTransition(Refusal):
    def __init__(self, from_: Status, to: Status) -> None:
        super().__init__(f"A ticket that is {from_} cannot become {to}.")
        self.from_ = from_
        self.to = to


class IdempotencyConflict(Refusal):
    message = "This idempotency key was already used for another request."


class Unseen(Refusal):
    def __init__(self, events: list[Event]) -> None:
        super().__init__("Somebody else wrote meanwhile: read it first.")
        self.events = events


class SignInRefused(Refusal):
    pass


class Fault(GuichetError):
    """The request cannot be served; `code` and `details` become the error's extensions."""

    code: ClassVar[str]

    def __init__(self, message: str | None = None, **details: str | int) -> None:
        super().__init__(message)
        self.details = details


class Unauthenticated(Fault):
    code = "UNAUTHENTICATED"
    message = "Sign in first: send a valid token."


class Forbidden(Fault):
    code = "FORBIDDEN"
    message = "Your role may not do this."


class BadUserInput(Fault):
    code = "BAD_USER_INPUT"


class Missing(Fault):
    """A subscription to what is not there, or not for this viewer."""

    code = "NOT_FOUND"
    message = "There is nothing here to follow."


class Resync(Fault):
    code = "RESYNC"
    message = "This cursor does not belong to the journal as it is now: read the snapshot again."


class LimitExceeded(Fault):
    code = "LIMIT_EXCEEDED"


class RateLimited(Fault):
    """Too often; `retryAfter` in the details says in how many seconds to come again."""

    code = "RATE_LIMITED"


class Unavailable(Fault):
    code = "UNAVAILABLE"
    message = "The database does not answer right now. Try again, a mutation under the same idempotencyKey."
