"""The GraphQL contract: names, nullability, descriptions, limits."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema import limits
from schema.errors import CodedErrors
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


class Contract(strawberry.Schema):
    """Strawberry's schema without its own error log, which would hold what people wrote: CodedErrors logs surprises."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        pass


schema = Contract(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[
        CodedErrors,
        limits.tokens,
        limits.depth,
        lambda: ParserCache(maxsize=1_000),
        lambda: ValidationCache(maxsize=1_000),
    ],
)


def sdl() -> str:
    """The schema as it is printed into schema/schema.graphql."""
    return schema.as_str() + "\n"
