"""Plain data, completed in one step: each selection of it becomes one Python expression, kept with its document.

graphql-core completes a value field by field, which costs 6 µs each. What is plain here has no arguments, no
directives and nothing to wait for. On any doubt (a null where none may be, a value of another type, an error of a
resolver) graphql-core does the whole object over and says what is wrong. The methods that are overridden are not its
public interface, so its version is pinned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, Final, NamedTuple, NoReturn, cast

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import is_iterable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from tortoise import fields
from tortoise.fields.base import Field
from tortoise.fields.data import CharEnumFieldInstance

from models.columns import JsonColumn
from models.instants import print_instant
from models.stored import Stored
from models.ticket import Ticket
from schema.operations import Executing

Plan = Callable[[Any, "Told"], dict[str, Any]]

AS_STORED: Final[Mapping[tuple[type, str], str]] = {
    (fields.UUIDField, "ID!"): "str({})",
    (fields.CharField, "ID!"): "{}",
    (fields.CharField, "String!"): "{}",
    (fields.CharField, "String"): "{}",
    (fields.TextField, "String!"): "{}",
    (fields.IntField, "Int!"): "{}",
    (fields.BooleanField, "Boolean!"): "bool({})",
    (fields.BigIntField, "DateTime!"): "instant({})",
    (JsonColumn, "[String!]!"): "loads({})",
}
"""How a column's stored value is written out, by its field and the type that shows it."""
ROWS: Final[Mapping[str, type[Stored]]] = {"Ticket": Ticket}
"""Types whose values may be rows as stored."""


class Doubt(Exception):
    """This value is not plain after all."""


class Told(NamedTuple):
    """What of an `info` a plain resolver may look at; whoever wants more raises an AttributeError, which is a doubt."""

    context: Any


def _doubt() -> NoReturn:
    raise Doubt


def _many(value: Any) -> Any:
    return value if is_iterable(value) else _doubt()  # a text is none, though it could be gone through


WORDS: Final = {
    "str": str,
    "bool": bool,
    "instant": print_instant,
    "loads": orjson.loads,
    "many": _many,
    "doubt": _doubt,
}


class Compiled(Executing):
    """Completes objects of plain data by their plans."""

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        if self.plans is not None:
            key = return_type.name, *[id(details.node) for details in field_details_list]
            if key not in self.plans:
                self.plans[key] = _planned(self, return_type, field_details_list)
            if (plan := self.plans[key]) is not None:
                try:
                    return plan(result, Told(self.context_value))
                except Exception:  # graphql-core finds it again, and says where
                    pass
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)


def _planned(executor: Compiled, of: GraphQLObjectType, details: Any) -> Plan | None:
    try:
        return _object(executor, of, details)
    except Doubt:
        return None


def _object(executor: Compiled, of: GraphQLObjectType, details: Any) -> Plan:
    """The plan of one selection; raises Doubt where not all of it is plain."""
    names: dict[str, Any] = dict(WORDS)
    loaded, stored = [], []
    model = ROWS.get(of.name)
    for response_name, found in executor.collect_subfields(of, details).grouped_field_set.items():
        name = found[0].node.name.value
        if name == "__typename":
            raw = repr(of.name)
            value = f"{raw} if s is not None else doubt()"
        else:
            field = of.fields[name]
            if field.args:
                raise Doubt
            value = _completed(executor, names, field.type, found, _resolved(names, field))
            raw = _as_stored(model, field) or value
        loaded.append(f"{response_name!r}: {value}")
        stored.append(f"{response_name!r}: {raw}")
    plan = cast("Plan", eval(f"lambda s, i: {{{', '.join(loaded)}}}", names))
    checked = of.is_type_of
    if model is None and checked is None:
        return plan
    fast = eval(f"lambda r, s, i: {{{', '.join(stored)}}}", names)

    def either(source: Any, told: Told) -> dict[str, Any]:
        if type(source) is model and (record := source.__dict__.get("stored")) is not None:
            return cast("dict[str, Any]", fast(record, source, told))
        if checked is not None and not checked(source, cast("Any", told)):
            raise Doubt
        return plan(source, told)

    return either


def _resolved(names: dict[str, Any], field: GraphQLField) -> str:
    """The expression for what a field resolves to, with `s` the source and `i` the info."""
    definition = _definition(field)
    if definition.is_basic_field:
        return f"s.{definition.python_name}"
    resolver = definition.base_resolver
    if resolver is None or resolver.is_async or definition.extensions or definition.permission_classes:
        raise Doubt
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    info = resolver.info_parameter
    passed = ["i" if info is not None and name == info.name else "s" for name in signature(function).parameters]
    return f"{_named(names, function)}({', '.join(passed)})"


def _completed(executor: Compiled, names: dict[str, Any], of: GraphQLOutputType, details: Any, value: str) -> str:
    """The expression for a completed value; what may be null is looked at first."""
    if not is_non_null_type(of):
        seen = f"v{len(names)}"
        names[seen] = None
        inner = _completed_non_null(executor, names, of, details, seen)
        return f"(None if ({seen} := {value}) is None else {inner})"
    return _completed_non_null(executor, names, of.of_type, details, value)


def _completed_non_null(
    executor: Compiled, names: dict[str, Any], of: GraphQLOutputType, details: Any, value: str
) -> str:
    if is_list_type(of):
        if str(of) == "[Int!]":
            return f"{_named(names, _ints)}({value})"
        item = f"e{len(names)}"
        names[item] = None
        return f"[{_completed(executor, names, of.of_type, details, item)} for {item} in many({value})]"
    if is_leaf_type(of):
        return f"{_named(names, _leaf(of))}({value})"
    if is_object_type(of):
        return f"{_named(names, _object(executor, of, details))}({value}, i)"
    raise Doubt


def _leaf(of: GraphQLLeafType) -> Callable[[Any], Any]:
    coerce = of.coerce_output_value

    def completed(value: Any) -> Any:
        written = coerce(value) if value is not None else None
        if written is None or written is Undefined:
            raise Doubt
        return written

    return completed


def _ints(values: Any) -> list[int]:
    """A queue is ten thousand of them: they are looked at together."""
    if type(values) is not list or not set(map(type, values)) <= {int}:
        raise Doubt
    if values and (min(values) < -(2**31) or max(values) >= 2**31):
        raise Doubt
    return values


def _as_stored(model: type[Stored] | None, field: GraphQLField) -> str | None:
    """The expression for a field that is a column, from the record `r`; None where it is none, or needs a resolver."""
    definition = _definition(field)
    resolver = definition.base_resolver
    name = getattr(resolver.wrapped_func, "column", None) if resolver else definition.python_name
    if model is None or name is None or (place := model.places().get(name)) is None:
        return None
    column: Field[Any] = model._meta.fields_map[name]
    if (
        isinstance(column, CharEnumFieldInstance)
        and is_non_null_type(field.type)
        and _is_spelled_so(field.type.of_type)
    ):
        return f"r[{place}]"
    form = AS_STORED.get((type(column), str(field.type)))
    return form and form.format(f"r[{place}]")


def _definition(field: GraphQLField) -> StrawberryField:
    """Strawberry's field; raises Doubt for graphql-core's own, of introspection."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if definition is None:
        raise Doubt
    return cast("StrawberryField", definition)


def _is_spelled_so(of: GraphQLOutputType) -> bool:
    """Whether an enumeration's values are stored under their names."""
    return isinstance(of, GraphQLEnumType) and all(name == value.value for name, value in of.values.items())


def _named(names: dict[str, Any], thing: object) -> str:
    name = f"c{len(names)}"
    names[name] = thing
    return name
