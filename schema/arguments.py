"""Arguments that several operations take, each described once."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import ID

Id = Annotated[ID, strawberry.argument(description="The ticket's UUID.")]
LockToken = Annotated[
    str | None,
    strawberry.argument(description="Of the lock held; if given, it must be the current one, else LockLost."),
]
Reason = Annotated[str | None, strawberry.argument(description="Why, at most 2,000 characters.")]
Lease = Annotated[int | None, strawberry.argument(description="Seconds from now, 1 to 3,600; else BAD_USER_INPUT.")]
Force = Annotated[bool | None, strawberry.argument(description="Admins only, with a reason.")]


def lease(seconds: int | None) -> int:
    """The seconds of a lease; null is the default."""
    return 60 if seconds is None else seconds
