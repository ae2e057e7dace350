"""Who asks."""

from __future__ import annotations

import strawberry
from strawberry import ID

from models.account import Account
from resolvers import viewer as rows
from schema.types.enums import Role


@strawberry.type(description="The caller of this request.")
class Viewer:
    name: str = strawberry.field(description="Unique name of the account.")
    role: Role = strawberry.field(description="What the caller may see and do: the account's role, or its token's.")
    user_id: ID | None = strawberry.field(description="A customer's own id in the callers' numbering; null for others.")

    @strawberry.field(description="Whether the account can sign in by name and password.")
    async def has_password(viewer: strawberry.Parent[rows.Viewer]) -> bool:
        return await Account.exists(id=viewer.account_id, password__isnull=False)
