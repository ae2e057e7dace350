"""Who is at a ticket right now."""

from __future__ import annotations

import strawberry

from resolvers import presence
from resolvers import register as rows
from schema.words import Info


@strawberry.type(description="Somebody who has a ticket open, or who asks for its lock.")
class Present:
    name: str = strawberry.field(description='Name of the account. A customer reads "an agent", once for all of them.')
    typing: bool = strawberry.field(description="Whether they write at this moment.")
    asks_to_release: bool = strawberry.field(
        description="Whether they ask the holder of the lock to release it; for agents and admins only."
    )


@strawberry.type(description="Who is at a ticket right now. It is said by their pages, and written down nowhere.")
class Presence:
    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        return isinstance(value, rows.Presence)

    @strawberry.field(
        graphql_type=list[Present], description="By name, the viewer's own included where they said so; at most 50."
    )
    def here(who: strawberry.Parent[rows.Presence], info: Info) -> list[rows.Present]:
        return presence.as_read(who, info.context.viewer)
