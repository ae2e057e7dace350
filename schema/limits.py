"""How large a document may be before it is worth executing."""

from __future__ import annotations

from typing import Final

from graphql import specified_rules
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, SchemaExtension
from strawberry.extensions.query_depth_limiter import create_validator

DEEPEST_SELECTION: Final = 16
MOST_TOKENS: Final = 2_000

DEPTH: Final = create_validator(DEEPEST_SELECTION, should_ignore=None)
RULES: Final = (*specified_rules, DEPTH)
"""Every rule that a document is validated against, of queries, mutations and subscriptions alike."""


def tokens() -> SchemaExtension:
    return MaxTokensLimiter(max_token_count=MOST_TOKENS)


def depth() -> SchemaExtension:
    return AddValidationRules([DEPTH])
