"""Who can be given a ticket."""

from __future__ import annotations

from typing import cast

from models.account import STAFF, Account
from resolvers.context import Context
from resolvers.policies import allow


async def names(context: Context) -> list[str]:
    """The active agents and admins, by name."""
    allow(context.viewer, "update")
    context.sources.saw_all()
    return await active()


async def active() -> list[str]:
    """The same for whoever may know already."""
    found = Account.filter(active=True, role__in=STAFF).values_list("name", flat=True)
    return sorted(cast("list[str]", await found))  # each database has an order of its own
