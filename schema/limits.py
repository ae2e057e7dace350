"""How large a document may be before it is worth executing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import GraphQLError, get_operation_ast, specified_rules
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, SchemaExtension
from strawberry.extensions.query_depth_limiter import create_validator

DEEPEST_SELECTION: Final = 16
MOST_TOKENS: Final = 2_000

DEPTH: Final = create_validator(DEEPEST_SELECTION, should_ignore=None)
RULES: Final = (*specified_rules, DEPTH)
"""Every rule that a document is validated against, of queries, mutations and subscriptions alike."""


class OneOperation(SchemaExtension):
    """Refuses a document of several operations that does not say which one is meant (GraphQL spec, GetOperation)."""

    def on_execute(self) -> Iterator[None]:
        document, name = self.execution_context.graphql_document, self.execution_context._provided_operation_name
        if name is None and document is not None and get_operation_ast(document) is None:
            raise GraphQLError("Say which operation is meant: operationName.")
        yield


def tokens() -> SchemaExtension:
    return MaxTokensLimiter(max_token_count=MOST_TOKENS)


def depth() -> SchemaExtension:
    return AddValidationRules([DEPTH])
