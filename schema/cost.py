"""What an operation may come to: the weights that stand in the schema, times the lengths of the lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location

from models.bounds import SAFE_INTEGER
from resolvers.messages import UNSEEN_SHOWN
from schema.pagination import page_length


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION],
    description="What a field counts in the cost of an operation where it is not 1; an input field that is given adds"
    " its own.",
)
class Cost:
    """As in IBM's GraphQL Cost Directives specification, with a whole number."""

    weight: int


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], description="How long a list is taken for in the cost of an operation."
)
class ListSize:
    """As in the same specification."""

    assumed_size: int


D = TypeVar("D", Cost, ListSize)

GIVEN = 10
"""What each value counts that is given in a list."""

FEW: Final = ListSize(assumed_size=5)
"""A list that is nearly always short."""

MUTATION: Final = Cost(weight=10)
"""A transaction, and an event that goes to everybody who watches."""

SWEEP: Final = Cost(weight=20_000)
"""A read of the whole desk: the search, the order of a queue."""


def cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    longest: int,
) -> int:
    """What a validated operation may come to: each field's weight, and what stands in a list as often as the list may
    be long. That is `first` of the connection that it is in, or how many values were given, at most `longest`, since
    its field refuses more. What @skip leaves out counts too."""
    defaults = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value
    }
    root = cast("GraphQLObjectType", schema.get_root_type(operation.operation))
    return _Count(schema, document, {**defaults, **variables}, longest).all(operation.selection_set, root, None)


class _Count:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any], longest: int) -> None:
        self._schema, self._variables, self._longest = schema, variables, longest
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, int | None], int] = {}

    def all(self, selections: SelectionSetNode, parent: GraphQLCompositeType, size: int | None) -> int:
        """What a selection comes to, where the next list below has `size` rows, if that is known."""
        cost = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                cost += self._field(node, parent, size)
            elif isinstance(node, FragmentSpreadNode):
                cost += self._fragment(node.name.value, size)
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                cost += self.all(node.selection_set, self._type(on.name.value) if on else parent, size)
        return min(cost, SAFE_INTEGER)

    def _fragment(self, name: str, size: int | None) -> int:
        """Counted once for each size, however often it is spread: spread in spread doubles with every level."""
        if (name, size) not in self._known:
            fragment = self._fragments[name]
            on = self._type(fragment.type_condition.name.value)
            self._known[name, size] = self.all(fragment.selection_set, on, size)
        return self._known[name, size]

    def _field(self, node: FieldNode, parent: GraphQLCompositeType, size: int | None) -> int:
        if node.name.value.startswith("__"):
            return 1
        field = cast("GraphQLObjectType", parent).fields[node.name.value]
        in_list = is_list_type(get_nullable_type(field.type))
        cost = _said(field, Cost(weight=1)).weight
        for argument in node.arguments or ():
            of = field.args[argument.name.value].type
            value = value_from_ast_untyped(argument.value, self._variables)
            cost += _given(of, value)
            if in_list and is_list_type(get_nullable_type(of)):
                size = min(len(value), self._longest) if isinstance(value, list) else 1  # one stands for a list of one
        if "first" in field.args:
            size = self._first(node)
        if node.selection_set:
            inside = cast("GraphQLCompositeType", get_named_type(field.type))
            times = (
                (_said(field, ListSize(assumed_size=UNSEEN_SHOWN)).assumed_size if size is None else size)
                if in_list
                else 1
            )
            cost += times * self.all(node.selection_set, inside, None if in_list else size)
        return cost

    def _first(self, node: FieldNode) -> int:
        given = (argument.value for argument in node.arguments or () if argument.name.value == "first")
        value = next((value_from_ast_untyped(value, self._variables) for value in given), None)
        rows = min(value, self._longest) if isinstance(value, int | float) else None  # 10.0 is an Int too
        return max(0, min(page_length(None if rows is None else int(rows)), self._longest))

    def _type(self, name: str) -> GraphQLCompositeType:
        return cast("GraphQLCompositeType", self._schema.get_type(name))


def _given(of: GraphQLInputType, value: object) -> int:
    """What a value adds: each one of a list, and the weights of the input fields that are there."""
    if isinstance(many := get_nullable_type(of), GraphQLList):
        return sum(GIVEN + _given(many.of_type, each) for each in (value if isinstance(value, list) else [value]))
    inputs = get_named_type(of)
    if not isinstance(inputs, GraphQLInputObjectType) or not isinstance(value, dict):
        return 0
    given = [(field, value[name]) for name, field in inputs.fields.items() if value.get(name) is not None]
    return sum(_said(field, Cost(weight=0)).weight + _given(field.type, each) for field, each in given)


def _said(element: GraphQLField | GraphQLInputField, otherwise: D) -> D:
    """What a directive of this kind says in the schema."""
    definition = element.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return next((each for each in definition.directives if isinstance(each, type(otherwise))), otherwise)
