"""The GraphQL contract: names, nullability, descriptions, limits."""

from __future__ import annotations

import copy
from typing import Any, Final

import strawberry
from graphql import GraphQLDefaultInput, GraphQLError, GraphQLInputObjectType
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from resolvers.viewer import Viewer
from schema.errors import coded, flat
from schema.limits import Held, Limits
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

QUERY_OR_MUTATION: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})


class Contract(strawberry.Schema):
    """Strawberry's schema with limits and coded errors, and without its own error log, which would hold what people
    wrote."""

    limits = Limits()

    def within(self, limits: Limits) -> Contract:
        """The same schema, held to the limits of one desk."""
        held = copy.copy(self)
        held.limits = limits
        return held

    def told(self, errors: list[GraphQLError], viewer: Viewer | None, *, executed: bool) -> list[GraphQLError]:
        """The errors as this viewer is told them."""
        known = coded(errors, executed=executed)
        return known if self.limits.explains(viewer) else flat(known)

    async def execute(self, *args: Any, **named: Any) -> ExecutionResult:
        """Executes a query or mutation; subscriptions are the fan-out's."""
        allowed = named.get("allowed_operation_types") or QUERY_OR_MUTATION
        named["allowed_operation_types"] = QUERY_OR_MUTATION.intersection(allowed)
        result = await super().execute(*args, **named)
        if result.errors:
            viewer = named["context_value"].viewer_or_none
            result.errors = self.told(result.errors, viewer, executed=not isinstance(result, PreExecutionError))
        return result

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        pass


schema = Contract(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[Held],
)


# graphql-core writes no object as a scalar's internal default: introspection would fail on `extra: JSON! = {}`.
_create = schema._schema.type_map["CreateTicketInput"]
assert isinstance(_create, GraphQLInputObjectType)
_create.fields["extra"].default = GraphQLDefaultInput({})


def sdl() -> str:
    """The schema as it is printed into schema/schema.graphql."""
    return schema.as_str() + "\n"
