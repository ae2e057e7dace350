"""How large a document may be before it is worth executing, and who may learn the schema from it."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    parse,
    specified_rules,
    validate,
)
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.validation.rules.max_introspection_depth_rule import MAX_LIST_DEPTH
from graphql.validation.rules.overlapping_fields_can_be_merged import OverlappingFieldsCanBeMergedRule
from strawberry.schema.schema import validate_document

from models.bounds import SAFE_INTEGER
from models.errors import BadUserInput, LimitExceeded
from resolvers.viewer import Audience, Viewer
from schema.cost import cost

if TYPE_CHECKING:
    from schema.operations import Operation

BOUNDS: Final = {
    "characters": 16_000,
    "tokens": 1_000,
    "comments": 100,
    "nesting": MAX_NESTING_DEPTH,
    "depth": 16,
    "introspection": MAX_LIST_DEPTH - 1,
    "rootFields": 20,
    "aliases": 15,
    "directives": 20,
    "comparisons": 10_000,
}
"""What a document may have, by the name under which its limit is told; docs/operations.md says what each one counts."""

DOCUMENTS_KEPT: Final = 200
"""Documents that are kept parsed and validated; one at its bounds takes about 0.6 MB."""

COSTS_KEPT: Final = 100
"""Of each operation, for other lengths of its lists."""


def over(limit: str, value: int, bound: int) -> LimitExceeded:
    message = f"More {limit} than this desk takes: {value:,}, and at most {bound:,}."
    return LimitExceeded(message, limit=limit, value=value, bound=bound)


def past(limit: str) -> LimitExceeded:
    """Where graphql-core stopped counting: the value is one past the bound."""
    return over(limit, BOUNDS[limit] + 1, BOUNDS[limit])


# ---------------------------------------------------------------- what stands in the document


class Sizes(ValidationRule):
    """Refuses documents that are too deep, too broad, or repeat themselves under other names."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._known: dict[str, tuple[int, int]] = {}
        self._aliases = self._directives = 0

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        levels, fields = self._measure(node.selection_set)
        self._hold("depth", levels)
        self._hold("rootFields", fields)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self._aliases += node.alias is not None

    def enter_directive(self, _node: DirectiveNode, *_: Any) -> None:
        self._directives += 1

    def leave_document(self, _node: DocumentNode, *_: Any) -> None:
        self._hold("aliases", self._aliases)
        self._hold("directives", self._directives)

    def _measure(self, selections: SelectionSetNode) -> tuple[int, int]:
        """Fields below each other and fields beside each other; introspection is one level and has its own bound."""
        deepest = beside = 0
        for node in selections.selections:
            levels = fields = 1
            if isinstance(node, FragmentSpreadNode):
                levels, fields = self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                levels, fields = self._measure(node.selection_set)
            elif isinstance(node, FieldNode) and node.selection_set and not node.name.value.startswith("__"):
                levels += self._measure(node.selection_set)[0]
            deepest, beside = max(deepest, levels), beside + fields
        return deepest, min(beside, SAFE_INTEGER)

    def _fragment(self, name: str) -> tuple[int, int]:
        """Each is measured once, however often it is spread: spread in spread doubles with every level."""
        if name not in self._known and (fragment := self.context.get_fragment(name)):
            self._known[name] = (0, 0)  # should it spread itself
            self._known[name] = self._measure(fragment.selection_set)
        return self._known.get(name, (0, 0))

    def _hold(self, limit: str, value: int) -> None:
        if value > BOUNDS[limit]:
            error = over(limit, value, BOUNDS[limit])
            self.report_error(GraphQLError(error.message, original_error=error))


class Overlapping(OverlappingFieldsCanBeMergedRule):
    """Stops early: it compares each field with each other of its name, and 400 times `node { id }` took it 0.5 s."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = BOUNDS["comparisons"]


RULES: Final[tuple[type[ASTValidationRule], ...]] = tuple(
    Overlapping if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules
)


@lru_cache(DOCUMENTS_KEPT)
def parsed(query: str) -> DocumentNode:
    """The document of a query, mutation or subscription. Raises LimitExceeded or GraphQLSyntaxError."""
    if len(query) > BOUNDS["characters"]:
        raise over("characters", len(query), BOUNDS["characters"])
    tokens, comments = BOUNDS["tokens"], BOUNDS["comments"]
    try:
        return parse(query, max_lexical_tokens=tokens, max_comments=comments)
    except GraphQLSyntaxError as error:
        for limit, words in (
            ("tokens", f"Document contains more than {tokens} tokens."),
            ("comments", f"Document contains more than {comments} comments."),
            ("nesting", "Document is nested too deeply."),
        ):
            if error.message == f"Syntax Error: {words} Parsing aborted.":
                raise past(limit) from error
        raise


@lru_cache(DOCUMENTS_KEPT)
def faults(schema: GraphQLSchema, query: str, *more: type[ASTValidationRule]) -> list[GraphQLError]:
    """What is wrong with a document; limits first, so that the costly rules read small ones only."""
    document = parsed(query)
    found = _named(validate(schema, document, [Sizes]), {"Validation aborted.": "nesting"})
    if not found:
        found = validate_document(schema, document, (*RULES, *more))
    limits = {"Validation aborted.": "comparisons", "Maximum introspection depth exceeded": "introspection"}
    return _named(found, limits)


def _named(errors: list[GraphQLError], stops: dict[str, str]) -> list[GraphQLError]:
    """The limits among the errors, or else all of them."""
    reached = [past(stops[error.message]) for error in errors if error.message in stops]
    return [GraphQLError(error.message, original_error=error) for error in reached] or errors


# ---------------------------------------------------------------- what depends on the desk, the viewer, the variables


def json_bytes(value: object) -> int:
    """How long a value is as JSON in UTF-8. Raises BadUserInput where it is nested about a thousand levels deep."""
    try:
        return len(orjson.dumps(value))
    except TypeError:  # numbers beyond 64 bits, half a pair, hundreds of levels
        pass
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise BadUserInput("These variables are nested too deeply.") from error
    return len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Limits:
    """What a desk allows, as it was set."""

    query_cost: int = 100_000
    variables_bytes: int = 524_288
    page_rows: int = 100
    introspection: Audience = "signed-in"
    suggestions: Audience = "signed-in"

    def explains(self, viewer: Viewer | None) -> bool:
        """Whether this viewer is told what is wrong with a document, names that there are included."""
        return _is_among(viewer, self.suggestions)

    def hold_variables(self, variables: Mapping[str, Any] | None) -> None:
        """Raises LimitExceeded where the variables are too large."""
        size = json_bytes(variables) if variables else 0
        if size > self.variables_bytes:
            raise over("variables", size, self.variables_bytes)

    def faults(self, schema: GraphQLSchema, query: str, viewer: Viewer | None) -> list[GraphQLError]:
        """What is wrong with a document of this viewer; viewers with other rights are kept apart."""
        introspects = _is_among(viewer, self.introspection)
        return faults(schema, query, *() if introspects else (NoSchemaIntrospectionCustomRule,))

    def cost(self, schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any] | None) -> int:
        """What a validated operation costs. Raises LimitExceeded where it is too much."""
        if operation.node is None:  # GraphQL spec, GetOperation: of several, one must be meant
            raise GraphQLError("Say which operation is meant: operationName.")
        kind = self.page_rows, *((name, _kind(value)) for name, value in (variables or {}).items())
        if (requested := operation.costs.get(kind)) is None:
            requested = cost(schema, operation.document, operation.node, variables or {}, self.page_rows)
            if len(operation.costs) >= COSTS_KEPT:
                operation.costs.clear()
            operation.costs[kind] = requested
        if requested > self.query_cost:
            raise over("cost", requested, self.query_cost)
        return requested


def _kind(value: object) -> Hashable:
    """What of a variable's value decides about the cost: what is there, how much of it, and what may be a length."""
    if isinstance(value, dict):
        return tuple((name, len(each) if isinstance(each, list) else each is None) for name, each in value.items())
    if isinstance(value, list):
        return None, len(value), *(_kind(each) for each in value if isinstance(each, dict))
    return value if isinstance(value, int | float) else value is None


def _is_among(viewer: Viewer | None, audience: Audience) -> bool:
    return audience == "everybody" or (audience == "signed-in" and viewer is not None)
