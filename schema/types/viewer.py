"""Who asks."""

from __future__ import annotations

import strawberry
from strawberry import ID

from schema.types.enums import Role


@strawberry.type(description="The caller of this request.")
class Viewer:
    name: str = strawberry.field(description="Unique name of the account.")
    role: Role = strawberry.field(description="What the account may see and do.")
    user_id: ID | None = strawberry.field(description="A customer's own id in the callers' numbering; null for others.")
