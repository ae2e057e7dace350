"""How large a document may be before it is worth executing, and who may learn the schema from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast

import orjson
from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    get_named_type,
    get_nullable_type,
    get_operation_ast,
    is_list_type,
    specified_rules,
    value_from_ast_untyped,
)
from strawberry.extensions import SchemaExtension

from models.bounds import SAFE_INTEGER
from models.errors import LimitExceeded
from resolvers.messages import UNSEEN_SHOWN
from resolvers.viewer import Viewer
from schema.types.ticket import page_length

DEEPEST_SELECTION: Final = 16
MOST_ROOT_FIELDS: Final = 20
MOST_ALIASES: Final = 15
MOST_DIRECTIVES: Final = 20
MOST_TOKENS: Final = 2_000
MOST_COMMENTS: Final = 100
LONGEST_DOCUMENT: Final = 16_000

PARSING: Final[dict[str, Any]] = {
    "max_lexical_tokens": MOST_TOKENS,
    "max_comments": MOST_COMMENTS,
    "max_source_length": LONGEST_DOCUMENT,
}
"""How a document is parsed, of queries, mutations and subscriptions alike."""

Audience: TypeAlias = Literal["everybody", "signed-in", "nobody"]


def over(limit: str, what: str, value: int, bound: int) -> LimitExceeded:
    return LimitExceeded(f"Too many {what}: {value:,}, and at most {bound:,}.", limit=limit, value=value, bound=bound)


def too_long(error: GraphQLSyntaxError) -> LimitExceeded | None:
    """The limit at which graphql-core stopped parsing; the value of what it stopped counting is one past the bound."""
    length = len(error.source.body) if error.source else 0
    for limit, words, value, bound in (
        ("tokens", "Document contains more than {} tokens.", MOST_TOKENS + 1, MOST_TOKENS),
        ("comments", "Document contains more than {} comments.", MOST_COMMENTS + 1, MOST_COMMENTS),
        ("characters", "Source contains more than {} code points.", length, LONGEST_DOCUMENT),
    ):
        if error.message == f"Syntax Error: {words.format(bound)} Parsing aborted.":
            return over(limit, f"{limit} in this document", value, bound)
    return None


class Sizes(ValidationRule):
    """Refuses documents that are too deep, too broad, or repeat themselves under other names."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._known: dict[str, tuple[int, int]] = {}
        self._aliases = self._directives = 0

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        levels, fields = self._measure(node.selection_set)
        self._hold("depth", "levels of fields", levels, DEEPEST_SELECTION)
        self._hold("rootFields", "fields at the root", fields, MOST_ROOT_FIELDS)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self._aliases += node.alias is not None

    def enter_directive(self, _node: DirectiveNode, *_: Any) -> None:
        self._directives += 1

    def leave_document(self, _node: DocumentNode, *_: Any) -> None:
        self._hold("aliases", "aliases", self._aliases, MOST_ALIASES)
        self._hold("directives", "directives", self._directives, MOST_DIRECTIVES)

    def _measure(self, selections: SelectionSetNode) -> tuple[int, int]:
        """Fields below each other and fields beside each other; introspection is one level, graphql-core bounds it."""
        deepest = beside = 0
        for node in selections.selections:
            levels = fields = 1
            if isinstance(node, FragmentSpreadNode):
                levels, fields = self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                levels, fields = self._measure(node.selection_set)
            elif isinstance(node, FieldNode) and node.selection_set and not node.name.value.startswith("__"):
                levels = 1 + self._measure(node.selection_set)[0]
            deepest, beside = max(deepest, levels), beside + fields
        return deepest, min(beside, SAFE_INTEGER)

    def _fragment(self, name: str) -> tuple[int, int]:
        """Each is measured once, however often it is spread: spread in spread doubles with every level."""
        if name not in self._known and (fragment := self.context.get_fragment(name)):
            self._known[name] = (0, 0)  # should it spread itself
            self._known[name] = self._measure(fragment.selection_set)
        return self._known.get(name, (0, 0))

    def _hold(self, limit: str, what: str, value: int, bound: int) -> None:
        if value > bound:
            error = over(limit, what, value, bound)
            self.report_error(GraphQLError(error.message, original_error=error))


RULES: Final[tuple[type[ASTValidationRule], ...]] = (*specified_rules, Sizes)
"""Every rule that a document is validated against, of queries, mutations and subscriptions alike."""


class Cost:
    """What an operation may come to: a field counts 1, and what stands in a list as often as the list may be long.

    The length of a list is `first` of the connection that it is in, or how many numbers or ids were given; what @skip
    leaves out counts too.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, given: Mapping[str, Any], rows: int) -> None:
        self._schema, self._given, self._rows = schema, given, rows
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, int | None], int] = {}
        self._variables: dict[str, Any] = {}

    def of(self, operation: OperationDefinitionNode) -> int:
        defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value
        }
        self._variables = defaults | dict(self._given)
        root = self._schema.get_root_type(operation.operation)
        return self._all(operation.selection_set, cast("GraphQLCompositeType", root), None)

    def _all(self, selections: SelectionSetNode, parent: GraphQLCompositeType, size: int | None) -> int:
        cost = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                cost += self._field(node, parent, size)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if (name, size) not in self._known:
                    fragment = self._fragments[name]
                    on = self._type(fragment.type_condition.name.value)
                    self._known[name, size] = self._all(fragment.selection_set, on, size)
                cost += self._known[name, size]
            elif isinstance(node, InlineFragmentNode):
                on = self._type(node.type_condition.name.value) if node.type_condition else parent
                cost += self._all(node.selection_set, on, size)
        return min(cost, SAFE_INTEGER)

    def _field(self, node: FieldNode, parent: GraphQLCompositeType, size: int | None) -> int:
        if node.selection_set is None or node.name.value.startswith("__"):
            return 1
        field = cast("GraphQLObjectType", parent).fields[node.name.value]
        size = self._size(node, field, size)
        of = cast("GraphQLCompositeType", get_named_type(field.type))
        if is_list_type(get_nullable_type(field.type)):
            return 1 + (UNSEEN_SHOWN if size is None else size) * self._all(node.selection_set, of, None)
        return 1 + self._all(node.selection_set, of, size)

    def _size(self, node: FieldNode, field: GraphQLField, size: int | None) -> int | None:
        """How long the next list is: as this field was told, else as was told above."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name in field.args.keys() & {"first", "numbers", "userIds"}:
            value = value_from_ast_untyped(given[name], self._variables) if name in given else None
            if isinstance(value, list):
                size = len(value)
            elif name == "first":
                size = page_length(int(min(value, self._rows)) if isinstance(value, int | float) else None)
            else:
                size = 1  # one value stands for a list of one
        return None if size is None else max(0, min(size, self._rows))  # a longer one is refused by its field

    def _type(self, name: str) -> GraphQLCompositeType:
        return cast("GraphQLCompositeType", self._schema.get_type(name))


def json_bytes(value: object) -> int:
    """How long a value is as JSON in UTF-8."""
    try:
        return len(orjson.dumps(value))
    except TypeError:  # numbers beyond 64 bits, half a pair, hundreds of levels
        return _json_bytes(value)


def _json_bytes(value: object) -> int:
    size, rest = 0, [value]
    while rest:
        match rest.pop():
            case dict() as items:
                size += 2 + 2 * len(items) - bool(items)
                rest += [*items, *items.values()]
            case list() as items:
                size += 2 + len(items) - bool(items)
                rest += items
            case scalar:
                size += len(json.dumps(scalar, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return size


@dataclass(frozen=True)
class Limits:
    """What a desk allows, as it was set."""

    query_cost: int = 100_000
    variables_bytes: int = 524_288
    page_rows: int = 100
    introspection: Audience = "signed-in"
    suggestions: Audience = "signed-in"

    def rules(self, viewer: Viewer | None) -> tuple[type[ASTValidationRule], ...]:
        """What a document of this viewer is validated against; a cache keyed by them keeps viewers apart."""
        return RULES if _is_among(viewer, self.introspection) else (*RULES, NoSchemaIntrospectionCustomRule)

    def explains(self, viewer: Viewer | None) -> bool:
        """Whether this viewer is told what is wrong with a document, names that there are included."""
        return _is_among(viewer, self.suggestions)

    def hold_variables(self, variables: Mapping[str, Any] | None) -> None:
        """Raises LimitExceeded where the variables are too large."""
        size = json_bytes(variables) if variables else 0
        if size > self.variables_bytes:
            raise over("variables", "bytes of variables", size, self.variables_bytes)

    def cost(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,
    ) -> int:
        """What a validated operation costs. Raises LimitExceeded where it is too much."""
        cost = Cost(schema, document, variables or {}, self.page_rows).of(operation)
        if cost > self.query_cost:
            raise over("cost", "fields that this may come to", cost, self.query_cost)
        return cost


class Held(SchemaExtension):
    """Holds a query or mutation to the limits; tells its cost to who asks with `extensions: {"cost": true}`."""

    _cost: int | None = None

    @property
    def _limits(self) -> Limits:
        return cast("Limits", cast("Any", self.execution_context.schema).limits)

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        self._limits.hold_variables(context.variables)
        cast("dict[str, Any]", context.parse_options).update(PARSING)
        context.validation_rules = self._limits.rules(context.context.viewer_or_none)
        yield

    def on_execute(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        assert document is not None
        operation = get_operation_ast(document, context._provided_operation_name)
        if operation is None:  # GraphQL spec, GetOperation: of several, one must be meant
            raise GraphQLError("Say which operation is meant: operationName.")
        self._cost = self._limits.cost(context.schema._schema, document, operation, context.variables)
        yield

    def get_results(self) -> dict[str, Any]:
        asked: object = self.execution_context.operation_extensions
        if self._cost is None or not isinstance(asked, dict) or asked.get("cost") is not True:
            return {}
        return {"cost": {"requested": self._cost, "bound": self._limits.query_cost}}


def _is_among(viewer: Viewer | None, audience: Audience) -> bool:
    return audience == "everybody" or (audience == "signed-in" and viewer is not None)
