"""Numbers of the whole desk, and who there is to work on it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from resolvers import assignees, lists
from resolvers import figures as numbers
from schema.cost import Cost
from schema.inputs import TicketFilterInput
from schema.scalars import Cursor, DateTime
from schema.words import Info

KEPT = Cost(weight=100)
"""What is told out of memory, as a rule."""


@strawberry.type(description="An undecided ticket that waits.")
class Waiting:
    number: int = strawberry.field(description="Its number.")
    since: DateTime = strawberry.field(description="When it was made.")


@strawberry.type(description="How many undecided tickets wait for some time.")
class Waited:
    seconds: int = strawberry.field(description="For so many seconds at least, and not yet for those of the next one.")
    tickets: int = strawberry.field(description="How many.")


@strawberry.type(description="One hour of the desk.")
class Hour:
    begins: DateTime = strawberry.field(description="When it began.")
    came_in: int = strawberry.field(description="Tickets that were made in it.")
    decided: int = strawberry.field(description="Tickets that were approved or rejected in it, and not reopened.")


@strawberry.type(description="What one agent or admin does.")
class AgentFigures:
    name: str = strawberry.field(description="Name of the account.")
    in_hand: int = strawberry.field(description="Undecided tickets assigned to it.")
    approved: int = strawberry.field(description="Tickets that it approved since then, and that were not reopened.")
    rejected: int = strawberry.field(description="Tickets that it rejected since then, and that were not reopened.")
    editing: list[int] = strawberry.field(description="Numbers of the tickets that it holds the lock of now.")


@strawberry.type(description="How the desk is doing, in numbers.")
class Figures:
    as_of: Cursor = strawberry.field(description="Journal position of these numbers.")
    open: int = strawberry.field(description="Tickets that nobody works on yet.")
    processing: int = strawberry.field(description="Tickets that an agent works on.")
    urgent: int = strawberry.field(description="Of these two, the urgent ones.")
    unassigned: int = strawberry.field(description="Of these two, nobody's.")
    urgent_unassigned: int = strawberry.field(description="Nobody's that are urgent.")
    longest: Waiting | None = strawberry.field(description="The oldest undecided ticket.")
    longest_unassigned: Waiting | None = strawberry.field(description="The oldest of nobody's.")
    waited: list[Waited] = strawberry.field(description="Undecided tickets by their age, the youngest first.")
    approved: int = strawberry.field(description="Tickets approved since then, and not reopened.")
    rejected: int = strawberry.field(description="Tickets rejected since then, and not reopened.")
    hours: list[Hour] = strawberry.field(description="Every hour since then, the first first.")
    agents: list[AgentFigures] = strawberry.field(
        description="The active agents and admins, and whoever else has, decided or edits something, by name."
    )


@strawberry.type
class FiguresQuery:
    @strawberry.field(
        description="Whom a ticket can be assigned to: the active agents and admins, by name. For agents and admins."
    )
    async def assignees(self, info: Info) -> list[str]:
        return await assignees.names(info.context)

    @strawberry.field(
        directives=[KEPT],
        description="How many tickets each filter lets through, in the order given. For agents and admins those by"
        " status, priority, assignee, decision and days cost next to nothing: their lists are kept. A partner gives"
        " userId in each.",
    )
    async def counts(
        self,
        info: Info,
        filters: Annotated[list[TicketFilterInput], strawberry.argument(description="At most 10.")],
    ) -> list[int]:
        return await lists.counts(info.context, [each.as_filter() for each in filters])

    @strawberry.field(
        graphql_type=Figures,
        directives=[KEPT],
        description="How the desk is doing: kept in memory, and exact at its position. For agents and admins.",
    )
    async def figures(
        self,
        info: Info,
        since: Annotated[
            DateTime,
            strawberry.argument(
                description="From when on decisions, and what came in, are counted: the reader's midnight, or another"
                " full quarter of an hour within the last 8 days."
            ),
        ],
    ) -> numbers.Figures:
        return await numbers.figures(info.context, since)
