"""Texts of the house that somebody begins with."""

from __future__ import annotations

from models.template import ReasonTemplate
from resolvers.context import Context
from resolvers.policies import allow


def reasons(context: Context) -> list[ReasonTemplate]:
    """Reasons to reject with; the desk was started with them."""
    allow(context.viewer, "reject")
    context.sources.saw()
    return list(context.door.reasons)
