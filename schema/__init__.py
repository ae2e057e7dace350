"""The GraphQL contract: names, nullability, descriptions, limits."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Final, cast

import strawberry
from graphql import (
    ExecutionResult as Executed,
)
from graphql import (
    GraphQLDefaultInput,
    GraphQLError,
    GraphQLInputObjectType,
)
from strawberry.exceptions import MissingQueryError
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.schema.name_converter import NameConverter
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.str_converters import to_camel_case

from resolvers.context import Context
from resolvers.viewer import Viewer
from schema.errors import coded, flat
from schema.limits import Limits
from schema.mutation import Mutation
from schema.operations import Executing, operation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

QUERY_OR_MUTATION: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})

SUBSCRIPTIONS: Final = frozenset({OperationType.SUBSCRIPTION})


class Names(NameConverter):
    """Strawberry's names, each made once: of an input it makes them with every request."""

    def apply_naming_config(self, name: str) -> str:
        return _camel(name)


_camel = cache(to_camel_case)


class Refused(Exception):
    """An operation that does not come to be executed."""

    def __init__(self, errors: list[GraphQLError], *, executed: bool = False) -> None:
        super().__init__(errors)
        self.errors = errors
        self.executed = executed
        """Whether it was the variables: they are looked at when the operation is executed."""


class Contract(strawberry.Schema):
    """Strawberry's schema with limits and coded errors, and a shorter way to execute than its own: what can be known
    of a document is worked out once, and nothing is logged, since it would hold what people wrote."""

    limits = Limits()
    executor: type[Executing] = Executing

    def within(self, limits: Limits, executor: type[Executing] = Executing) -> Contract:
        """The same schema, held to the limits of one desk and executed by its executor."""
        held = copy.copy(self)
        held.limits, held.executor = limits, executor
        return held

    def told(self, errors: list[GraphQLError], viewer: Viewer | None, *, executed: bool) -> list[GraphQLError]:
        """The errors as this viewer is told them."""
        known = coded(errors, executed=executed)
        return known if self.limits.explains(viewer) else flat(known)

    def begin(
        self,
        query: str | None,
        variables: dict[str, Any] | None,
        name: str | None,
        context: Context,
        allowed: Collection[OperationType],
    ) -> tuple[Executing, int]:
        """An operation that fits the schema, the limits and its variables, about to be executed, and what it costs.

        Raises Refused, and Strawberry's own where the document has no operation that is meant and allowed.
        """
        if not query:
            raise MissingQueryError
        if not isinstance(name, str | None):
            raise CannotGetOperationTypeError(name)
        try:
            self.limits.hold_variables(variables)
            found = operation(query, name)
        except Exception as error:
            raise Refused([_located(error)]) from error
        if found.node is None and (name is not None or not found.operations):
            raise CannotGetOperationTypeError(name)
        if (kind := OperationType((found.node or found.operations[0]).operation.value)) not in allowed:
            raise InvalidOperationTypeError(kind)
        if errors := self.limits.faults(self._schema, query, context.viewer_or_none):
            raise Refused(errors)
        try:
            cost = self.limits.cost(self._schema, found, variables)
        except Exception as error:
            raise Refused([_located(error)]) from error
        executor = self.executor.build(
            self._schema,
            found.document,
            context_value=context,
            raw_variable_values=variables,
            operation_name=name,
            is_awaitable=cast("Any", optimized_is_awaitable),
        )
        if isinstance(executor, list):
            raise Refused(executor, executed=True)
        executor = cast("Executing", executor)
        executor.plans = found.plans
        return executor, cost

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Executes a query or mutation; subscriptions are the fan-out's."""
        context: Context = context_value
        allowed = QUERY_OR_MUTATION.intersection(allowed_operation_types or QUERY_OR_MUTATION)
        try:
            executor, cost = self.begin(query, variable_values, operation_name, context, allowed)
        except Refused as refused:
            errors = self.told(refused.errors, context.viewer_or_none, executed=refused.executed)
            return (ExecutionResult if refused.executed else PreExecutionError)(data=None, errors=errors)
        outcome = executor.execute_operation()
        result = cast("Executed", await outcome if executor.is_awaitable(outcome) else outcome)
        executor.leave()
        failed = self.told(result.errors, context.viewer_or_none, executed=True) if result.errors else None
        told = {"cost": {"requested": cost, "bound": self.limits.query_cost}}
        return ExecutionResult(data=result.data, errors=failed, extensions=told)


schema = Contract(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS, name_converter=Names()),
)


# graphql-core writes no object as a scalar's internal default: introspection would fail on `extra: JSON! = {}`.
_create = schema._schema.type_map["CreateTicketInput"]
assert isinstance(_create, GraphQLInputObjectType)
_create.fields["extra"].default = GraphQLDefaultInput({})


def _located(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)


def sdl() -> str:
    """The schema as it is printed into schema/schema.graphql."""
    return schema.as_str() + "\n"
