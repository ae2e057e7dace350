"""An explorer reads the contract from the running desk, every description and default of it."""

from __future__ import annotations

from graphql import build_client_schema, build_schema, find_schema_changes, get_introspection_query

from schema import sdl
from tests.support.desk import Desk

EVERYTHING = get_introspection_query(
    specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
)


async def test_introspection_gives_back_the_whole_contract(desk: Desk) -> None:
    answer = await (await desk.agent()).asks(EVERYTHING)
    assert find_schema_changes(build_schema(sdl()), build_client_schema(answer)) == []


async def test_every_type_field_and_argument_is_explained(desk: Desk) -> None:
    types = (await (await desk.agent()).asks(EVERYTHING))["__schema"].types
    ours = [
        type for type in types if not type.name.startswith("__") and type.name not in {"ID", "Int", "String", "Boolean"}
    ]
    fields = [field for type in ours for field in [*(type.fields or []), *(type.inputFields or [])]]
    arguments = [argument for field in fields for argument in field.get("args") or []]
    values = [value for type in ours for value in type.enumValues or []]
    assert [item.name for item in [*ours, *fields, *arguments, *values] if not item.description] == []
