"""Texts of the house that the page offers."""

from __future__ import annotations

import strawberry

from models import template as rows
from resolvers import templates
from schema.words import Info


@strawberry.type(description="A reason that agents begin with.")
class ReasonTemplate:
    title: str = strawberry.field(description="What it is chosen by.")
    text: str = strawberry.field(description="The reason as the requester would read it, to be changed before.")


@strawberry.type
class TemplatesQuery:
    @strawberry.field(
        graphql_type=list[ReasonTemplate],
        description="Reasons to reject with, as the desk was set up with them. For agents and admins.",
    )
    def reason_templates(self, info: Info) -> list[rows.ReasonTemplate]:
        return templates.reasons(info.context)
