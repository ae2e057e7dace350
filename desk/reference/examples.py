"""One example of each operation: the files in examples/, named by the field that each one asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from graphql import OperationDefinitionNode, parse

FOLDER: Final = Path(__file__).with_name("examples")
TICKET: Final = "019a5a3c-9d4e-7b3a-8f21-6c0d5e4b7a91"
SAMPLES: Final[Mapping[str, str]] = {
    "id": TICKET,
    "lockToken": "1",
    "after": "Sg-a-cursor-that-you-were-given",
    "key": "order-77",
    "name": "ann",
    "password": "correct horse battery",
    "letterId": "019a5a3c-9d4e-7b3a-8f21-6c0d5e4b7a92",
    "mailId": "019a5a3c-9d4e-7b3a-8f21-6c0d5e4b7a93",
    "tokenId": "gd_12345678",
    "today": "2026-11-21T00:00:00Z",
}
"""Values of the variables that examples have, for the reader to put their own in the place of."""


class Example(NamedTuple):
    """An operation with a sentence that says what it is for."""

    title: str
    query: str
    kind: str
    variables: Mapping[str, str]


@cache
def examples() -> Mapping[str, Example]:
    """The examples by the field that they ask for."""
    return {file.stem: _read(file.read_text()) for file in sorted(FOLDER.glob("*.graphql"))}


def _read(text: str) -> Example:
    comment, _, query = text.partition("\n")
    (operation,) = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    names = [definition.variable.name.value for definition in operation.variable_definitions or ()]
    return Example(comment.removeprefix("# "), query.strip(), operation.operation.value, {n: SAMPLES[n] for n in names})
