"""What is sent to the door: documents drawn from the schema itself, JSON, bytes, and what is almost one of these.

No list of fields is kept here: what is new in the schema is fuzzed from its first day.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from functools import partial
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_scalar_type,
    is_specified_scalar_type,
    parse_type,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema, nodes

from resolvers.cursors import JournalCursor, ListCursor
from schema import schema
from tests.models.drawn import far_numbers, json_objects, numbers

CASES = int(os.environ.get("FUZZ_CASES", "500")) // 2
"""How many requests, and how many conversations on sockets, each of the two databases gets."""
SCHEMA = schema._schema
SCALARS = {
    name: get_named_type(field.type).name
    for type in SCHEMA.type_map.values()
    if isinstance(type, GraphQLObjectType)
    for name, field in type.fields.items()
    if is_scalar_type(get_named_type(field.type))
}
"""The scalar of every field that answers with one."""
KEPT = 50
"""Of each scalar so many values that the desk gave out are remembered, to be given back to it."""

RETURNED = re.compile(r"~(\w+)~(\d+)~")
"""Stands in what is drawn for a value that the desk gave out: of which scalar, and which of those; see Target.real."""

Request = dict[str, Any]


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One in eight is odd: a document with many values is refused for any one of them."""
    return st.sampled_from((usual,) * 7 + (odd,)).flatmap(lambda chosen: chosen)


def returned(scalar: str) -> st.SearchStrategy[str]:
    """Some value of this scalar that the desk gave out."""
    return st.integers(0, KEPT - 1).map(lambda number: f"~{scalar}~{number}~")


# ---------------------------------------------------------------- values

any_text = st.one_of(
    st.sampled_from(["", " ", "\x00", "a\x00b", "u-1", "Card lost", "kyc", "1", "x" * 300, "\u2003", "\U0001f600"]),
    st.text(max_size=20),
)
borders = st.sampled_from([-(2**31), -1, 0, 100, 101, 2**31 - 1, 2**31, 2**63]) | st.integers(-(2**70), 2**70)
instants = st.datetimes().map(lambda at: at.isoformat() + "Z")
longs = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 2**31, 2**63 - 1])
eight_bytes = st.binary(min_size=8, max_size=8)
forged = st.one_of(
    st.builds(JournalCursor, eight_bytes, longs, st.binary(min_size=4, max_size=4)),
    st.builds(ListCursor, eight_bytes, longs, longs),
).map(str)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["query", "variables", "operationName", "extensions", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
extras = json_objects(numbers | far_numbers) | st.sampled_from([32, 33, 100]).map(deep) | any_json
odd_values = st.one_of(any_text, borders, forged, extras, st.lists(borders), st.just("\ud800"), st.just(1.0))


def literal(value: Any) -> Any:
    """A JSON value as it is written in a document."""
    match value:
        case None:
            return nodes.Null
        case bool():
            return nodes.Boolean(value)
        case int():
            return nodes.Int(value)
        case float():
            return nodes.Float(value) if abs(value) < float("inf") else nodes.Null
        case str():
            return nodes.String(value)
        case list():
            return nodes.List([literal(item) for item in value])
    fields = {name: literal(item) for name, item in value.items() if name.isidentifier() and name.isascii()}
    return nodes.Object([ObjectFieldNode(name=NameNode(value=name), value=item) for name, item in fields.items()])


VALUES: dict[str, st.SearchStrategy[Any]] = {
    type.name: extras
    for type in SCHEMA.type_map.values()
    if is_scalar_type(type) and not is_specified_scalar_type(type)
} | {
    "ID": mostly(returned("ID"), any_text | st.uuids().map(str)),
    "String": mostly(any_text | returned("String"), st.text(max_size=300)),
    "Int": mostly(st.integers(1, 40), borders),
    "Cursor": mostly(returned("Cursor"), forged | any_text),
    "DateTime": mostly(returned("DateTime") | st.just("2026-11-20T08:30:00.000Z"), instants | any_text),
    "JSON": mostly(json_objects(numbers), extras),
}


# ---------------------------------------------------------------- documents


drawn = partial(
    from_schema,
    custom_scalars={name: values.map(literal) for name, values in VALUES.items()},
    print_ast=lambda document: document,
)


def roots(contract: GraphQLSchema) -> list[str]:
    """The names of all queries and mutations."""
    return [name for type in (contract.query_type, contract.mutation_type) if type for name in type.fields]


def documents(contract: GraphQLSchema) -> st.SearchStrategy[DocumentNode]:
    """Documents of one root field, each as likely as another, and of many at once."""
    return st.one_of(*(drawn(contract, fields=[name]) for name in roots(contract)), drawn(contract))


def written(document: DocumentNode) -> Request:
    return {"query": print_ast(document)}


class _Lift(Visitor):
    """Puts variables in the place of arguments."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types, self.values = types, dict[str, Any]()
        self.definitions: list[VariableDefinitionNode] = []

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        if (argument := self._types.get_argument()) is None:
            return None
        variable = VariableNode(name=NameNode(value=f"v{len(self.values)}"))
        self.values[variable.name.value] = value_from_ast_untyped(node.value)
        self.definitions.append(VariableDefinitionNode(variable=variable, type=parse_type(str(argument.type))))
        return replace(node, value=variable)


def lifted(document: DocumentNode) -> Request:
    """The document with the values of its arguments as variables beside it."""
    types = TypeInfo(SCHEMA)
    lift = _Lift(types)
    (operation,) = visit(document, TypeInfoVisitor(types, lift)).definitions
    operation = replace(operation, variable_definitions=tuple(lift.definitions))
    return {"query": print_ast(operation), "variables": lift.values}


def twisted(request: Request, which: int, value: Any) -> Request:
    """Another value for one of the variables."""
    names = [*request["variables"], "another"]
    return request | {"variables": request["variables"] | {names[which % len(names)]: value}}


def corrupted(text: str, cuts: list[tuple[int, int, str]]) -> str:
    """The text, at some places something else: a document that is almost one, a frame cut off."""
    for at, length, instead in cuts:
        at %= len(text) + 1
        text = text[:at] + instead + text[at + length :]
    return text


cuts = st.lists(
    st.tuples(
        st.integers(0, 2_000),
        st.integers(0, 20) | st.just(2_000),
        st.sampled_from(["", "{", "}", "(", '"', "\\", "$v0", "...", "@skip(if:true)", "null", "\x00", "é", "[" * 300])
        | st.text(max_size=3),
    ),
    min_size=1,
    max_size=3,
)


def requests_of(valid: st.SearchStrategy[DocumentNode]) -> st.SearchStrategy[Request]:
    """Each half of the time as it should be, else corrupted; its values written in it, or as variables."""
    return st.one_of(
        valid.map(written),
        valid.map(lifted),
        st.builds(twisted, valid.map(lifted), st.integers(0, 9), odd_values),
        st.builds(
            lambda request, cuts: request | {"query": corrupted(request["query"], cuts)}, valid.map(lifted), cuts
        ),
    )


requests = requests_of(documents(SCHEMA)) | drawn(SCHEMA, mode=Mode.NEGATIVE).map(written)


def _subscribing(document: DocumentNode) -> DocumentNode:
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return replace(document, definitions=(replace(operation, operation=OperationType.SUBSCRIPTION),))


# hypothesis-graphql knows no subscriptions: they are drawn as if they were queries.
subscriptions = requests_of(documents(GraphQLSchema(query=SCHEMA.subscription_type)).map(_subscribing))


# ---------------------------------------------------------------- bytes


def nested(levels: int) -> bytes:
    return b'{"query":"{asOf}","variables":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


like_a_request = st.fixed_dictionaries(
    {"query": any_json | st.sampled_from(["{asOf}", "{", "", "subscription { ticketEvents { cursor } }"])},
    optional=dict.fromkeys(("variables", "operationName", "extensions"), any_json),
)
odd_bytes = st.sampled_from(
    [b"", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 5_000, nested(1_000), nested(5_000), b'{"query":"\\ud800"}', b"1e999"]
)
bodies = st.one_of(
    st.binary(max_size=60), odd_bytes, (any_json | like_a_request).map(lambda value: json.dumps(value).encode())
)

ids = st.sampled_from(["1", "2", "3", "", "i" * 200, "i" * 201, "i" * 100_000])
operations = subscriptions | requests | like_a_request | any_json
messages = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("subscribe"), "id": mostly(st.sampled_from("123"), ids), "payload": operations}
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["complete", "ping", "pong"])},
        optional={"id": ids, "payload": any_json},
    ),
    st.fixed_dictionaries(
        {"type": any_text | st.sampled_from(["connection_init", "connection_ack", "next"])},
        optional={"id": any_json, "payload": any_json},
    ),
    any_json,
)
frames = mostly(
    messages.map(json.dumps),
    st.one_of(
        st.builds(corrupted, messages.map(json.dumps), cuts),
        messages.map(lambda message: json.dumps(message).encode()),
        st.binary(max_size=40),
        odd_bytes.map(lambda body: body.decode(errors="replace")),
        any_text,
    ),
)
